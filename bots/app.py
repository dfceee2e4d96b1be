"""THE COMPOSITION ROOT: which part stands behind which port. Tests build the same wiring with replacements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bots.conversation.conversation import Conversation
from bots.conversation.housekeeping import keep_forgetting
from bots.conversation.services import Messenger, Services
from bots.conversation.session import MemorySessions
from core.clock import SystemClock
from core.generation.pool.local import LocalPool
from core.ports import Clock, Credits
from core.queue.orders import Orders
from core.settings import Settings
from core.supervision import Supervisor, in_background, stop
from payments.free import FreeCredits
from storage.database import Database
from storage.jobs import JobRows
from storage.people import PeopleRows


def _networks(settings: Settings) -> Mapping[str, str]:
    return {"networks": str(settings.sculpt.networks_dir)}


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be replaced. `maker` is the import path of a core.ports.Maker, which its worker process builds."""

    maker: str = "core.generation.sculpt.engine:SculptMaker"
    maker_arguments: Callable[[Settings], Mapping[str, str | int | float | bool]] = _networks
    credits: Callable[[], Credits] = FreeCredits
    clock: Callable[[], Clock] = SystemClock


def build_engine(settings: Settings, parts: Parts) -> LocalPool:
    """The engine, to be entered as a context."""
    return LocalPool(parts.maker, parts.maker_arguments(settings), settings.generation, settings.photos)


@asynccontextmanager
async def build_conversation(settings: Settings, messenger: Messenger, parts: Parts) -> AsyncIterator[Conversation]:
    """The whole service behind one platform, running.

    Raises:
        SettingsError, DiskFull: the data folder can't be used.
    """
    clock, sessions = parts.clock(), MemorySessions()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(settings.data.dir))
        engine = await stack.enter_async_context(build_engine(settings, parts))
        orders = Orders(engine, JobRows(database), parts.credits(), clock, settings.generation.workers)
        if database.alone:
            await orders.recover()
        people = PeopleRows(database, clock)
        services = Services(people, orders, engine, clock, sessions, messenger, settings.consent, settings.figurines)
        warming = in_background(engine.warm(), "warming the engine")
        stack.push_async_callback(stop, warming)
        supervisor = await stack.enter_async_context(Supervisor())
        for number in range(settings.generation.workers):
            supervisor.start(f"worker {number}", orders.work)
        supervisor.start("housekeeping", lambda: keep_forgetting(sessions, clock, services.photo_life))
        yield await stack.enter_async_context(Conversation(services))

"""THE COMPOSITION ROOT: which part stands behind which port. Tests build the same wiring with replacements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Final

from bots.conversation.conversation import Conversation
from bots.conversation.housekeeping import keep_forgetting
from bots.conversation.services import Messenger, Services
from bots.conversation.session import MemorySessions
from core.clock import SystemClock
from core.generation.pool.local import LocalPool
from core.generation.sculpt.networks import damaged
from core.ports import Clock, Credits
from core.queue.orders import Orders
from core.settings import Settings
from core.supervision import Supervisor, in_background, stop
from payments.free import FreeCredits
from storage.database import Database
from storage.jobs import JobRows
from storage.people import PeopleRows

TYPEFACE: Final = resources.files("core.generation.sculpt.stand") / "fonts" / "NotoSans-Bold.ttf"


def _networks(settings: Settings) -> Mapping[str, str]:
    return {"networks": str(settings.sculpt.networks_dir)}


def _damaged_networks(settings: Settings) -> list[str]:
    return damaged(settings.sculpt.networks_dir)


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be replaced.

    `maker` is the import path of a core.ports.Maker, which its worker process builds. `damaged_networks` names those of
    its files that are absent or not the right ones. `typeface` gives a font's file for the labels on sheets.
    """

    maker: str = "core.generation.sculpt.engine:SculptMaker"
    maker_arguments: Callable[[Settings], Mapping[str, str | int | float | bool]] = _networks
    damaged_networks: Callable[[Settings], list[str]] = _damaged_networks
    typeface: Callable[[], bytes] = TYPEFACE.read_bytes
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
        supervisor.start("housekeeping", lambda: keep_forgetting(services))
        yield await stack.enter_async_context(Conversation(services))

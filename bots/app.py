"""THE COMPOSITION ROOT: which part stands behind which port. Tests build the same wiring with replacements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bots import upkeep
from bots.conversation.carrier import MessageCarrier
from bots.conversation.conversation import Conversation
from bots.conversation.events import Chatter
from bots.conversation.services import Messenger, Services
from bots.parts import Parts
from bots.platforms import Platform
from core.bells import Bells
from core.delivery import Delivery
from core.generation.pool.local import LocalPool
from core.intake.accept import Intake
from core.intake.linking import Linking
from core.intake.reception import Reception
from core.ports import Clock
from core.queue.board import Board
from core.queue.desk import Desk
from core.queue.dispatch import Bench
from core.queue.endings import Endings
from core.queue.workshop import Workshop, workshop
from core.records import Scope
from core.retention.sweep import Sweep
from core.settings import Settings
from core.supervision import Supervisor, in_background, stop
from payments.opening import OpenShop
from storage.opened import Storage, open_storage

__all__ = [
    "House",
    "Parts",
    "Talk",
    "build_conversation",
    "build_counter",
    "build_engine",
    "build_house",
    "build_platforms",
    "build_talk",
    "build_upkeep",
]


@dataclass(frozen=True, slots=True)
class House:
    """What every platform shares, running: the storage, the queue with its workers, the intake, the schedule."""

    settings: Settings
    clock: Clock
    bells: Bells
    storage: Storage
    workshop: Workshop
    shop: OpenShop
    intake: Intake
    supervisor: Supervisor


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation on one platform, running."""

    conversation: Conversation
    reception: Reception
    delivery: Delivery


async def _rest(_: int) -> None:
    """No order goes on where there is no engine."""


def build_engine(settings: Settings, parts: Parts) -> LocalPool:
    """The engine, to be entered as a context."""
    return LocalPool(parts.maker, parts.maker_arguments(settings), settings.generation, settings.photos)


@asynccontextmanager
async def build_counter(settings: Settings, parts: Parts, clock: Clock) -> AsyncIterator[tuple[Storage, OpenShop]]:
    """The storage and the shop without an engine, for the operator's commands.

    Raises:
        SettingsError, KeysMissing, DiskFull: the data folder can't be used.
    """
    async with open_storage(settings, clock) as storage, parts.shop(settings, storage, clock, Bells(), _rest) as shop:
        yield storage, shop


@asynccontextmanager
async def build_upkeep(settings: Settings, parts: Parts, clock: Clock) -> AsyncIterator[tuple[Storage, Sweep]]:
    """The storage and its sweep without an engine, for the operator's commands. Raises what build_counter does."""
    bells = Bells()
    async with build_counter(settings, parts, clock) as (storage, shop):
        storage.people.before_erasing = shop.forget
        desk = Desk(storage.database, storage.jobs, parts.credits() if parts.credits else shop.credits, clock)
        endings = Endings(desk, storage.outbox, bells, Board(bells))
        yield storage, Sweep(storage.attic, endings, storage.people, settings.retention)


@asynccontextmanager
async def build_house(settings: Settings, parts: Parts) -> AsyncIterator[House]:
    """Everything behind the platforms. Orders that a dead process left are taken up.

    Raises:
        SettingsError, KeysMissing, DiskFull: the data folder can't be used.
    """
    clock, bells = parts.clock(), Bells()
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(settings, clock))
        engine = await stack.enter_async_context(build_engine(settings, parts))
        judge = await stack.enter_async_context(parts.safety(settings))

        async def go_on(person_id: int) -> int:
            return await making.orders.resume(person_id)

        shop = await stack.enter_async_context(parts.shop(settings, storage, clock, bells, go_on))
        storage.people.before_erasing = shop.forget
        desk = Desk(storage.database, storage.jobs, parts.credits() if parts.credits else shop.credits, clock)
        bench = Bench(engine, storage.leases, storage.photos, storage.pieces, storage.outbox)
        making = workshop(desk, bench, bells, settings.queue, settings.generation.workers)
        await upkeep.recover(storage, making)
        warming = in_background(engine.warm(), "warming the engine")
        stack.push_async_callback(stop, warming)
        supervisor = await stack.enter_async_context(Supervisor())
        for number in range(settings.generation.workers):
            supervisor.start(f"worker {number}", making.dispatcher.work)
        supervisor.start("rescue", making.dispatcher.rescue)
        supervisor.start("schedule", upkeep.schedule(storage, making, settings, clock, bells, shop.tasks).run)
        for name, work in shop.services:
            supervisor.start(name, work)
        yield House(settings, clock, bells, storage, making, shop, Intake(engine, judge, storage.photos), supervisor)


def build_platforms(settings: Settings, storage: Storage, clock: Clock) -> list[Platform]:
    """Every platform that has a token. The libraries of the others are not even loaded."""
    platforms: list[Platform] = []
    if settings.telegram.token.get_secret_value():
        from bots.telegram_bot.platform import TelegramPlatform

        per_second = settings.telegram.per_second
        platforms.append(TelegramPlatform(settings, storage.posts, storage.memos, clock=clock, per_second=per_second))
    if settings.discord.token.get_secret_value():
        from bots.discord_bot.platform import DiscordPlatform

        platforms.append(DiscordPlatform(settings, storage.posts, storage.memos, clock=clock))
    return platforms


@asynccontextmanager
async def build_talk(
    house: House, messenger: Messenger, platform: str, only: Chatter | None = None
) -> AsyncIterator[Talk]:
    """The conversation on one platform; with `only`, this process talks to that person alone."""
    settings, storage, clock, bells = house.settings, house.storage, house.clock, house.bells
    linking = Linking(storage.links, clock)
    store = upkeep.store(storage)
    services = Services(
        store, house.workshop.orders, house.intake, clock, bells, messenger, settings, linking, house.shop.shop
    )
    scope = Scope(platform, await upkeep.number(storage, only, clock) if only else None)
    await upkeep.take_up(storage, scope, clock)
    lease = settings.queue.lease_seconds
    carrier = MessageCarrier(platform, services)
    reception = Reception(storage.database, storage.inbox, clock, bells, scope, lease)
    delivery = Delivery(storage.database, storage.outbox, storage.jobs, carrier, clock, bells, scope, lease)
    async with (
        Conversation(platform, services, reception, carrier, delivery) as conversation,
        Supervisor() as supervisor,
    ):
        supervisor.start(f"reception of {platform}", partial(reception.work, conversation.answer))
        supervisor.start(f"delivery of {platform}", delivery.work)
        if only is None:
            await conversation.resume_all()
        yield Talk(conversation, reception, delivery)


@asynccontextmanager
async def build_conversation(
    settings: Settings, messenger: Messenger, parts: Parts, platform: str, only: Chatter | None = None
) -> AsyncIterator[Conversation]:
    """The whole service behind one platform, running; see build_talk.

    Raises:
        SettingsError, KeysMissing, DiskFull: the data folder can't be used.
    """
    async with build_house(settings, parts) as house, build_talk(house, messenger, platform, only) as talk:
        yield talk.conversation

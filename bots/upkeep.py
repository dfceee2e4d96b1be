"""What keeps the running service in order: recovery at the start, and what happens again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Final

from bots.conversation.events import Chatter
from bots.conversation.services import Store
from core.bells import Bells
from core.ports import Clock
from core.queue.reminders import Reminding
from core.queue.workshop import Workshop
from core.records import Scope
from core.retention.schedule import Schedule, Task
from core.retention.sweep import Sweep
from core.settings import Settings
from storage.erased import erase_again
from storage.opened import Storage

ORPHANS_EVERY: Final = dt.timedelta(hours=12)
"""A crash may leave a photo that no row knows. A scan spares what is young, and the photo must be gone within a day."""
SWEEP_WITHIN: Final = dt.timedelta(minutes=30)
"""A sweep that takes longer hangs; it is stopped, which loses nothing, and an alert tells of it."""


REMIND_EVERY: Final = dt.timedelta(minutes=10)


async def recover(storage: Storage, house: Workshop) -> None:
    """Go on with the orders of a dead process. Where others may live, their leases have to end first."""
    if storage.database.alone:
        await house.dispatcher.recover(everyone=True)


async def take_up(storage: Storage, scope: Scope, clock: Clock) -> None:
    """Go on with what a dead process had received and was sending; see recover."""
    if storage.database.alone:
        await storage.inbox.release(scope)
        await storage.outbox.release(scope, clock.now())


def store(storage: Storage) -> Store:
    """The parts of the storage that the conversation uses."""
    return Store(
        transactions=storage.database,
        people=storage.people,
        photos=storage.photos,
        uploads=storage.uploads,
        jobs=storage.jobs,
        pieces=storage.pieces,
        inbox=storage.inbox,
        outbox=storage.outbox,
        posts=storage.posts,
        sessions=storage.sessions,
    )


def schedule(
    storage: Storage, house: Workshop, settings: Settings, clock: Clock, bells: Bells, more: Iterable[Task] = ()
) -> Schedule:
    """What the service does by itself, and when; `more` is the shop's."""
    sweep = Sweep(storage.attic, house.endings, storage.people, settings.retention)
    reminding = Reminding(storage.reminders, storage.outbox, storage.database, clock, bells)

    async def sweep_now() -> None:
        await sweep.run(clock.now() + every)  # What is due before the next one, so that nothing is ever late.

    async def sweep_orphans() -> None:
        now = clock.now()
        old = now - dt.timedelta(days=settings.keys.backup_days)
        parts = storage.vault.prune_key_backups(old), erase_again(storage, now), sweep.orphans(now)
        for result in await asyncio.gather(*parts, return_exceptions=True):  # None keeps the others from being done.
            if isinstance(result, BaseException):
                raise result

    every = dt.timedelta(seconds=settings.retention.sweep_seconds)
    tasks = [
        Task("sweep", every, sweep_now, SWEEP_WITHIN),
        Task("orphans", ORPHANS_EVERY, sweep_orphans),
        Task("reminders", REMIND_EVERY, reminding.run),
        *more,
    ]
    return Schedule(tasks, clock, storage.watch, storage.watch)


async def number(storage: Storage, only: Chatter, clock: Clock) -> int:
    """The person's number, 0 for somebody of whom nothing may be kept."""
    barred = await storage.people.is_barred(only.contact, clock.now())
    return 0 if barred else (await storage.people.find(only.contact)).id

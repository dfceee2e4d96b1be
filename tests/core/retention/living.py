"""A store with a clock that is moved by hand, the real queue over an engine that takes no time, and the real sweep."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.bells import Bells
from core.intake.linking import LIFE
from core.model import (
    Figurine,
    FigurineFile,
    FigurineRequest,
    FileKind,
    MeshFacts,
    Photo,
    Progress,
    Subject,
    SubjectKind,
)
from core.ports import Report
from core.queue.desk import Desk
from core.queue.dispatch import Bench
from core.queue.workshop import Workshop, workshop
from core.records import Contact, HeldPhoto, Job, JobStatus, Notice, Scope, Wanted
from core.retention.sweep import Sweep
from core.settings import DataSettings, Settings
from payments.free import FreeCredits
from storage.database import FILE_NAME
from storage.models import moment
from storage.opened import Storage, open_storage
from tests.databases import put_migrated_file

NOON: Final = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
SECOND: Final = dt.timedelta(seconds=1)
SUBJECT: Final = Subject(SubjectKind.THING, 0, True)
PHOTO: Final = Photo(4, 4, bytes(48))
SCOPE: Final = Scope("test")
KINDS: Final = (FileKind.PICTURE, FileKind.TURNTABLE)


class MovedClock:
    """core.ports.Clock, moved by hand."""

    def __init__(self, time: dt.datetime = NOON) -> None:
        self.time = time

    def now(self) -> dt.datetime:
        return self.time


class InstantEngine:
    """core.ports.Engine in this process. Its figurine is two files of one byte."""

    async def decode(self, upload: bytes) -> Photo:
        return PHOTO

    async def look(self, photo: Photo) -> Subject:
        return SUBJECT

    async def make(self, request: FigurineRequest, report: Report) -> Figurine:
        report(Progress("all", 0.5, 0.0))
        facts = MeshFacts(True, 1, 2.0, 0.0, (1, 1, 1), 12)
        files = tuple(FigurineFile(kind, f"figurine.{kind}", b"!") for kind in KINDS)
        return Figurine(files, SUBJECT, facts, {}, 1, request.style, request.seed)


@dataclass
class House:
    """Everything that is kept, and what people do with it."""

    storage: Storage
    workshop: Workshop
    sweep: Sweep
    clock: MovedClock
    reader: sqlite3.Connection
    placed: int = 0

    @property
    def now(self) -> dt.datetime:
        return self.clock.time

    async def person(self, name: str = "ada") -> int:
        return (await self.storage.people.find(Contact("test", name))).id

    async def photo(self, person: int) -> HeldPhoto:
        return await self.storage.photos.keep(person, PHOTO, SUBJECT, self.now)

    async def order(self, person: int, *photos: int) -> Job:
        self.placed += 1
        return await self.workshop.orders.place(person, photos, Wanted("chibi"), f"order {self.placed}")

    async def work(self) -> bool:
        """Make the next figurine; False if none is due."""
        claimed = await self.storage.leases.claim("worker", self.now, 30)
        if claimed:
            await self.workshop.dispatcher.work_on(claimed)
        return bool(claimed)

    async def deliver(self) -> bool:
        """Hand over the next message; False if none is due."""
        parcel = await self.storage.outbox.next(SCOPE, self.now, 30)
        if parcel is None:
            return False
        async with self.storage.database.transaction() as tx:
            await self.storage.outbox.sent(tx, parcel.id, self.now)
            if parcel.notice is Notice.TURNTABLE:
                await self.storage.jobs.move(tx, parcel.job_id or 0, JobStatus.DELIVERED, self.now)
        return True

    async def update(self, person: int, key: str, handled: bool) -> None:
        number, _ = await self.storage.inbox.receive(person, SCOPE, key, b"hello", self.now)
        if handled:
            async with self.storage.database.transaction() as tx:
                await self.storage.inbox.handled(tx, number, self.now)

    async def remember(self, person: int) -> None:
        async with self.storage.database.transaction() as tx:
            await self.storage.sessions.save(tx, person, b"a draft", self.now)

    async def link(self, person: int) -> None:
        """A code is told and a wrong one typed, in a message that may be changed."""
        await self.storage.links.issue(person, "123456", self.now + LIFE)
        await self.storage.links.missed(person, self.now)
        await self.storage.posts.keep(person, "test", "a post", b"where", self.now)

    async def close(self, person: int) -> None:
        async with self.storage.database.transaction() as tx:
            await tx.query("UPDATE person SET closed_at = $2 WHERE id = $1", person, self.now)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query gives, past the product."""
        return self.reader.execute(statement, values).fetchall()

    def at(self, statement: str, *values: object) -> list[tuple[int, dt.datetime | None, dt.datetime | None]]:
        """A number and two moments of each row."""
        return [
            (number, *(moment(value) if value else None for value in moments))
            for number, *moments in self.rows(statement, *values)
        ]


@asynccontextmanager
async def opened_house(folder: Path) -> AsyncIterator[House]:
    settings, clock = Settings(data=DataSettings(dir=folder)), MovedClock()
    await put_migrated_file(folder)
    async with open_storage(settings, clock) as storage:
        desk = Desk(storage.database, storage.jobs, FreeCredits(), clock)
        bench = Bench(InstantEngine(), storage.leases, storage.photos, storage.pieces, storage.outbox)
        house = workshop(desk, bench, Bells(), settings.queue, 1)
        sweep = Sweep(storage.attic, house.endings, storage.people, settings.retention)
        with contextlib.closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as reader:
            yield House(storage, house, sweep, clock, reader)

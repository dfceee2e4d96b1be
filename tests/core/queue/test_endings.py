"""Orders whose end is asked for at the worst moment."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import pytest

from core.errors import EngineFailed, NotEnoughCredits
from core.records import JobStatus
from core.supervision import in_background, stop
from storage.keys.file import FILE_NAME as KEYS
from tests.core.queue.conftest import Shop
from tests.databases import NOON


async def test_an_order_that_was_taken_back_while_its_worker_died_is_not_made_by_the_next(shop: Shop):
    job = await shop.place()
    assert await shop.house.claim()
    assert await shop.queue.orders.cancel(shop.ada, job)
    shop.house.clock.wait(seconds=31)
    assert await shop.queue.dispatcher.recover() == 1
    assert await shop.status(job) == JobStatus.CANCELLED
    assert await shop.hold(job) == "released"
    assert await shop.notices(job) == ["ended"]


async def test_an_order_that_was_taken_back_while_it_broke_is_not_tried_again(shop: Shop):
    job = await shop.place()
    working = in_background(shop.work(), "worker")
    await shop.engine.begun.wait()
    shop.engine.faults = [EngineFailed("crash")]
    assert await shop.house.storage.jobs.ask_to_cancel(shop.ada, job)  # in another process
    shop.engine.release.set()
    await working
    assert await shop.status(job) == JobStatus.CANCELLED


async def test_an_order_that_was_taken_back_while_the_service_stops_is_cancelled(shop: Shop):
    job = await shop.place()
    working = in_background(shop.work(), "worker")
    await shop.engine.begun.wait()
    assert await shop.house.storage.jobs.ask_to_cancel(shop.ada, job)
    await stop(working)
    assert await shop.status(job) == JobStatus.CANCELLED


async def test_an_order_of_a_person_whose_key_is_damaged_keeps_nobody_elses_from_going_on(shop: Shop):
    bad, good = await shop.place(shop.ada), await shop.place(shop.bob)
    rows = await shop.house.rows("SELECT owner FROM person WHERE id = $1", shop.ada)
    with contextlib.closing(sqlite3.connect(shop.house.database.folder / "keys" / KEYS)) as keys, keys:
        keys.execute("UPDATE owner_key SET wrapped = zeroblob(60) WHERE owner = ?", (rows[0]["owner"],))
    async with shop.house.database.transaction() as tx:
        await tx.query("UPDATE job SET status = 'running', fence = 1, attempts = 3, lease_until = run_at")
    shop.house.clock.wait(seconds=1)
    assert await shop.queue.dispatcher.recover(everyone=True) == 2
    assert [await shop.status(job) for job in (bad, good)] == [JobStatus.FAILED, JobStatus.FAILED]


async def test_files_that_a_job_has_are_not_destroyed_by_a_worker_that_lost_the_answer(shop: Shop):
    """The commit went through, and the connection broke before the worker heard of it."""
    job = await shop.place()
    shop.engine.release.set()
    transactions, database = shop.house.database.transaction, shop.house.database
    broken = asyncio.Event()

    @contextlib.asynccontextmanager
    async def loses_the_answer():
        async with transactions() as tx:
            yield tx
            (row,) = await tx.query("SELECT count(*) AS n FROM blob WHERE kind = 'result'")
        if row["n"] and not broken.is_set():
            broken.set()
            raise ConnectionError

    database.transaction = loses_the_answer
    try:
        await shop.work()
    finally:
        del database.transaction
    assert broken.is_set()
    assert await shop.status(job) == JobStatus.MADE
    piece = await shop.house.storage.pieces.get(shop.ada, job)
    assert piece
    assert await shop.house.storage.pieces.read(shop.ada, piece.files[0]) == b"solid"


async def test_an_order_that_waits_for_credits_ends_when_its_photo_is_gone(shop: Shop):
    shop.credits.enough = False
    with pytest.raises(NotEnoughCredits):
        await shop.place()
    (job,) = await shop.queue.orders.pending(shop.ada)
    storage = shop.house.storage
    assert await storage.attic.expire_orders(shop.house.clock.now(), 10) == []
    await storage.photos._blobs.destroy([row["name"] for row in await shop.house.rows("SELECT name FROM blob")], NOON)
    assert await storage.attic.expire_orders(shop.house.clock.now(), 10) == [job.id]

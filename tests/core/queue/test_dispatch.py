"""The worker loop over real rows: what it makes, what it gives back, and what becomes of a worker that died."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import EngineFailed, InvalidEngraving, LeaseLost, PhotoGone
from core.generation.pool.local import LocalPool
from core.records import Ended, JobStatus
from core.settings import GenerationSettings, PhotoSettings
from core.supervision import in_background, stop
from tests.core.queue.conftest import Shop


async def test_an_order_is_made_kept_announced_and_charged_in_one_step(shop: Shop):
    photos = (await shop.house.photo(shop.ada), await shop.house.photo(shop.ada))
    job = await shop.place(photos=photos)
    shop.engine.release.set()
    await shop.work()
    assert await shop.status(job) == JobStatus.MADE
    assert await shop.house.steps(job) == ["accepted", "reserved", "queued", "running", "made"]
    assert await shop.hold(job) == "captured"
    assert await shop.notices(job) == ["picture", "turntable"]
    piece = await shop.house.storage.pieces.get(shop.ada, job)
    assert piece
    assert await shop.house.storage.pieces.read(shop.ada, piece.files[0]) == b"solid"
    (request,) = shop.engine.made
    assert (request.style, request.engraving, len(request.beside)) == ("chibi", "Ada", 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(InvalidEngraving(limit=7), "error.engraving"), (PhotoGone(), "error.photo.gone")],
)
async def test_what_would_fail_again_fails_at_once_is_told_with_its_fields_and_costs_nothing(shop: Shop, fault, reason):
    job = await shop.place()
    shop.engine.faults, _ = [fault], shop.engine.release.set()
    await shop.work()
    found = await shop.house.storage.jobs.get(job)
    assert found
    assert (found.status, found.reason) == (JobStatus.FAILED, reason)
    assert await shop.hold(job) == "released"
    assert await shop.notices(job) == ["ended"]


@pytest.mark.parametrize(
    ("fault", "code"), [(EngineFailed("crash"), "error.engine"), (RuntimeError("secret"), "error.engine")]
)
async def test_what_breaks_is_tried_again_later_each_time_and_given_up_at_last(shop: Shop, fault, code, caplog):
    job = await shop.place()
    shop.engine.faults = [fault] * 3
    shop.engine.release.set()
    for pause in (5, 10):
        await shop.work()
        assert await shop.status(job) == JobStatus.QUEUED
        shop.house.clock.wait(seconds=pause - 1)
        assert await shop.house.claim() is None
        shop.house.clock.wait(seconds=1)
    await shop.work()
    found = await shop.house.storage.jobs.get(job)
    assert found
    assert (found.status, found.reason, found.attempts) == (JobStatus.FAILED, code, 3)
    assert await shop.hold(job) == "released"
    assert f"order {job}" in caplog.text
    assert "secret" not in caplog.text


async def test_an_order_that_broke_once_is_made_and_charged_once(shop: Shop):
    job = await shop.place()
    shop.engine.faults = [EngineFailed("crash")]
    shop.engine.release.set()
    await shop.work()
    shop.house.clock.wait(seconds=5)
    await shop.work()
    assert await shop.status(job) == JobStatus.MADE
    assert await shop.hold(job) == "captured"


async def test_a_service_that_stops_gives_its_order_back_without_counting_it(shop: Shop):
    job = await shop.place()
    working = in_background(shop.queue.dispatcher.work(), "worker")
    await shop.engine.begun.wait()
    await stop(working)
    found = await shop.house.storage.jobs.get(job)
    assert found
    assert (found.status, found.attempts, found.fence) == (JobStatus.QUEUED, 0, 1)
    assert shop.engine.cancelled == 1
    shop.engine.release.set()
    await shop.work()
    assert await shop.status(job) == JobStatus.MADE


async def test_an_order_whose_worker_died_is_given_to_another_and_the_dead_one_can_do_nothing(shop: Shop):
    job = await shop.place()
    dead = await shop.house.claim(lease=30)
    assert dead
    assert await shop.queue.dispatcher.recover() == 0
    shop.house.clock.wait(seconds=31)
    assert await shop.queue.dispatcher.recover() == 1
    shop.house.clock.wait(seconds=5)
    shop.engine.release.set()
    await shop.work()
    assert await shop.status(job) == JobStatus.MADE
    with pytest.raises(LeaseLost):
        await shop.house.finish(dead.job)
    await shop.queue.dispatcher.work_on(dead)  # It wakes late, makes its figurine, and leaves no trace.
    assert await shop.hold(job) == "captured"
    assert await shop.notices(job) == ["picture", "turntable"]
    stored = [entry async for page in shop.house.storage.vault.stored() for entry in page]
    assert len(stored) == await shop.house.count("blob", "due_at IS NOT NULL")


async def test_every_running_order_is_given_back_where_all_processes_have_died(shop: Shop):
    jobs = [await shop.place() for _ in range(2)]
    for _ in jobs:
        await shop.house.claim()
    assert await shop.open().dispatcher.recover(everyone=True) == 2
    assert [await shop.status(job) for job in jobs] == [JobStatus.QUEUED] * 2


async def test_an_order_whose_workers_died_too_often_is_given_up(shop: Shop):
    job = await shop.place()
    for _ in range(3):
        shop.house.clock.wait(seconds=60)
        assert await shop.house.claim(lease=1)
        shop.house.clock.wait(seconds=2)
        await shop.queue.dispatcher.recover()
    assert await shop.status(job) == JobStatus.FAILED
    assert await shop.hold(job) == "released"


async def test_a_result_that_cannot_be_announced_is_neither_kept_nor_charged(shop: Shop, monkeypatch):
    job = await shop.place()
    shop.engine.release.set()

    async def full(*given: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(shop.credits, "capture", full)
        await shop.work()
    assert await shop.status(job) == JobStatus.QUEUED
    assert await shop.hold(job) == "reserved"
    stored = [entry async for page in shop.house.storage.vault.stored() for entry in page]
    assert len(stored) == 1  # The photo.


async def test_a_cancel_from_another_process_is_heard_with_the_next_sign_of_life(shop: Shop):
    job = await shop.place()
    elsewhere = shop.open()
    working = in_background(shop.work(), "worker")
    await shop.engine.begun.wait()
    assert await elsewhere.orders.cancel(shop.ada, job)
    async with asyncio.timeout(10):
        await working
    assert await shop.status(job) == JobStatus.CANCELLED
    assert await shop.hold(job) == "released"


async def test_two_workers_make_two_orders_at_the_same_time(shop: Shop):
    jobs = [await shop.place() for _ in range(2)]
    workers = [in_background(shop.queue.dispatcher.work(), f"worker {number}") for number in range(2)]
    try:
        async with asyncio.timeout(10):
            while len(shop.engine.made) < 2:  # noqa: ASYNC110 -- the engine tells of the first one only
                await asyncio.sleep(0.01)
            shop.engine.release.set()
            for job in jobs:
                assert [event async for event in shop.queue.orders.watch(job)][-1] == Ended(
                    await shop.house.storage.jobs.get(job)  # type: ignore[arg-type]
                )
    finally:
        for worker in workers:
            await stop(worker)
    assert [await shop.status(job) for job in jobs] == [JobStatus.MADE] * 2


async def test_a_whole_order_through_the_real_pool(shop: Shop):
    pool = LocalPool("tests.engines.quick:QuickMaker", {}, GenerationSettings(), PhotoSettings())
    async with pool as engine:
        shop.engine = engine  # type: ignore[assignment]
        shop.queue = shop.open()
        from core.model import Photo

        photo = Photo(64, 64, bytes(range(256)) * 48)
        held = await shop.house.storage.photos.keep(shop.ada, photo, await engine.look(photo), shop.house.clock.now())
        job = await shop.place(photos=(held.id,))
        await shop.work()
    piece = await shop.house.storage.pieces.get(shop.ada, job)
    assert piece
    assert len(piece.files) == 5

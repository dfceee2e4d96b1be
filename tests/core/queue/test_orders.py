"""Orders as people see them, over real rows: placed, told about, taken back."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from core.errors import IllegalTransition, NotEnoughCredits, PhotoGone, TooManyToday, TooManyWaiting
from core.model import Progress
from core.queue.estimates import DurationEstimate, waiting_seconds
from core.queue.transitions import ALLOWED, ENDED, check_transition
from core.records import Ahead, Ended, JobEvent, JobStatus, Waiting, Working
from core.settings import QueueSettings
from core.supervision import in_background, stop
from tests.core.queue.conftest import Shop


async def first(events: AsyncIterator[JobEvent]) -> JobEvent:
    try:
        return await anext(events)
    finally:
        await events.aclose()  # type: ignore[attr-defined]


async def last(events: AsyncIterator[JobEvent]) -> JobEvent:
    return [event async for event in events][-1]


async def test_an_order_is_placed_once_however_often_its_message_comes(shop: Shop):
    photo = (await shop.house.photo(shop.ada),)
    placed = [await shop.place(photos=photo, origin="message 1") for _ in range(3)]
    assert len(set(placed)) == 1
    assert await shop.house.steps(placed[0]) == ["accepted", "reserved", "queued"]
    assert await shop.hold(placed[0]) == "reserved"


async def test_an_order_without_its_photo_is_refused_and_leaves_nothing(shop: Shop):
    with pytest.raises(PhotoGone):
        await shop.place(photos=(99,))
    assert await shop.house.count("job") == await shop.house.count("hold") == 0


async def test_the_limits_of_a_person_are_kept_and_do_not_touch_others(shop: Shop):
    shop.limits = QueueSettings(waiting_max=2, per_day_max=3)
    shop.queue = shop.open()
    jobs = [await shop.place() for _ in range(2)]
    with pytest.raises(TooManyWaiting) as caught:
        await shop.place()
    assert caught.value.fields == {"limit": 2}
    await shop.place(shop.bob)
    for job in jobs:
        assert await shop.queue.orders.cancel(shop.ada, job)
    await shop.queue.orders.cancel(shop.ada, await shop.place())
    with pytest.raises(TooManyToday) as today:
        await shop.place()
    assert today.value.fields == {"limit": 3}
    assert await shop.house.count("job") == 4  # What was refused left nothing.
    shop.house.clock.wait(hours=24, seconds=1)
    assert await shop.place()


async def test_an_order_that_cannot_be_paid_waits_and_goes_on_once_it_can(shop: Shop):
    shop.credits.enough = False
    with pytest.raises(NotEnoughCredits) as caught:
        await shop.place(price=3)
    assert caught.value.fields["price"] == 3
    (job,) = await shop.queue.orders.pending(shop.ada)
    assert job.status is JobStatus.ACCEPTED
    assert await shop.queue.orders.resume(shop.ada) == 0
    shop.credits.enough = True
    assert await shop.queue.orders.resume(shop.bob) == 0
    assert await shop.queue.orders.resume(shop.ada) == 1
    assert await shop.status(job.id) == JobStatus.QUEUED
    assert await shop.queue.orders.resume() == 0


async def test_places_go_round_between_persons_and_move_up(shop: Shop):
    album = [await shop.place() for _ in range(3)]
    single = await shop.place(shop.bob)
    orders, jobs = shop.queue.orders, shop.house.storage.jobs

    async def told(job: int) -> Waiting:
        found = await jobs.get(job)
        assert found
        event = await orders.state(found)
        assert isinstance(event, Waiting)
        return event

    assert [(await told(job)).place for job in (*album, single)] == [1, 3, 4, 2]
    seconds = [(await told(job)).seconds for job in (album[0], single, album[1], album[2])]
    assert seconds == sorted(seconds)
    await orders.cancel(shop.ada, album[0])
    assert [(await told(job)).place for job in (single, *album[1:])] == [1, 2, 3]


async def test_a_waiting_order_can_be_taken_back_and_costs_nothing(shop: Shop):
    job = await shop.place()
    assert await shop.queue.orders.cancel(shop.ada, job)
    assert await shop.status(job) == JobStatus.CANCELLED
    assert await shop.hold(job) == "released"
    assert await shop.notices(job) == ["ended"]
    assert not await shop.queue.orders.cancel(shop.ada, job)


async def test_nobody_takes_back_somebody_elses_order_nor_one_that_is_made(shop: Shop):
    job = await shop.place()
    assert not await shop.queue.orders.cancel(shop.bob, job)
    assert not await shop.queue.orders.cancel(shop.ada, job + 1)
    shop.engine.release.set()
    await shop.work()
    assert not await shop.queue.orders.cancel(shop.ada, job)
    assert await shop.status(job) == JobStatus.MADE


async def test_a_running_order_is_taken_back_at_once_and_the_next_one_gets_its_turn(shop: Shop):
    job, following = await shop.place(), await shop.place()
    working = in_background(shop.queue.dispatcher.work(), "worker")
    try:
        await shop.engine.begun.wait()
        assert await shop.queue.orders.cancel(shop.ada, job)
        async with asyncio.timeout(5):
            assert isinstance(await last(shop.queue.orders.watch(job)), Ended)
            assert await shop.status(job) == JobStatus.CANCELLED
            shop.engine.release.set()
            await last(shop.queue.orders.watch(following))
        assert await shop.status(following) == JobStatus.MADE
        assert (await shop.hold(job), await shop.hold(following)) == ("released", "captured")
    finally:
        await stop(working)


async def test_whoever_watches_is_told_of_every_change_until_the_end(shop: Shop):
    job = await shop.place()
    seen: list[JobEvent] = []

    async def watch() -> None:
        async for event in shop.queue.orders.watch(job):
            seen.append(event)  # noqa: PERF401 -- others read it meanwhile

    watching = in_background(watch(), "watcher")
    while not seen:  # noqa: ASYNC110 -- the watcher tells nobody
        await asyncio.sleep(0.01)
    working = in_background(shop.work(), "worker")
    await shop.engine.begun.wait()
    while len(seen) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    shop.engine.release.set()
    async with asyncio.timeout(5):
        await working
        await watching
    assert [type(event) for event in seen if not isinstance(event, Working)] == [Waiting, Ended]
    assert Working(Progress("held", 0.5, 3.0)) in seen
    assert [event async for event in shop.queue.orders.watch(job)] == seen[-1:]


async def test_there_is_nothing_to_watch_where_there_is_no_order(shop: Shop):
    assert [event async for event in shop.queue.orders.watch(10_000)] == []


async def test_an_order_that_another_process_works_on_is_told_with_a_guess(shop: Shop):
    job = await shop.place()
    await shop.house.claim()
    shop.house.clock.wait(seconds=5)
    event = await first(shop.open().orders.watch(job))
    assert event == Working(Progress("other", 0.2, 20.0))


async def test_orders_are_pending_until_they_are_made(shop: Shop):
    jobs = [await shop.place() for _ in range(2)]
    shop.engine.release.set()
    await shop.work()
    assert [job.id for job in await shop.queue.orders.pending(shop.ada)] == jobs[1:]
    assert await shop.queue.orders.pending(shop.bob) == []


def test_the_table_of_steps_is_the_one_that_is_promised():
    way = [JobStatus(name) for name in ("accepted", "reserved", "queued", "running", "made", "delivered")]
    for present, following in itertools.pairwise(way):
        check_transition(present, following)
    assert {JobStatus.DELIVERED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED} == ENDED
    assert set(ALLOWED) == set(JobStatus)
    for present, following in itertools.product(ENDED, JobStatus):
        with pytest.raises(IllegalTransition):
            check_transition(present, following)


def test_waiting_times_count_what_is_before_and_the_workers():
    assert waiting_seconds(Ahead(0, 0, ()), workers=1, own_ms=10_000) == 10
    assert waiting_seconds(Ahead(2, 20_000, (6_000,)), workers=1, own_ms=10_000) == 36
    assert waiting_seconds(Ahead(2, 20_000, (6_000,)), workers=2, own_ms=10_000) == 20
    assert waiting_seconds(Ahead(2, 20_000, (6_000, 2_000, 9_000)), workers=2, own_ms=10_000) == 22
    assert waiting_seconds(Ahead(1_000, 1_000_000, (1_000,)), workers=2, own_ms=1_000) == pytest.approx(501.5)


def test_the_first_measurement_replaces_the_guess_and_later_ones_move_it():
    estimate = DurationEstimate(first_guess=100)
    estimate.learn(10)
    assert (estimate.seconds, estimate.milliseconds) == (10, 10_000)
    estimate.learn(20)
    assert 10 < estimate.seconds < 20

"""Orders over the real database and the real pool with the quick engine, and over an engine that waits on command."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from core.clock import SystemClock
from core.errors import EngineFailed, IllegalTransition, InvalidEngraving, NotEnoughCredits
from core.generation.pool.local import LocalPool
from core.model import (
    Cancelled,
    Failed,
    Figurine,
    FigurineRequest,
    Finished,
    JobEvent,
    JobStatus,
    MeshFacts,
    Person,
    Photo,
    Progress,
    Subject,
    SubjectKind,
    Waiting,
    Working,
)
from core.queue.estimates import DurationEstimate, waiting_seconds
from core.queue.orders import RESULTS_KEPT, Orders
from core.queue.transitions import ALLOWED, ENDED, check_transition
from core.settings import GenerationSettings, PhotoSettings
from core.supervision import Supervisor
from payments.free import FreeCredits
from storage.database import Database
from storage.jobs import JobRows
from storage.models import JobRow
from storage.people import PeopleRows

PHOTO = Photo(64, 64, bytes(range(256)) * 48)
REQUEST = FigurineRequest(PHOTO, "collector")
FIGURINE = Figurine(
    (), Subject(SubjectKind.THING, 0, True), MeshFacts(True, 1, 2.0, 0.0, (1, 1, 1), 12), {}, 1, "collector", 0
)


class HeldEngine:
    """An engine in this process: an order is held until `release`, and `fault` is raised instead of a result."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.begun = asyncio.Event()
        self.fault: Exception | None = None

    async def decode(self, upload: bytes) -> Photo:
        return PHOTO

    async def look(self, photo: Photo) -> Subject:
        return FIGURINE.subject

    async def make(self, request: FigurineRequest, report) -> Figurine:
        self.begun.set()
        report(Progress("held", 0.5, 3.0))
        await self.release.wait()
        if self.fault:
            raise self.fault
        return FIGURINE


class CountedCredits(FreeCredits):
    """Writes down what is asked of it."""

    def __init__(self, enough: bool = True) -> None:
        super().__init__()
        self.enough = enough
        self.fault: Exception | None = None
        self.held: asyncio.Event | None = None
        self.capturing = asyncio.Event()
        self.asked: list[tuple[str, int]] = []

    async def reserve(self, person_id: int, job_id: int, amount: int) -> bool:
        self.asked.append(("reserve", job_id))
        return self.enough

    async def capture(self, job_id: int) -> None:
        self.asked.append(("capture", job_id))
        self.capturing.set()
        if self.held:
            await self.held.wait()
        if self.fault:
            raise self.fault

    async def release(self, job_id: int) -> None:
        self.asked.append(("release", job_id))


@dataclass
class House:
    engine: HeldEngine
    credits: CountedCredits
    jobs: JobRows
    orders: Orders
    ada: Person
    bob: Person
    database: Database

    async def status(self, job_id: int) -> str:
        return (await row(self.database, job_id)).status


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Database(tmp_path) as database, Supervisor() as supervisor:
        people = PeopleRows(database, SystemClock())
        ada, bob = await people.find("console", "ada"), await people.find("console", "bob")
        engine, credits_, jobs = HeldEngine(), CountedCredits(), JobRows(database)
        orders = Orders(engine, jobs, credits_, SystemClock())
        supervisor.start("orders", orders.work)
        yield House(engine, credits_, jobs, orders, ada, bob, database)


async def row(database: Database, job_id: int) -> JobRow:
    async with database.transaction() as transaction:
        return await JobRow.get(using_db=transaction, id=job_id)


async def last(events: AsyncIterator[JobEvent]) -> JobEvent:
    seen = [event async for event in events]
    return seen[-1]


async def first(events: AsyncIterator[JobEvent]) -> JobEvent:
    try:
        return await anext(events)
    finally:
        await events.aclose()  # type: ignore[attr-defined]


async def test_an_order_is_worked_on_and_charged_once_it_is_made(house: House):
    job = await house.orders.place(house.ada, REQUEST)
    await house.engine.begun.wait()
    assert await first(house.orders.watch(job.id)) == Working(Progress("held", 0.5, 3.0))
    assert await house.status(job.id) == JobStatus.RUNNING
    house.engine.release.set()
    assert await last(house.orders.watch(job.id)) == Finished(FIGURINE)
    assert await house.status(job.id) == JobStatus.MADE
    assert house.credits.asked == [("reserve", job.id), ("capture", job.id)]


async def test_an_order_is_pending_until_it_is_delivered(house: House):
    house.engine.release.set()
    job = await house.orders.place(house.ada, REQUEST)
    await last(house.orders.watch(job.id))
    assert [pending.id for pending in await house.orders.pending(house.ada.id)] == [job.id]
    assert await house.orders.pending(house.bob.id) == []
    await house.orders.delivered(job.id)
    assert await house.orders.pending(house.ada.id) == []
    with pytest.raises(IllegalTransition):
        await house.orders.delivered(job.id)


async def test_a_delivered_figurine_is_no_longer_held_by_the_queue(house: House):
    house.engine.release.set()
    job = await house.orders.place(house.ada, REQUEST)
    await last(house.orders.watch(job.id))
    await house.orders.delivered(job.id)
    assert isinstance(await last(house.orders.watch(job.id)), Failed)


async def test_those_who_come_late_get_the_result_too(house: House):
    house.engine.release.set()
    job = await house.orders.place(house.ada, REQUEST)
    await last(house.orders.watch(job.id))
    assert [event async for event in house.orders.watch(job.id)] == [Finished(FIGURINE)]
    assert isinstance(await last(house.orders.watch(10_000)), Failed)


async def test_places_are_first_come_first_served_and_move_up(house: House):
    jobs = [await house.orders.place(person, REQUEST) for person in (house.ada, house.bob, house.ada)]
    await house.engine.begun.wait()
    waiting = [await first(house.orders.watch(job.id)) for job in jobs[1:]]
    assert [event.place for event in waiting if isinstance(event, Waiting)] == [1, 2]
    assert waiting[0].seconds < waiting[1].seconds  # type: ignore[union-attr]
    await house.orders.cancel(house.bob.id, jobs[1].id)
    moved = await first(house.orders.watch(jobs[2].id))
    assert isinstance(moved, Waiting)
    assert moved.place == 1


async def test_a_waiting_order_can_be_taken_back(house: House):
    running = await house.orders.place(house.ada, REQUEST)
    waiting = await house.orders.place(house.ada, REQUEST)
    await house.engine.begun.wait()
    assert await house.orders.cancel(house.ada.id, waiting.id)
    assert await last(house.orders.watch(waiting.id)) == Cancelled()
    assert await house.status(waiting.id) == JobStatus.CANCELLED
    assert ("release", waiting.id) in house.credits.asked
    assert await house.status(running.id) == JobStatus.RUNNING


async def test_a_running_order_can_be_taken_back_and_the_next_one_gets_its_turn(house: House):
    job, following = [await house.orders.place(house.ada, REQUEST) for _ in range(2)]
    await house.engine.begun.wait()
    assert await asyncio.wait_for(house.orders.cancel(house.ada.id, job.id), 1)
    assert await house.status(job.id) == JobStatus.CANCELLED
    house.engine.release.set()
    assert await last(house.orders.watch(following.id)) == Finished(FIGURINE)
    assert ("capture", job.id) not in house.credits.asked


async def test_nobody_takes_back_somebody_elses_order_nor_one_that_ended(house: House):
    job = await house.orders.place(house.ada, REQUEST)
    assert not await house.orders.cancel(house.bob.id, job.id)
    assert not await house.orders.cancel(house.ada.id, job.id + 1)
    house.engine.release.set()
    assert await last(house.orders.watch(job.id)) == Finished(FIGURINE)
    assert not await house.orders.cancel(house.ada.id, job.id)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (EngineFailed("crash"), Failed("error.engine")),
        (InvalidEngraving(limit=7), Failed("error.engraving", {"limit": 7})),
        (RuntimeError("a fault of ours"), Failed("error.internal")),
    ],
)
async def test_a_failure_is_told_with_its_fields_and_costs_nothing(house: House, fault, expected):
    house.engine.fault = fault
    house.engine.release.set()
    job = await house.orders.place(house.ada, REQUEST)
    assert await last(house.orders.watch(job.id)) == expected
    assert await house.status(job.id) == JobStatus.FAILED
    assert house.credits.asked == [("reserve", job.id), ("release", job.id)]
    house.engine.fault = None
    again = await house.orders.place(house.ada, REQUEST)
    assert await last(house.orders.watch(again.id)) == Finished(FIGURINE)


async def test_a_price_that_cannot_be_taken_does_not_keep_the_figurine_and_is_taken_later(house: House, caplog):
    house.credits.fault = RuntimeError("secret")
    house.engine.release.set()
    job = await house.orders.place(house.ada, REQUEST)
    assert await last(house.orders.watch(job.id)) == Finished(FIGURINE)
    assert await house.status(job.id) == JobStatus.MADE
    assert f"order {job.id}" in caplog.text
    assert "secret" not in caplog.text
    house.credits.fault = None
    for _ in range(2):
        following = await house.orders.place(house.ada, REQUEST)
        assert await last(house.orders.watch(following.id)) == Finished(FIGURINE)
    assert house.credits.asked.count(("capture", job.id)) == 2
    assert ("release", job.id) not in house.credits.asked


async def test_a_service_that_is_stopped_while_it_takes_the_price_still_tells_that_the_figurine_is_made(tmp_path):
    credits_ = CountedCredits()
    credits_.held = asyncio.Event()
    async with Database(tmp_path) as database:
        ada = await PeopleRows(database, SystemClock()).find("console", "ada")
        engine = HeldEngine()
        engine.release.set()
        orders = Orders(engine, JobRows(database), credits_, SystemClock())
        working = asyncio.get_running_loop().create_task(orders.work())
        job = await orders.place(ada, REQUEST)
        await credits_.capturing.wait()
        working.cancel()
        await asyncio.sleep(0)
        credits_.held.set()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert await last(orders.watch(job.id)) == Finished(FIGURINE)
        assert (await row(database, job.id)).status == JobStatus.MADE


async def test_too_few_credits_close_the_order(house: House):
    house.credits.enough = False
    with pytest.raises(NotEnoughCredits) as caught:
        await house.orders.place(house.ada, REQUEST, price=3)
    assert caught.value.fields == {"price": 3}
    assert await house.orders.pending(house.ada.id) == []


async def test_results_of_long_ago_leave_the_memory(house: House):
    house.engine.release.set()
    jobs = []
    for _ in range(RESULTS_KEPT + 1):
        jobs.append(await house.orders.place(house.ada, REQUEST))
        await last(house.orders.watch(jobs[-1].id))
    assert isinstance(await last(house.orders.watch(jobs[0].id)), Failed)
    assert isinstance(await last(house.orders.watch(jobs[1].id)), Finished)


async def test_a_stopped_service_closes_the_order_it_worked_on(tmp_path):
    async with Database(tmp_path) as database:
        ada = await PeopleRows(database, SystemClock()).find("console", "ada")
        engine = HeldEngine()
        orders = Orders(engine, JobRows(database), FreeCredits(), SystemClock())
        async with Supervisor() as supervisor:
            supervisor.start("orders", orders.work)
            job = await orders.place(ada, REQUEST)
            await engine.begun.wait()
        assert isinstance(await last(orders.watch(job.id)), Failed)
        assert await orders.pending(ada.id) == []


async def test_orders_that_a_dead_process_left_open_are_closed_with_a_reason(tmp_path):
    credits_ = CountedCredits()
    async with Database(tmp_path) as database:
        ada = await PeopleRows(database, SystemClock()).find("console", "ada")
        jobs = JobRows(database)
        before = Orders(HeldEngine(), jobs, FreeCredits(), SystemClock())
        job = await before.place(ada, REQUEST)
        after = Orders(HeldEngine(), jobs, credits_, SystemClock())
        assert await after.recover() == 1
        closed = await row(database, job.id)
        assert closed.status == JobStatus.FAILED
        assert closed.reason
        assert credits_.asked == [("release", job.id)]
        assert await after.recover() == 0


async def test_a_whole_order_through_the_real_pool(tmp_path):
    pool = LocalPool("tests.engines.quick:QuickMaker", {}, GenerationSettings(), PhotoSettings())
    async with Database(tmp_path) as database, pool as engine, Supervisor() as supervisor:
        ada = await PeopleRows(database, SystemClock()).find("console", "ada")
        orders = Orders(engine, JobRows(database), FreeCredits(), SystemClock())
        supervisor.start("orders", orders.work)
        job = await orders.place(ada, REQUEST)
        end = await last(orders.watch(job.id))
        assert isinstance(end, Finished)
        assert len(end.figurine.files) == 5


def test_the_table_of_steps_is_the_one_that_is_promised():
    way = [JobStatus(name) for name in ("accepted", "reserved", "queued", "running", "made", "delivered")]
    for present, following in itertools.pairwise(way):
        check_transition(present, following)
    assert {JobStatus.DELIVERED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED} == ENDED
    assert set(ALLOWED) == set(JobStatus)
    for present, following in itertools.product(ENDED, JobStatus):
        with pytest.raises(IllegalTransition):
            check_transition(present, following)


def test_waiting_times_count_the_places_before_and_the_workers():
    assert waiting_seconds(1, workers=1, each=10, running_for=10) == 10
    assert waiting_seconds(3, workers=1, each=10, running_for=4) == 36
    assert waiting_seconds(3, workers=2, each=10, running_for=4) == 26


def test_the_first_measurement_replaces_the_guess_and_later_ones_move_it():
    estimate = DurationEstimate(first_guess=100)
    estimate.learn(10)
    assert estimate.seconds == 10
    estimate.learn(20)
    assert 10 < estimate.seconds < 20

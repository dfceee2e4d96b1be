"""What every database promises of orders: their steps, their history, their limits and their files."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools

import pytest

from core.errors import IllegalTransition, LeaseLost, PhotoGone
from core.model import FileKind
from core.queue.transitions import ALLOWED
from core.records import JobStatus, NewJob, StoredFile, Wanted
from tests.databases import NOON, OUTCOME, House

WAYS = {  # how a job comes to each status
    "accepted": "",
    "reserved": "reserved",
    "queued": "reserved queued",
    "running": "reserved queued running",
    "made": "reserved queued running made",
    "delivered": "reserved queued running made delivered",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "expired",
}


async def test_an_order_is_placed_with_its_wishes_sealed_and_its_photos_in_order(house: House):
    ada = await house.person()
    photos = [await house.photo(ada) for _ in range(3)]
    job = await house.accepted(ada, (photos[2], photos[0]), price=3, cost_ms=7, priority=1)
    assert (job.status, job.price, job.cost_ms, job.created_at, job.fence) == (JobStatus.ACCEPTED, 3, 7, NOON, 0)
    assert await house.storage.jobs.get(job.id) == job
    assert await house.storage.jobs.asked(ada, job.id) == ((photos[2], photos[0]), Wanted("chibi", engraving="Ada"))
    assert b"Ada" not in bytes((await house.rows("SELECT details FROM job"))[0]["details"])
    assert await house.steps(job.id) == ["accepted"]


async def test_the_same_origin_places_one_order_also_at_the_same_time(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    first = await house.accepted(ada, (photo,), origin="message 7")
    assert await house.accepted(ada, (photo,), origin="message 7") == first
    placed = await asyncio.gather(*(house.accepted(ada, (photo,), origin="message 8") for _ in range(8)))
    assert len({job.id for job in placed}) == 1
    assert await house.count("job") == 2


async def test_an_order_needs_photos_of_ones_own_that_are_held(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    foreign, gone = await house.photo(bob), await house.photo(ada)
    await house.storage.photos.forget(ada)
    for photos in ((foreign,), (gone,), (10_000,), ()):
        with pytest.raises(PhotoGone):
            async with house.database.transaction() as tx:
                await house.storage.jobs.add(tx, NewJob(ada, photos, Wanted("chibi"), "x"), NOON)
    assert await house.count("job") == await house.count("job_origin") == 0


@pytest.mark.parametrize("present", list(JobStatus))
async def test_steps_are_taken_where_the_table_says_so_and_nothing_changes_elsewhere(house: House, present: JobStatus):
    ada = await house.person()
    photo = await house.photo(ada)
    for following in JobStatus:
        job = await house.accepted(ada, (photo,))
        for step in WAYS[present].split():
            await house.move(job.id, JobStatus(step))
        before = await house.storage.jobs.get(job.id)
        if following in ALLOWED[present]:
            house.clock.wait(seconds=1)
            moved = await house.move(job.id, following, "why")
            assert (moved.status, moved.reason, moved.changed_at) == (following, "why", house.clock.now())
        else:
            with pytest.raises(IllegalTransition):
                await house.move(job.id, following)
            assert await house.storage.jobs.get(job.id) == before
        expected = ["accepted", *WAYS[present].split(), *([following] if following in ALLOWED[present] else [])]
        assert await house.steps(job.id) == expected


async def test_an_unknown_order_takes_no_step(house: House):
    with pytest.raises(IllegalTransition):
        await house.move(99, JobStatus.FAILED)
    assert await house.storage.jobs.get(99) is None


async def test_a_step_is_undone_with_its_transaction(house: House):
    job = await house.accepted(await house.person())
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            await house.storage.jobs.move(tx, job.id, JobStatus.FAILED, NOON)
            raise RuntimeError
    assert await house.storage.jobs.get(job.id) == job
    assert await house.steps(job.id) == ["accepted"]


async def test_limits_count_what_is_open_and_what_was_placed_lately(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    old, new, *_ = [await house.accepted(ada) for _ in range(2)]
    await house.accepted(bob)
    for job in (old, new):
        await house.move(job.id, JobStatus.CANCELLED)
    house.clock.wait(hours=20)
    await house.accepted(ada)

    async def counts(hours: float) -> tuple[int, int]:
        async with house.database.transaction() as tx:
            return await house.storage.jobs.counts(tx, ada, house.clock.now() - dt.timedelta(hours=hours))

    assert await counts(19) == (1, 1)
    assert await counts(21) == (1, 3)


async def test_open_orders_are_told_the_oldest_first_and_by_person(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    jobs = [await house.accepted(person) for person in (ada, bob, ada, ada)]
    await house.move(jobs[2].id, JobStatus.EXPIRED)
    assert [job.id for job in await house.storage.jobs.open()] == [jobs[0].id, jobs[1].id, jobs[3].id]
    assert [job.id for job in await house.storage.jobs.open(bob)] == [jobs[1].id]


async def test_nobody_sees_what_somebody_else_asked_for_nor_stops_it(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    job = await house.queued(ada)
    assert not await house.storage.jobs.ask_to_cancel(ada, job.id)  # It does not run.
    await house.claim()
    assert (await house.storage.jobs.asked(bob, job.id))[1] is None
    assert not await house.storage.jobs.ask_to_cancel(bob, job.id)
    assert await house.storage.jobs.ask_to_cancel(ada, job.id)


async def test_a_finished_order_has_its_files_its_outcome_and_the_times_of_its_photos(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    await house.queued(ada, (photo,))
    claimed = await house.claim()
    assert claimed
    house.clock.wait(seconds=40)
    name = await house.storage.vault.new_owner()
    files = [StoredFile(FileKind.STL, "figurine.stl", name, 7), StoredFile(FileKind.GLB, "figurine.glb", name[::-1], 8)]
    made = await house.finish(claimed.job, files)
    assert (made.status, made.kept_until) == (JobStatus.MADE, house.clock.now() + dt.timedelta(days=7))
    piece = await house.storage.pieces.get(ada, made.id)
    assert piece
    assert (piece.job, piece.outcome, piece.photos, piece.files) == (made, OUTCOME, (photo,), tuple(files))
    held = await house.storage.photos.get(ada, photo)
    assert held
    assert held.due_at == house.clock.now() + dt.timedelta(hours=1)
    assert await house.rows("SELECT state FROM hold") == [{"state": "captured"}]


async def test_only_the_claim_that_holds_may_finish_or_move(house: House):
    job = await house.queued(await house.person())
    first = await house.claim()
    assert first
    async with house.database.transaction() as tx:
        await house.storage.jobs.enqueue(tx, job.id, NOON, "the worker died", first.job.fence)
    second = await house.claim()
    assert second
    assert (second.job.fence, second.job.attempts) == (2, 2)
    with pytest.raises(LeaseLost):
        await house.finish(first.job)
    with pytest.raises(LeaseLost):
        await house.move(job.id, JobStatus.FAILED, fence=first.job.fence)
    assert (await house.finish(second.job)).status == JobStatus.MADE
    assert await house.steps(job.id) == ["accepted", "reserved", "queued", "running", "queued", "running", "made"]


async def test_an_order_that_goes_back_keeps_its_place_rests_and_may_be_forgiven(house: House):
    ada = await house.person()
    job, _ = await house.queued(ada), await house.queued(await house.person("bob"))
    claimed = await house.claim()
    assert claimed
    assert claimed.job.id == job.id
    async with house.database.transaction() as tx:
        back = await house.storage.jobs.enqueue(
            tx, job.id, house.clock.now(), "later", claimed.job.fence, pause=10, forgive=True
        )
    assert (back.attempts, back.fence, back.reason) == (0, 1, "later")
    other = await house.claim()
    assert other
    assert other.job.id != job.id
    assert await house.claim() is None
    house.clock.wait(seconds=10)
    again = await house.claim()
    assert again
    assert again.job.id == job.id


async def test_what_is_ahead_is_what_goes_before_and_what_is_left_of_what_runs(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    album = [await house.queued(ada, cost_ms=1000) for _ in range(3)]
    single = await house.queued(bob, cost_ms=500)
    assert [(await house.storage.jobs.ahead(job.id, NOON)).jobs for job in (*album, single)] == [0, 2, 3, 1]
    assert (await house.storage.jobs.ahead(album[2].id, NOON)).cost_ms == 2500
    await house.claim()
    house.clock.wait(seconds=0.4)
    ahead = await house.storage.jobs.ahead(single.id, house.clock.now())
    assert (ahead.jobs, ahead.cost_ms, ahead.running_ms) == (0, 0, (600,))
    house.clock.wait(seconds=9)
    assert (await house.storage.jobs.ahead(single.id, house.clock.now())).running_ms == (0,)


async def test_what_is_taken_back_before_it_ran_does_not_count_against_the_next(house: House):
    ada = await house.person()
    await house.queued(await house.person("bob"), cost_ms=1000)
    album = [await house.queued(ada, cost_ms=1000) for _ in range(3)]

    async def finish() -> int:
        return int((await house.rows("SELECT finish FROM turn WHERE person_id = $1", ada))[0]["finish"])

    assert await finish() == 3000
    await house.move(album[2].id, JobStatus.CANCELLED)
    assert await finish() == 2000
    await house.move(album[0].id, JobStatus.CANCELLED)  # The second one still ends where it ended.
    assert await finish() == 2000
    await house.move(album[1].id, JobStatus.EXPIRED)
    assert await finish() == 1000
    ran = await house.queued(ada, cost_ms=1000)
    await house.claim()
    claimed = await house.claim()
    assert claimed
    assert claimed.job.id == ran.id
    await house.move(ran.id, JobStatus.CANCELLED)
    assert await finish() == 2000


async def test_many_who_place_at_once_get_places_of_their_own_in_line(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    await asyncio.gather(*(house.queued(ada, (photo,), cost_ms=10) for _ in range(12)))
    tags = [row["tag"] for row in await house.rows("SELECT tag FROM job ORDER BY tag")]
    assert tags == list(itertools.accumulate([0] + [10] * 11))

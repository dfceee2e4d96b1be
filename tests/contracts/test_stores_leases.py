"""What every database promises of jobs in the hands of workers: order, fences, signs of life, and no job twice."""

# ruff: noqa: S608 -- the statements are put together from this file's own words

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import LeaseLost
from core.records import JobStatus, Wanted
from tests.databases import NOON, House

ROOT = Path(__file__).parents[2]
JOBS = 2_000
CLAIMER = """
import asyncio, datetime as dt, json, sys
from pathlib import Path
from storage.database import Database
from storage.leases import LeaseRows

class Unsealed:
    async def wanted(self, owner, sealed):
        return None

async def main(folder, url):
    async with Database(Path(folder), url) as database:
        leases, mine = LeaseRows(database, Unsealed()), []
        while claimed := await leases.claim("w", dt.datetime(2026, 5, 1, 13, tzinfo=dt.UTC), 30):
            mine.append(claimed.job.id)
    print(json.dumps(mine))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_jobs_are_claimed_in_the_fair_order_with_all_that_a_worker_needs(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    photos = (await house.photo(ada), await house.photo(ada))
    album = [await house.queued(ada, photos, cost_ms=100) for _ in range(3)]
    single = await house.queued(bob)
    claimed = [await house.claim("worker 1", 30) for _ in range(4)]
    assert [c.job.id for c in claimed if c] == [album[0].id, single.id, album[1].id, album[2].id]
    assert claimed[0]
    assert (claimed[0].photos, claimed[0].wanted) == (photos, Wanted("chibi", engraving="Ada"))
    assert (claimed[0].job.status, claimed[0].job.fence, claimed[0].job.attempts) == (JobStatus.RUNNING, 1, 1)
    assert await house.claim() is None
    rows = await house.rows("SELECT worker FROM job WHERE id = $1", album[0].id)
    assert rows == [{"worker": "worker 1"}]
    assert (await house.steps(single.id))[-1] == "running"


async def test_a_subscriber_goes_before_those_who_came_shortly_before(house: House):
    first = await house.queued(await house.person("first"))
    house.clock.wait(minutes=2, seconds=1)
    second = await house.queued(await house.person("second"))
    house.clock.wait(minutes=1)
    subscriber = await house.queued(await house.person("subscriber"), priority=1)
    claimed = [await house.claim() for _ in range(3)]
    assert [c.job.id for c in claimed if c] == [first.id, subscriber.id, second.id]


async def test_a_sign_of_life_prolongs_the_lease_and_tells_that_the_person_asked_to_stop(house: House):
    ada = await house.person()
    job = await house.queued(ada)
    claimed = await house.claim(lease=30)
    assert claimed
    now = house.clock.wait(seconds=29)
    assert not await house.storage.leases.beat(job.id, claimed.job.fence, now, 30)
    house.clock.wait(seconds=29)
    assert await house.storage.leases.lost(house.clock.now()) == []
    assert await house.storage.jobs.ask_to_cancel(ada, job.id)
    assert await house.storage.leases.beat(job.id, claimed.job.fence, house.clock.now(), 30)


async def test_a_lease_that_is_over_is_lost_and_so_is_every_one_when_everyone_has_died(house: House):
    ada = await house.person()
    jobs = [await house.queued(ada) for _ in range(3)]
    await house.claim(lease=10)
    await house.claim(lease=30)
    now = house.clock.wait(seconds=11)
    assert [job.id for job in await house.storage.leases.lost(now)] == [jobs[0].id]
    assert [job.id for job in await house.storage.leases.lost(now, everyone=True)] == [jobs[0].id, jobs[1].id]


async def test_a_claim_that_is_over_gives_no_sign_of_life(house: House):
    job = await house.queued(await house.person())
    claimed = await house.claim()
    assert claimed
    with pytest.raises(LeaseLost):
        await house.storage.leases.beat(job.id, claimed.job.fence + 1, NOON, 30)
    await house.move(job.id, JobStatus.CANCELLED, fence=claimed.job.fence)
    with pytest.raises(LeaseLost):
        await house.storage.leases.beat(job.id, claimed.job.fence, NOON, 30)


async def test_a_new_claim_has_forgotten_that_the_one_before_was_asked_to_stop(house: House):
    ada = await house.person()
    job = await house.queued(ada)
    first = await house.claim()
    assert first
    await house.storage.jobs.ask_to_cancel(ada, job.id)
    async with house.database.transaction() as tx:
        await house.storage.jobs.enqueue(tx, job.id, NOON, "", first.job.fence)
    again = await house.claim()
    assert again
    assert not await house.storage.leases.beat(job.id, again.job.fence, NOON, 30)


async def test_of_two_thousand_jobs_that_four_processes_claim_none_is_given_twice(house: House):
    ada = await house.person()
    async with house.database.transaction() as tx:
        for start in range(0, JOBS, 500):
            row = f"({ada}, 'x', 'queued', $1, $1, '', 1, 1, 0, 0, {{}}, $1, 0, 0, '', $2)"
            await tx.query(
                "INSERT INTO job (person_id, style, status, created_at, changed_at, reason, price, cost_ms, priority,"
                " tag, rank, run_at, fence, attempts, worker, cancel_asked) VALUES "
                + ", ".join(row.format(number) for number in range(start, start + 500)),
                *(NOON, False),
            )
    command = [sys.executable, "-c", CLAIMER, str(house.database.folder)]
    command.append(house.settings.database.url.get_secret_value())
    runs = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 -- it comes back at once
        for _ in range(4)
    ]
    told = await asyncio.gather(*(asyncio.to_thread(run.communicate, None, 120) for run in runs))
    claims = collections.Counter(job for out, _ in told for job in json.loads(out))
    assert len(claims) == JOBS
    assert set(claims.values()) == {1}
    assert await house.count("job", "fence = 1 AND status = 'running'") == JOBS
    assert await house.count("job_step", "status = 'running'") == JOBS
    assert sum(len(json.loads(out)) > 0 for out, _ in told) > 1, "one process did it all: nothing was tried"


async def test_many_tasks_that_claim_at_once_get_one_job_each(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    jobs = {(await house.queued(ada, (photo,))).id for _ in range(16)}
    house.clock.moment += dt.timedelta(seconds=1)
    claimed = await asyncio.gather(*(house.claim(f"w{number}") for number in range(20)))
    given = [claim.job.id for claim in claimed if claim]
    # On PostgreSQL a claim passes over what another one is taking just now, and may come back with nothing.
    while rest := await house.claim():
        given.append(rest.job.id)
    assert sorted(given) == sorted(jobs)

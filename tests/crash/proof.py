"""What must hold once everything has settled, however often processes were killed."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any, Final

from pydantic import SecretStr

from bots.conversation.texts import Texts
from core.clock import SystemClock
from core.intake.reception import ATTEMPTS
from core.queue.transitions import ALLOWED, ENDED
from core.records import JobStatus
from core.settings import DatabaseSettings, DataSettings, Settings
from storage.opened import Storage, open_storage
from tests.crash.world import World

HELD: Final = {"delivered": "captured", "failed": "released", "cancelled": "released", "expired": "released"}
RESULTS: Final = ("picture", "turntable")


async def facts(world: World) -> dict[str, int]:
    """How much there was of what, for the report."""
    ends = Counter(str(status) for (status,) in await world.rows("SELECT status FROM job"))
    ((again,),) = await world.rows("SELECT coalesce(sum(fence - 1), 0) FROM job WHERE fence > 1")
    counts = {
        "updates": sum(len(life.updates) for platform in world.platforms for life in platform.lives),
        "offered": sum(platform.offered for platform in world.platforms),
        "begun again": int(str(again)),
        "messages": len(world.said),
        "marked": sum(said.marked for said in world.said),
    }
    return counts | {f"kills of {kind}": count for kind, count in world.kills.items()} | dict(ends)


async def every_order_ended_once(world: World) -> None:
    """By the history of each, no step was taken that may not be, and one end; credits went the same way."""
    steps: dict[object, list[JobStatus]] = defaultdict(list)
    for job, status in await world.rows("SELECT job_id, status FROM job_step ORDER BY id"):
        steps[job].append(JobStatus(str(status)))
    jobs = await world.rows("SELECT job.id, job.status, hold.state FROM job LEFT JOIN hold ON hold.job_id = job.id")
    assert jobs
    for job, status, held in jobs:
        way = steps[job]
        assert way[0] is JobStatus.ACCEPTED, way
        assert all(after in ALLOWED[before] for before, after in pairwise(way)), way
        assert way[-1] == status, (way, status)
        assert sum(step in ENDED for step in way) == 1, way
        assert held == HELD[str(status)], (status, held)


async def every_update_had_its_effect_once(world: World) -> None:
    """Each is one row that was handled; each choice of a style placed its orders, but for what was given up aloud.

    Aloud: an update that was begun too often, or a photo at whose look the engine's process was killed twice.
    """
    lives = [life for platform in world.platforms for life in platform.lives]
    ((kept, handled, given_up),) = await world.rows(
        "SELECT count(*), count(handled_at), sum(CASE WHEN attempts > 3 THEN 1 ELSE 0 END) FROM inbox"
    )
    assert kept == handled == sum(len(life.updates) for life in lives)
    ((placed, origins),) = await world.rows("SELECT (SELECT count(*) FROM job), count(DISTINCT origin) FROM job_origin")
    assert placed == origins
    broke = sum(Texts()("error.engine") in said.text for said in world.said if said.order is None)
    lost = 3 * (int(str(given_up)) + broke)  # An album's order is three.
    assert ATTEMPTS == 3
    fewest, most = sum(life.orders for life in lives), sum(life.orders + life.more for life in lives)
    assert fewest - lost <= int(str(placed)) <= most, (fewest, placed, most, given_up)


async def nothing_came_twice_without_saying_so(world: World) -> None:
    """Each message arrived, and at most once without the words that it may have come before."""
    sure: Counter[tuple[int | None, str]] = Counter()
    came: Counter[tuple[int | None, str]] = Counter()
    for said in world.said:
        came[said.order, said.what] += 1
        sure[said.order, said.what] += not said.marked
    for job, status in await world.rows("SELECT id, status FROM job"):
        for what in RESULTS if status == "delivered" else ("ended",):
            key = (int(str(job)), what)
            assert came[key] >= 1, (key, status)
            assert sure[key] <= 1, (key, status)
    ((replies, jobs, given_up),) = await world.rows(
        "SELECT (SELECT count(*) FROM outbox WHERE notice = 'reply'), (SELECT count(*) FROM job),"
        " (SELECT count(*) FROM inbox WHERE attempts > 3)"
    )
    plain = int(str(replies)) - int(str(jobs))  # One reply about each order is told from the others by its key.
    assert came[None, "reply"] >= plain
    assert sure[None, "reply"] <= plain + int(str(given_up)) * 3, (sure[None, "reply"], plain)
    assert not await world.rows("SELECT id FROM outbox WHERE state <> 'sent'")


async def nothing_is_left_behind(world: World) -> None:
    """After an orphan sweep with a later clock there are no bytes, keys or rows without the others, and all opens."""
    database = DatabaseSettings(url=SecretStr(world.url))
    settings = Settings(data=DataSettings(dir=world.data), database=database)
    async with open_storage(settings, SystemClock()) as storage:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
        await storage.attic.orphans(later)
        left = await storage.attic.orphans(later, dry=True)
        assert not any(left.values()), left
        assert not list((world.data / "blobs").glob("??/*#*"))
        held = {str(name) for (name,) in await world.rows("SELECT name FROM blob WHERE due_at IS NOT NULL")}
        assert held == {entry.name async for page in storage.vault.stored() for entry in page}
        assert held == {entry.name async for page in storage.vault.keyed() for entry in page}
        await _all_opens(world, storage)


async def _all_opens(world: World, storage: Storage) -> None:
    blobs: list[tuple[Any, ...]] = await world.rows(
        "SELECT person.owner, blob.name, blob.kind FROM blob JOIN person ON person.id = blob.person_id"
        " WHERE blob.due_at IS NOT NULL"
    )
    for owner, name, kind in blobs:
        assert await storage.vault.get(owner, name, kind)


async def nothing_was_readable(world: World) -> None:
    """No file held a photo, a result, a name, a wish or somebody's id, at any time that was looked."""
    assert world.rounds >= 3
    assert not world.found


PROOFS: Final = (
    every_order_ended_once,
    every_update_had_its_effect_once,
    nothing_came_twice_without_saying_so,
    nothing_was_readable,
    nothing_is_left_behind,
)

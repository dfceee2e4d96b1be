"""The fair order as rows: each job's place, and up to where each person's work reaches (core/queue/fairness.py)."""

from __future__ import annotations

import datetime as dt

from core.queue import fairness
from core.records import Job
from storage.sql import Tx


async def take_place(tx: Tx, job: Job, now: dt.datetime) -> None:
    """Give a job its place in the fair order. The person's own row keeps two at once in line."""
    own = await tx.one(
        "INSERT INTO turn (person_id, finish) VALUES ($1, 0)"
        " ON CONFLICT (person_id) DO UPDATE SET finish = turn.finish RETURNING finish",
        job.person_id,
    )
    seen = await tx.one(
        "SELECT priority, (SELECT min(tag) FROM job WHERE status = 'queued' AND fence = 0 AND id <> $1) AS lowest,"
        " (SELECT max(finish) FROM turn) AS highest FROM job WHERE id = $1",
        job.id,
    )
    assert own is not None and seen is not None  # noqa: S101 -- both are there
    found = fairness.place(seen["lowest"], seen["highest"], own["finish"], job.cost_ms, seen["priority"], now)
    await tx.query("UPDATE job SET tag = $2, rank = $3 WHERE id = $1", job.id, found.tag, found.rank)
    await tx.query("UPDATE turn SET finish = $2 WHERE person_id = $1", job.person_id, found.finish)


async def give_back(tx: Tx, job: Job) -> None:
    """Take what a job counts for off its person's turn, if it had a place and has never run. It must have ended."""
    ended = await tx.one("SELECT priority FROM job WHERE id = $1 AND fence = 0 AND run_at IS NOT NULL", job.id)
    if ended is None:
        return
    own = await tx.one("SELECT finish FROM turn WHERE person_id = $1 FOR UPDATE", job.person_id)
    rest = await tx.query(
        "SELECT tag, cost_ms, priority FROM job WHERE person_id = $1 AND status IN ('queued', 'running')",
        job.person_id,
    )
    assert own is not None  # noqa: S101 -- the job's place was taken with it
    remaining = max((row["tag"] + fairness.share(row["cost_ms"], row["priority"]) for row in rest), default=0)
    finish = fairness.given_back(own["finish"], job.cost_ms, ended["priority"], remaining)
    await tx.query("UPDATE turn SET finish = $2 WHERE person_id = $1", job.person_id, finish)

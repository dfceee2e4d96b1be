"""Jobs in the hands of workers: claimed in one statement, prolonged, and found again when their worker has died."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.errors import LeaseLost
from core.model import Claimed, Job
from storage.database import Database
from storage.jobs import COLUMNS, job_of, record
from storage.sealed import Sealer
from storage.sql import Row, Tx

CLAIM: Final = (
    "UPDATE job SET status = 'running', worker = $1, fence = fence + 1, attempts = attempts + 1, lease_until = $2,"
    " changed_at = $3, reason = '', cancel_asked = $4 WHERE id = (SELECT id FROM job WHERE status = 'queued' AND run_at <= $3"
    f" ORDER BY tag, rank_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}, details"
)
LOST: Final = f"SELECT {COLUMNS} FROM job WHERE status = 'running'"


class LeaseRows:
    """core.stores.Leases over the database."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def claim(self, worker: str, now: dt.datetime, lease: float) -> Claimed | None:
        """See core.stores.Leases."""
        async with self._database.transaction() as tx:
            row = await tx.one(CLAIM, worker[:40], now + dt.timedelta(seconds=lease), now, False)
            if row is None:
                return None
            job = job_of(row)
            await record(tx, job)
            owner, photos = await _owner_and_photos(tx, job)
        return Claimed(job, await self._sealer.wanted(owner, row["details"]), photos)

    async def beat(self, job_id: int, fence: int, now: dt.datetime, lease: float) -> bool:
        """See core.stores.Leases."""
        async with self._database.transaction() as tx:
            row = await tx.one(
                "UPDATE job SET lease_until = $3 WHERE id = $1 AND fence = $2 AND status = 'running'"
                " RETURNING cancel_asked",
                *(job_id, fence, now + dt.timedelta(seconds=lease)),
            )
        if row is None:
            raise LeaseLost(f"job {job_id}, claim {fence}")
        return bool(row["cancel_asked"])

    async def lost(self, now: dt.datetime, everyone: bool = False) -> list[Job]:
        """See core.stores.Leases."""
        async with self._database.transaction() as tx:
            rows: list[Row] = await tx.query(LOST) if everyone else await tx.query(f"{LOST} AND lease_until < $1", now)
        return [job_of(row) for row in rows]


async def _owner_and_photos(tx: Tx, job: Job) -> tuple[str, tuple[int, ...]]:
    rows = await tx.query(
        "SELECT person.owner, job_photo.photo_id FROM person LEFT JOIN job_photo ON job_photo.job_id = $2"
        " WHERE person.id = $1 ORDER BY job_photo.position",
        *(job.person_id, job.id),
    )
    return str(rows[0]["owner"]), tuple(row["photo_id"] for row in rows if row["photo_id"] is not None)

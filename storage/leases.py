"""Jobs in the hands of workers: claimed in one statement, prolonged, and found again when their worker has died."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.errors import Gone, LeaseLost
from core.records import Claimed, Job
from storage.database import Database
from storage.jobs import COLUMNS, job_of, listed
from storage.sealed import Sealer

CLAIM: Final = (
    "UPDATE job SET status = 'running', worker = $1, fence = fence + 1, attempts = attempts + 1, lease_until = $2,"
    " changed_at = $3, reason = '', cancel_asked = $4"
    " WHERE id = (SELECT id FROM job WHERE status = 'queued' AND run_at <= $3"
    f" ORDER BY rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}, details,"
    " (SELECT owner FROM person WHERE person.id = job.person_id) AS owner,"
    " (SELECT {joined}(position || ':' || photo_id, ',') FROM job_photo WHERE job_photo.job_id = job.id) AS photos"
)
LOST: Final = f"SELECT {COLUMNS} FROM job WHERE status = 'running'"


class LeaseRows:
    """core.stores.Leases over the database."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def claim(self, worker: str, now: dt.datetime, lease: float) -> Claimed | None:
        """See core.stores.Leases."""
        until = now + dt.timedelta(seconds=lease)
        rows = await self._database.once(CLAIM.format(joined=self._database.joined), worker[:40], until, now, False)
        if not rows:
            return None
        row = rows[0]
        try:
            wanted = await self._sealer.wanted(row["owner"], row["details"])
        except Gone:  # The person's erasure was interrupted after their key; it takes the row away, too.
            return None
        return Claimed(job_of(row), wanted, listed(row["photos"]))

    async def beat(self, job_id: int, fence: int, now: dt.datetime, lease: float) -> bool:
        """See core.stores.Leases."""
        rows = await self._database.lightly(
            "UPDATE job SET lease_until = $3 WHERE id = $1 AND fence = $2 AND status = 'running'"
            " RETURNING cancel_asked",
            *(job_id, fence, now + dt.timedelta(seconds=lease)),
        )
        if not rows:
            raise LeaseLost(f"job {job_id}, claim {fence}")
        return bool(rows[0]["cancel_asked"])

    async def lost(self, now: dt.datetime, everyone: bool = False) -> list[Job]:
        """See core.stores.Leases."""
        once = self._database.once
        rows = await once(LOST) if everyone else await once(f"{LOST} AND lease_until < $1", now)
        return [job_of(row) for row in rows]

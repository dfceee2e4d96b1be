"""Figurines that will soon be deleted, and of which nobody has been reminded."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.records import Job
from storage.database import Database
from storage.jobs import COLUMNS, job_of

DUE: Final = (
    f"SELECT {COLUMNS} FROM job WHERE status = 'delivered' AND kept_until > $1 AND kept_until <= $2"
    " AND EXISTS (SELECT 1 FROM person WHERE person.id = job.person_id AND reminders = $5)"
    " AND EXISTS (SELECT 1 FROM blob WHERE blob.job_id = job.id AND blob.due_at IS NOT NULL AND blob.created_at <= $3)"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.origin = 'job:' || job.id || ':reminder')"
    " ORDER BY kept_until, id LIMIT $4"
)


class ReminderRows:
    """core.stores.Reminders over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: dt.datetime, until: dt.datetime, limit: int) -> list[Job]:
        """See core.stores.Reminders.

        None whose files were deleted by hand, and none that were not yet held as long as they still will be at most:
        what is kept for a day only would be announced and taken back in one breath.
        """
        rows = await self._database.once(DUE, now, until, now - (until - now), limit, True)
        return [job_of(row) for row in rows]

"""The rows of orders."""

from __future__ import annotations

import datetime as dt

from tortoise.backends.base.client import TransactionalDBClient

from core.errors import IllegalTransition
from core.model import Job, JobStatus
from core.queue.transitions import OPEN, check_transition
from storage.database import Database
from storage.models import JobRow, JobStepRow, moment


class JobRows:
    """core.ports.Jobs over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person_id: int, style: str, now: dt.datetime) -> Job:
        """See core.ports.Jobs."""
        async with self._database.transaction() as transaction:
            row = await JobRow.create(
                using_db=transaction,
                person_id=person_id,
                style=style,
                status=JobStatus.ACCEPTED,
                created_at=now,
                changed_at=now,
            )
            await _record(transaction, row)
        return _job(row)

    async def move(self, job_id: int, status: JobStatus, now: dt.datetime, reason: str = "") -> Job:
        """See core.ports.Jobs. A row that is not there can't go anywhere either."""
        async with self._database.transaction() as transaction:
            row = await JobRow.get_or_none(using_db=transaction, id=job_id)
            if row is None:
                raise IllegalTransition(f"there is no job {job_id}")
            check_transition(JobStatus(row.status), status)
            row.status, row.changed_at, row.reason = status, now, reason
            await row.save(using_db=transaction, update_fields=["status", "changed_at", "reason"])
            await _record(transaction, row)
        return _job(row)

    async def open(self) -> list[Job]:
        """See core.ports.Jobs."""
        async with self._database.transaction() as transaction:
            rows = await JobRow.filter(status__in=list(OPEN)).using_db(transaction).order_by("id")
        return [_job(row) for row in rows]


async def _record(transaction: TransactionalDBClient, row: JobRow) -> None:
    await JobStepRow.create(
        using_db=transaction, job_id=row.id, status=row.status, at=row.changed_at, reason=row.reason
    )


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        person_id=row.person_id,
        style=row.style,
        status=JobStatus(row.status),
        created_at=moment(row.created_at),
        changed_at=moment(row.changed_at),
        reason=row.reason,
    )

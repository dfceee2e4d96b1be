"""The rows of orders: the truth about every one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from core.errors import IllegalTransition, LeaseLost, PhotoGone
from core.queue import fairness
from core.queue.transitions import ENDED, OPEN, before
from core.records import Ahead, Job, JobStatus, NewJob, Outcome, StoredFile, Wanted
from storage.accounts import account_of
from storage.blobrows import Stored
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.photos import made_of, note, photos_of
from storage.sealed import Sealer
from storage.sql import Row, Tx
from storage.turns import give_back, take_place

COLUMNS: Final = (
    "id, person_id, style, status, created_at, changed_at, reason, price, cost_ms, fence, attempts, kept_until,"
    " cancel_asked, platform"
)
RESULT: Final = "result"
AT_ONCE: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""A moment that has been, even if somebody moves the clock back."""
LISTED_OPEN: Final = ", ".join(f"'{status}'" for status in sorted(OPEN - {JobStatus.MADE}))


class JobRows:
    """core.stores.Jobs over the database, but for what workers do with them (storage/leases.py)."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines

    async def add(self, tx: Tx, new: NewJob, now: dt.datetime) -> tuple[Job, bool]:
        """See core.stores.Jobs."""
        if await tx.one("SELECT 1 AS one FROM job_origin WHERE origin = $1", new.origin):
            return await _placed(tx, new.origin), False
        account = await account_of(tx, new.person_id)
        await _check_photos(tx, account.id, new, now)
        details = await self._sealer.seal(account.owner, "job.details", asdict(new.wanted))
        row = await tx.one(
            "INSERT INTO job (person_id, style, status, created_at, changed_at, reason, price, cost_ms, priority, tag,"
            " rank, fence, attempts, worker, cancel_asked, details, platform)"
            " VALUES ($1, $2, 'accepted', $3, $4, '', $5, $6, $7, 0, 0, 0, 0, '', $8, $9, $10)"
            f" RETURNING {COLUMNS}",
            *(account.id, new.wanted.style, now, now, new.price, new.cost_ms, new.priority, False, details),
            new.platform,
        )
        job = job_of(row)
        if not await _named(tx, new.origin, job.id):  # Somebody else has placed it meanwhile.
            await tx.query("DELETE FROM job WHERE id = $1", job.id)
            return await _placed(tx, new.origin), False
        for position, photo in enumerate(new.photos):
            await tx.query(
                "INSERT INTO job_photo (job_id, photo_id, position) VALUES ($1, $2, $3)", job.id, photo, position
            )
        await note(tx, job.id, self._deadlines)
        return job, True

    async def counts(self, tx: Tx, person_id: int, since: dt.datetime) -> tuple[int, int]:
        """See core.stores.Jobs."""
        row = await tx.one(
            f"SELECT coalesce(sum(CASE WHEN status IN ({LISTED_OPEN}) THEN 1 ELSE 0 END), 0) AS open,"
            " coalesce(sum(CASE WHEN created_at > $2 THEN 1 ELSE 0 END), 0) AS recent FROM job WHERE person_id = $1",
            *(person_id, since),
        )
        assert row is not None  # noqa: S101 -- an aggregate always gives a row
        return int(row["open"]), int(row["recent"])

    async def move(
        self, tx: Tx, job_id: int, status: JobStatus, now: dt.datetime, reason: str = "", fence: int | None = None
    ) -> Job:
        """See core.stores.Jobs."""
        ended = status in ENDED
        row_due = self._deadlines.job_row(now) if ended else None
        condition, present = tx.among("status", 5, sorted(before(status)))
        holds = "" if fence is None else " AND fence = $7"
        if status is JobStatus.EXPIRED:  # It may have been made, and paid, since somebody saw that its time was over.
            holds += " AND (status <> 'made' OR kept_until IS NULL OR kept_until <= $3)"
        row = await tx.one(
            "UPDATE job SET status = $2, changed_at = $3, reason = $4, due_at = $6, lease_until = NULL"
            f" WHERE id = $1 AND {condition}{holds} RETURNING {COLUMNS}",
            *(job_id, status, now, reason[:80], present, row_due, *(() if fence is None else (fence,))),
        )
        job = allowed(row, job_id, status, fence)
        if ended:
            await note(tx, job_id, self._deadlines)
            if job.fence == 0:
                await give_back(tx, job)
        return job

    async def enqueue(
        self,
        tx: Tx,
        job_id: int,
        now: dt.datetime,
        reason: str = "",
        fence: int | None = None,
        pause: float = 0.0,
        forgive: bool = False,
    ) -> Job:
        """See core.stores.Jobs."""
        job = await self.move(tx, job_id, JobStatus.QUEUED, now, reason, fence)
        if job.fence == 0:
            await take_place(tx, job, now)
        await tx.query(
            "UPDATE job SET run_at = $2, worker = '', attempts = attempts - $3 WHERE id = $1",
            *(job_id, now + dt.timedelta(seconds=pause) if pause else AT_ONCE, int(forgive)),
        )
        return await _read(tx, job_id)

    async def finish(
        self, tx: Tx, job_id: int, fence: int, outcome: Outcome, files: Sequence[StoredFile], now: dt.datetime
    ) -> Job:
        """See core.stores.Jobs."""
        kept = self._deadlines.result(now)
        owner, photos = await photos_of(tx, job_id)
        if not owner:
            raise LeaseLost(f"job {job_id} is not there any more")
        row = await tx.one(
            "UPDATE job SET status = 'made', changed_at = $2, reason = '', lease_until = NULL, outcome = $3,"
            f" kept_until = $4 WHERE id = $1 AND status = 'running' AND fence = $5 RETURNING {COLUMNS}",
            *(job_id, now, await self._sealer.seal_outcome(owner, outcome), kept, fence),
        )
        job = allowed(row, job_id, JobStatus.MADE, fence)
        await tx.write(*made_of(photos, self._deadlines, now))
        for file in files:
            stored = Stored(file.blob, job.person_id, RESULT, file.size, now)
            await stored.add_row(tx, kept, file.kind, file.name, job_id)
        return job

    async def ask_to_cancel(self, person_id: int, job_id: int) -> bool:
        """See core.stores.Jobs."""
        rows = await self._database.once(
            "UPDATE job SET cancel_asked = $3 WHERE id = $1 AND person_id = $2 AND status = 'running' RETURNING id",
            *(job_id, person_id, True),
        )
        return bool(rows)

    async def get(self, job_id: int) -> Job | None:
        """See core.stores.Jobs."""
        rows = await self._database.look(f"SELECT {COLUMNS} FROM job WHERE id = $1", job_id)
        return job_of(rows[0]) if rows else None

    async def asked(self, person_id: int, job_id: int) -> tuple[tuple[int, ...], Wanted | None]:
        """See core.stores.Jobs."""
        rows = await self._database.look(
            "SELECT job.details, person.owner, (SELECT {joined}(position || ':' || photo_id, ',') FROM job_photo"
            " WHERE job_photo.job_id = job.id) AS photos FROM job JOIN person ON person.id = job.person_id"
            " WHERE job.id = $1 AND job.person_id = $2".replace("{joined}", self._database.joined),
            *(job_id, person_id),
        )
        if not rows or rows[0]["details"] is None:
            return (), None
        return listed(rows[0]["photos"]), await self._sealer.wanted(rows[0]["owner"], rows[0]["details"])

    async def open(self, person_id: int | None = None) -> list[Job]:
        """See core.stores.Jobs."""
        whose, values = ("", ()) if person_id is None else (" AND person_id = $1", (person_id,))
        rows = await self._database.once(
            f"SELECT {COLUMNS} FROM job WHERE status IN ({LISTED_OPEN}, 'made'){whose} ORDER BY id", *values
        )
        return [job_of(row) for row in rows]

    async def ahead(self, job_id: int, now: dt.datetime) -> Ahead:
        """See core.stores.Jobs."""
        async with self._database.transaction() as tx:
            row = await tx.one(
                "SELECT count(other.id) AS jobs, coalesce(sum(other.cost_ms), 0) AS cost,"
                " coalesce(min(mine.tag), 0) AS tag, coalesce(min(mine.rank), 0) AS rank, coalesce("
                "(SELECT min(tag) FROM job WHERE status = 'queued' AND fence = 0), min(mine.tag), 0) AS lowest"
                " FROM job mine LEFT JOIN job other ON other.status = 'queued'"
                " AND (other.rank, other.id) < (mine.rank, mine.id) WHERE mine.id = $1",
                job_id,
            )
            running = await tx.query("SELECT cost_ms, changed_at FROM job WHERE status = 'running'")
        assert row is not None  # noqa: S101 -- an aggregate always gives a row
        left = (job["cost_ms"] - (now - moment(job["changed_at"])) // dt.timedelta(milliseconds=1) for job in running)
        behind, horizon = row["tag"] - row["lowest"], fairness.horizon(row["rank"], row["lowest"], now)
        running_ms = tuple(max(int(ms), 0) for ms in left)
        return Ahead(int(row["jobs"]), int(row["cost"]), running_ms, max(behind, 0), max(horizon, 0))


def job_of(row: Row | None) -> Job:
    """A row as the core knows it."""
    assert row is not None  # noqa: S101 -- the statements that come here always give a row
    return Job(
        id=row["id"],
        person_id=row["person_id"],
        style=row["style"],
        status=JobStatus(row["status"]),
        created_at=moment(row["created_at"]),
        changed_at=moment(row["changed_at"]),
        reason=row["reason"],
        price=row["price"],
        cost_ms=row["cost_ms"],
        fence=row["fence"],
        attempts=row["attempts"],
        kept_until=moment(row["kept_until"]) if row["kept_until"] else None,
        cancel_asked=bool(row["cancel_asked"]),
        platform=row["platform"],
    )


def listed(joined: str | None) -> tuple[int, ...]:
    """The photos of a job, from "position:photo" with commas, by position."""
    pairs = (pair.split(":") for pair in joined.split(",")) if joined else ()
    return tuple(int(photo) for _, photo in sorted((int(position), photo) for position, photo in pairs))


def allowed(row: Row | None, job_id: int, status: JobStatus, fence: int | None) -> Job:
    """The job after a step that the row shows.

    Raises:
        IllegalTransition, LeaseLost: there is no row, since the step was not allowed.
    """
    if row is None:
        if fence is not None:
            raise LeaseLost(f"job {job_id}, claim {fence}")
        raise IllegalTransition(f"job {job_id} can't be {status}")
    return job_of(row)


async def _named(tx: Tx, origin: str, job_id: int) -> bool:
    """Remember what a job came from; False if another job came from it."""
    row = await tx.one(
        "INSERT INTO job_origin (origin, job_id) VALUES ($1, $2) ON CONFLICT (origin) DO NOTHING RETURNING job_id",
        *(origin, job_id),
    )
    return row is not None


async def _placed(tx: Tx, origin: str) -> Job:
    """The job that came from there."""
    return job_of(
        await tx.one(f"SELECT {COLUMNS} FROM job WHERE id = (SELECT job_id FROM job_origin WHERE origin = $1)", origin)
    )


async def _read(tx: Tx, job_id: int) -> Job:
    return job_of(await tx.one(f"SELECT {COLUMNS} FROM job WHERE id = $1", job_id))


async def _check_photos(tx: Tx, account_id: int, new: NewJob, now: dt.datetime) -> None:
    """See that each photo is the person's own and still held. PostgreSQL keeps it so until the end."""
    condition, ids = tx.among("photo.id", 2, new.photos)
    rows = await tx.query(
        "SELECT photo.id FROM photo JOIN blob ON blob.id = photo.blob_id"
        f" WHERE photo.person_id = $1 AND blob.due_at > $3 AND {condition} FOR UPDATE OF blob",
        *(account_id, ids, now),
    )
    if len(rows) != len(set(new.photos)) or not rows:
        raise PhotoGone

"""Photos and uploads: their rows, and the encrypted bytes behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from core.errors import Gone, PhotoGone
from core.model import Photo, Subject, SubjectKind
from core.ports import Clock
from core.queue.transitions import OPEN
from core.records import HeldPhoto
from storage.accounts import NOBODY, whole_account
from storage.blobrows import BlobRows
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sql import Row, Statement, Tx
from storage.vault import Vault

PHOTO: Final = "photo"
UPLOAD: Final = "upload"
NEEDING: Final = ", ".join(f"'{status}'" for status in sorted(OPEN - {"made"}))
IN_USE: Final = (
    "EXISTS (SELECT 1 FROM job_photo JOIN job ON job.id = job_photo.job_id"
    f" WHERE job_photo.photo_id = photo.id AND job.status IN ({NEEDING}))"
)
IN_USE_ELSEWHERE: Final = IN_USE.replace(
    "job_photo.photo_id = photo.id", "job_photo.photo_id = photo.id AND job.id <> $1"
)
TIMES: Final = "photo.id, photo.blob_id, photo.arrived_at, photo.first_made_at, photo.last_made_at, blob.due_at"
COLUMNS: Final = (
    "photo.id, photo.person_id, photo.width, photo.height, photo.subject, photo.people, photo.whole, photo.arrived_at,"
    " photo.first_made_at, photo.last_made_at, blob.due_at, blob.name"
)
FROM: Final = "FROM photo JOIN blob ON blob.id = photo.blob_id"


class PhotoRows:
    """core.stores.Photos."""

    def __init__(self, database: Database, blobs: BlobRows, vault: Vault, deadlines: Deadlines, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._vault = vault
        self._deadlines = deadlines
        self._clock = clock

    async def keep(self, person_id: int, photo: Photo, subject: Subject, arrived_at: dt.datetime) -> HeldPhoto:
        """See core.stores.Photos."""
        due_at = self._deadlines.photo_limit(arrived_at, None)
        now = self._clock.now()
        async with (
            self._blobs.stored(person_id, PHOTO, photo.pixels, now) as stored,
            self._database.transaction() as tx,
        ):
            blob_id = await stored.add_row(tx, due_at)
            row = await tx.one(
                "INSERT INTO photo (blob_id, person_id, width, height, subject, people, whole, arrived_at)"
                " VALUES ($1, (SELECT person_id FROM blob WHERE id = $1), $2, $3, $4, $5, $6, $7) RETURNING id",
                *(blob_id, photo.width, photo.height),
                *(subject.kind, subject.count, subject.whole, arrived_at),
            )
        assert row is not None  # noqa: S101 -- an insert that does not raise gives its row
        return HeldPhoto(row["id"], person_id, subject, arrived_at, due_at)

    async def get(self, person_id: int, photo_id: int) -> HeldPhoto | None:
        """See core.stores.Photos."""
        found = [photo for photo in await self.held(person_id) if photo.id == photo_id]
        return found[0] if found else None

    async def held(self, person_id: int) -> list[HeldPhoto]:
        """See core.stores.Photos."""
        async with self._database.transaction() as tx:
            rows = await tx.query(
                f"SELECT {COLUMNS} {FROM} WHERE photo.person_id = $1 AND blob.due_at > $2 ORDER BY photo.id",
                *(person_id, self._clock.now()),
            )
        return [_held(row) for row in rows]

    async def load(self, photo_id: int) -> Photo:
        """See core.stores.Photos."""
        async with self._database.transaction() as tx:
            row = await tx.one(f"SELECT {COLUMNS} {FROM} WHERE photo.id = $1 AND blob.due_at IS NOT NULL", photo_id)
            account = await whole_account(tx.query, row["person_id"]) if row else NOBODY
        if row is None:
            raise PhotoGone
        try:
            pixels = await self._vault.get(account.owner, row["name"], PHOTO, *account.former)
        except Gone:
            raise PhotoGone from None
        return Photo(row["width"], row["height"], pixels)

    async def forget(self, person_id: int) -> int:
        """See core.stores.Photos."""
        async with self._database.transaction() as tx:
            rows = await tx.query(
                f"SELECT blob.name {FROM} WHERE photo.person_id = $1 AND blob.due_at IS NOT NULL AND NOT {IN_USE}",
                person_id,
            )
        await self._blobs.destroy([row["name"] for row in rows], self._clock.now())
        return len(rows)


class UploadBlobs:
    """core.stores.Uploads."""

    def __init__(self, database: Database, blobs: BlobRows, vault: Vault, deadlines: Deadlines, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._vault = vault
        self._deadlines = deadlines
        self._clock = clock

    async def keep(self, person_id: int, data: bytes) -> str:
        """See core.stores.Uploads."""
        now = self._clock.now()
        async with self._blobs.stored(person_id, UPLOAD, data, now) as stored, self._database.transaction() as tx:
            await stored.add_row(tx, self._deadlines.upload(now))
        return stored.name

    async def load(self, person_id: int, name: str) -> bytes:
        """See core.stores.Uploads."""
        account = await whole_account(self._database.look, person_id)
        return await self._vault.get(account.owner, name, UPLOAD, *account.former)

    async def drop(self, person_id: int, names: Sequence[str]) -> None:
        """See core.stores.Uploads."""
        async with self._database.transaction() as tx:
            condition, listed = tx.among("name", 2, names)
            own = await tx.query(f"SELECT name FROM blob WHERE person_id = $1 AND {condition}", person_id, listed)
        await self._blobs.destroy([row["name"] for row in own], self._clock.now())


async def note(tx: Tx, job_id: int, deadlines: Deadlines) -> None:
    """Set anew when a job's photos must be gone: after it was placed or has ended."""
    await _in_turn(tx, job_id)
    rows = await tx.query(
        f"SELECT {TIMES}, CASE WHEN {IN_USE} THEN 1 ELSE 0 END AS in_use {FROM}"
        " JOIN job_photo mine ON mine.photo_id = photo.id WHERE mine.job_id = $1 AND blob.due_at IS NOT NULL",
        job_id,
    )
    await tx.write(*(_due(row, deadlines, _moment(row["first_made_at"]), _moment(row["last_made_at"])) for row in rows))


async def photos_of(tx: Tx, job_id: int) -> tuple[str, list[Row]]:
    """The owner of a job, and its photos for `made_of`; empty if there is no such job."""
    await _in_turn(tx, job_id)
    rows = await tx.query(
        f"SELECT person.owner, {TIMES}, CASE WHEN {IN_USE_ELSEWHERE} THEN 1 ELSE 0 END AS in_use FROM job asked"
        " JOIN person ON person.id = asked.person_id LEFT JOIN job_photo mine ON mine.job_id = asked.id"
        " LEFT JOIN photo ON photo.id = mine.photo_id LEFT JOIN blob ON blob.id = photo.blob_id"
        " WHERE asked.id = $1",
        job_id,
    )
    held = [row for row in rows if row["due_at"] is not None]
    return (str(rows[0]["owner"]) if rows else ""), held


async def _in_turn(tx: Tx, job_id: int) -> None:
    """On PostgreSQL, wait for others who see to the same photos, so that each sees what the one before has done.

    A statement of its own: one that waits in its middle goes on with what it saw before. SQLite has one writer anyway.
    """
    if tx.postgres:
        await tx.query(
            "SELECT blob.id FROM blob JOIN photo ON photo.blob_id = blob.id JOIN job_photo ON photo_id = photo.id"
            " WHERE job_photo.job_id = $1 ORDER BY blob.id FOR UPDATE OF blob",
            job_id,
        )


def made_of(photos: Sequence[Row], deadlines: Deadlines, made_at: dt.datetime) -> list[Statement]:
    """What remembers that a figurine was made of these photos, and sets anew when they must be gone."""
    statements: list[Statement] = []
    for row in photos:
        first = _moment(row["first_made_at"]) or made_at
        remember = "UPDATE photo SET first_made_at = $2, last_made_at = $3 WHERE id = $1"
        statements += [(remember, (row["id"], first, made_at)), _due(row, deadlines, first, made_at)]
    return statements


def _due(row: Row, deadlines: Deadlines, first: dt.datetime | None, last: dt.datetime | None) -> Statement:
    due_at = deadlines.photo(moment(row["arrived_at"]), first, last, bool(row["in_use"]))
    return "UPDATE blob SET due_at = $2 WHERE id = $1 AND due_at IS NOT NULL", (row["blob_id"], due_at)


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    return moment(value) if value else None


def _held(row: Row) -> HeldPhoto:
    return HeldPhoto(
        id=row["id"],
        person_id=row["person_id"],
        subject=Subject(SubjectKind(row["subject"]), row["people"], bool(row["whole"])),
        arrived_at=moment(row["arrived_at"]),
        due_at=_moment(row["due_at"]),
    )

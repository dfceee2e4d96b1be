"""Everything that has a time at which it must be gone, taken away batch by batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from core.errors import StoreFailed
from core.retention.sweep import ROWS
from storage.blobrows import BlobRows
from storage.database import Database
from storage.orphans import Orphans
from storage.photos import NEEDING
from storage.vault import Vault

NO_FILES: Final = "NOT EXISTS (SELECT 1 FROM blob WHERE blob.job_id = job.id AND blob.due_at IS NOT NULL)"
ALL_HELD: Final = (
    "EXISTS (SELECT 1 FROM job_photo WHERE job_photo.job_id = job.id) AND NOT EXISTS (SELECT 1 FROM job_photo"
    " JOIN photo ON photo.id = job_photo.photo_id JOIN blob ON blob.id = photo.blob_id"
    " WHERE job_photo.job_id = job.id AND blob.due_at IS NULL)"
)
BARRED: Final = (
    "SELECT coalesce(person.account_id, person.id) AS id FROM bar"
    " JOIN person ON person.platform_key = bar.platform_key WHERE bar.kind = 'too young'"
)
"""Too young, and still there: their erasure was cut short, or a message of theirs came at that very moment."""


class AtticRows:
    """core.stores.Attic over the database and the vault."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._blobs = BlobRows(database, vault)
        self._orphans = Orphans(database, vault)

    async def expire_orders(self, now: dt.datetime, limit: int) -> list[int]:
        """See core.stores.Attic.

        Also those that are made, were never delivered, and whose files' time is over; and those that wait for credits
        and whose photo is gone, which no worker would ever notice.
        """
        async with self._database.transaction() as tx:
            rows = await tx.query(
                "SELECT DISTINCT job.id FROM blob JOIN photo ON photo.blob_id = blob.id"
                " JOIN job_photo ON job_photo.photo_id = photo.id JOIN job ON job.id = job_photo.job_id"
                f" WHERE blob.due_at <= $1 AND job.status IN ({NEEDING}) LIMIT $2",
                *(now, limit),
            )
            late = await tx.query("SELECT id FROM job WHERE status = 'made' AND kept_until <= $1 LIMIT $2", now, limit)
            lost = await tx.query(f"SELECT id FROM job WHERE status = 'accepted' AND NOT ({ALL_HELD}) LIMIT $1", limit)
        return [row["id"] for row in (*rows, *late, *lost)]

    async def delete_blobs(self, now: dt.datetime, limit: int, dry: bool = False) -> int:
        """See core.stores.Attic. A photo that an order still needs waits until that has expired."""
        needed = (
            "EXISTS (SELECT 1 FROM photo JOIN job_photo ON job_photo.photo_id = photo.id"
            f" JOIN job ON job.id = job_photo.job_id WHERE photo.blob_id = blob.id AND job.status IN ({NEEDING}))"
        )
        async with self._database.transaction() as tx:
            if dry:
                row = await tx.one("SELECT count(*) AS n FROM blob WHERE due_at <= $1", now)
                return int(row["n"]) if row else 0
            rows = await tx.query(
                f"SELECT name FROM blob WHERE due_at <= $1 AND NOT {needed} ORDER BY due_at LIMIT $2", now, limit
            )
        try:
            await self._blobs.destroy([row["name"] for row in rows], now)
        except StoreFailed:  # Some bytes can't be removed: of all that is due, the keys go nevertheless.
            async with self._database.transaction() as tx:
                rows = await tx.query(f"SELECT name FROM blob WHERE due_at <= $1 AND NOT {needed}", now)
            await self._vault.destroy_keys([row["name"] for row in rows])
            raise
        return len(rows)

    async def delete_rows(self, table: str, now: dt.datetime, limit: int, dry: bool = False) -> int:
        """See core.stores.Attic."""
        key = ROWS[table]
        when = "gone_at" if table == "blob" else "due_at"
        which = f"due_at <= $1 AND {NO_FILES}" if table == "job" else f"{when} <= $1"
        async with self._database.transaction() as tx:
            if dry:
                row = await tx.one(f"SELECT count(*) AS n FROM {table} WHERE {which}", now)
                return int(row["n"]) if row else 0
            rows = await tx.query(
                f"DELETE FROM {table} WHERE {key} IN"
                f" (SELECT {key} FROM {table} WHERE {which} ORDER BY {when} LIMIT $2) RETURNING {key}",
                *(now, limit),
            )
        return len(rows)

    async def closed_people(self, before: dt.datetime, limit: int) -> list[int]:
        """See core.stores.Attic."""
        async with self._database.transaction() as tx:
            rows = await tx.query(f"SELECT id FROM person WHERE closed_at <= $1 UNION {BARRED} LIMIT $2", before, limit)
        return [row["id"] for row in rows]

    async def strangers(self, before: dt.datetime, limit: int) -> list[int]:
        """See core.stores.Attic."""
        rows = await self._database.once(
            "SELECT id FROM person WHERE created_at <= $1 AND account_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM consent WHERE consent.person_id = person.id)"
            " AND NOT EXISTS (SELECT 1 FROM session WHERE session.person_id = person.id)"
            " AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.person_id = person.id AND handled_at IS NULL) LIMIT $2",
            *(before, limit),
        )
        return [row["id"] for row in rows]

    async def orphans(self, before: dt.datetime, dry: bool = False) -> Mapping[str, int]:
        """See core.stores.Attic."""
        return await self._orphans.sweep(before, dry)

    async def checkpoint(self) -> None:
        """See core.stores.Attic."""
        await self._vault.checkpoint()
        await self._database.checkpoint()

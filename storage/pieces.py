"""Finished figurines: their files, encrypted, and what is remembered beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core.errors import Gone
from core.model import Figurine, FileKind
from core.ports import Clock
from core.records import Job, Piece, StoredFile
from storage.accounts import whole_account
from storage.blobrows import BlobRows
from storage.database import Database
from storage.jobs import COLUMNS, RESULT, job_of
from storage.sealed import Sealer
from storage.sql import Row, Tx
from storage.vault import Vault

HELD: Final = (
    f"SELECT {COLUMNS}, details, outcome FROM job"
    " WHERE person_id = $1 AND status IN ('made', 'delivered') AND kept_until > $2"
)


class PieceRows:
    """core.stores.Pieces."""

    def __init__(self, database: Database, blobs: BlobRows, vault: Vault, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._vault = vault
        self._sealer = sealer
        self._clock = clock

    async def store(self, job: Job, figurine: Figurine, now: dt.datetime) -> list[StoredFile]:  # noqa: ARG002 -- the port's signature
        """See core.stores.Pieces."""
        owner = (await whole_account(self._database.look, job.person_id)).owner
        if not owner:
            raise Gone
        stored: list[StoredFile] = []
        try:
            for file in figurine.files:
                blob = await self._vault.put(owner, file.data, RESULT)
                stored.append(StoredFile(file.kind, file.name, blob, len(file.data)))
        except BaseException:
            await self.discard(stored)
            raise
        return stored

    async def discard(self, files: Sequence[StoredFile]) -> None:
        """See core.stores.Pieces. After a commit that was not answered, a row alone knows whether a job has them."""
        async with self._database.transaction() as tx:
            condition, listed = tx.among("name", 1, [file.blob for file in files])
            named = {row["name"] for row in await tx.query(f"SELECT name FROM blob WHERE {condition}", listed)}
        await self._vault.destroy([file.blob for file in files if file.blob not in named])

    async def get(self, person_id: int, job_id: int) -> Piece | None:
        """See core.stores.Pieces."""
        async with self._database.transaction() as tx:
            account = await whole_account(tx.query, person_id)
            row = await tx.one(f"{HELD} AND id = $3", account.id, self._clock.now(), job_id)
            return await self._piece(tx, account.owner, row) if row else None

    async def all_of(self, person_id: int) -> list[Piece]:
        """See core.stores.Pieces."""
        async with self._database.transaction() as tx:
            account = await whole_account(tx.query, person_id)
            rows = await tx.query(f"{HELD} ORDER BY id DESC", account.id, self._clock.now())
            pieces = [await self._piece(tx, account.owner, row) for row in rows]
        return [piece for piece in pieces if piece]

    async def read(self, person_id: int, file: StoredFile) -> bytes:
        """See core.stores.Pieces."""
        account = await whole_account(self._database.look, person_id)
        return await self._vault.get(account.owner, file.blob, RESULT, *account.former)

    async def forget(self, person_id: int, job_id: int) -> bool:
        """See core.stores.Pieces."""
        async with self._database.transaction() as tx:
            rows = await tx.query(
                "SELECT name FROM blob WHERE person_id = $1 AND job_id = $2 AND due_at IS NOT NULL", person_id, job_id
            )
        await self._blobs.destroy([row["name"] for row in rows], self._clock.now())
        return bool(rows)

    async def _piece(self, tx: Tx, owner: str, row: Row) -> Piece | None:
        """A figurine, None if its files are gone already."""
        files = await tx.query(
            "SELECT name, file_kind, file_name, size FROM blob WHERE job_id = $1 AND due_at IS NOT NULL ORDER BY id",
            row["id"],
        )
        photos = await tx.query("SELECT photo_id FROM job_photo WHERE job_id = $1 ORDER BY position", row["id"])
        if not files or row["outcome"] is None:
            return None
        with suppress(Gone):
            return Piece(
                job_of(row),
                await self._sealer.wanted(owner, row["details"]),
                tuple(photo["photo_id"] for photo in photos),
                await self._sealer.outcome(owner, row["outcome"]),
                tuple(StoredFile(FileKind(f["file_kind"]), f["file_name"], f["name"], f["size"]) for f in files),
            )
        return None

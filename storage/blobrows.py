"""The rows of blobs: what is kept under which name, and when it goes. Keys and bytes are the vault's."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from core.errors import Gone
from storage.accounts import ACCOUNT, whole_account
from storage.database import Database
from storage.sql import Tx
from storage.vault import Vault

BATCH: Final = 500  # rows that one transaction marks


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are in the vault and have no row yet."""

    name: str
    person_id: int
    kind: str
    size: int
    at: dt.datetime

    async def add_row(
        self, tx: Tx, due_at: dt.datetime, file_kind: str = "", file_name: str = "", job_id: int | None = None
    ) -> int:
        """Write the row; its number. Raises Gone."""
        row = await tx.one(
            "INSERT INTO blob (name, person_id, kind, job_id, file_kind, file_name, size, created_at, due_at)"
            f" SELECT $2, {ACCOUNT}, $3, $4, $5, $6, $7, $8, $9 FROM person own WHERE own.id = $1 FOR KEY SHARE"
            " RETURNING id",
            *(self.person_id, self.name, self.kind, job_id, file_kind, file_name, self.size, self.at, due_at),
        )
        if row is None:  # They have been erased meanwhile.
            raise Gone
        return int(row["id"])


class BlobRows:
    """Puts bytes into the vault with a row, and takes both away."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    @asynccontextmanager
    async def stored(self, person_id: int, kind: str, data: bytes, now: dt.datetime) -> AsyncIterator[Stored]:
        """Encrypt and store bytes; if the block fails, which writes their row, they are destroyed again.

        Raises:
            Gone: the person has been erased.
            DiskFull
        """
        account = await whole_account(self._database.look, person_id)
        if not account.owner:
            raise Gone
        name = await self._vault.put(account.owner, data, kind)
        try:
            yield Stored(name, person_id, kind, len(data), now)
        except BaseException:
            await self._vault.destroy([name])
            raise

    async def destroy(self, names: Sequence[str], now: dt.datetime) -> None:
        """Key, then bytes, then the row is marked, so that a crash anywhere leaves less and never more."""
        for start in range(0, len(names), BATCH):
            part = names[start : start + BATCH]
            await self._vault.destroy(part)
            async with self._database.transaction() as tx:
                condition, listed = tx.among("name", 2, part)
                await tx.query(f"UPDATE blob SET due_at = NULL, gone_at = $1 WHERE {condition}", now, listed)

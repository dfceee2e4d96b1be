"""What a crash left behind: bytes without a row, keys without a row, rows without bytes. Only what has some age counts,
since whatever is being stored just now has no row yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

from storage.database import Database
from storage.vault import Vault


class Orphans:
    """Compares the rows with the vault, both ways."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def sweep(self, before: dt.datetime, dry: bool = False) -> Mapping[str, int]:
        """Take away what nobody knows and is older than `before`; what there was, by kind."""
        found = {"bytes": 0, "keys": 0, "partial": 0, "rows": 0}
        async for names in self._old_bytes(before):
            found["bytes"] += await self._drop(await self._without_row(names), dry)
        async for names in self._old_keys(before):
            found["keys"] += await self._drop(await self._without_row(names), dry)
        if not dry:
            found["partial"] = await self._vault.sweep_partial(before)
        found["rows"] = await self._lost_rows(before, dry)
        return found

    async def _old_bytes(self, before: dt.datetime) -> AsyncIterator[list[str]]:
        async for page in self._vault.stored():
            yield [stored.name for stored in page if stored.modified < before]

    async def _old_keys(self, before: dt.datetime) -> AsyncIterator[list[str]]:
        async for page in self._vault.keyed():
            yield [keyed.name for keyed in page if keyed.made < before]

    async def _without_row(self, names: Sequence[str]) -> list[str]:
        """Those that no row says are there."""
        async with self._database.transaction() as tx:
            condition, listed = tx.among("name", 1, names)
            rows = await tx.query(f"SELECT name FROM blob WHERE due_at IS NOT NULL AND {condition}", listed)
        known = {row["name"] for row in rows}
        return [name for name in names if name not in known]

    async def _drop(self, names: Sequence[str], dry: bool) -> int:
        if names and not dry:
            await self._vault.destroy(names)
        return len(names)

    async def _lost_rows(self, before: dt.datetime, dry: bool) -> int:
        """Mark rows as gone whose key is gone, once their bytes are, too: a crash came between the steps."""
        keyed: set[str] = set()
        async for page in self._vault.keyed():
            keyed.update(entry.name for entry in page)
        lost = 0
        after = 0
        while True:
            async with self._database.transaction() as tx:
                rows = await tx.query(
                    "SELECT id, name FROM blob WHERE due_at IS NOT NULL AND created_at < $1 AND id > $2 ORDER BY id"
                    " LIMIT 1000",
                    *(before, after),
                )
            if not rows:
                return lost
            after = rows[-1]["id"]
            gone = [row["name"] for row in rows if row["name"] not in keyed]
            lost += len(gone)
            if gone and not dry:
                await self._vault.destroy(gone)  # Their bytes may still be there.
                async with self._database.transaction() as tx:
                    condition, listed = tx.among("name", 2, gone)
                    await tx.query(f"UPDATE blob SET due_at = NULL, gone_at = $1 WHERE {condition}", before, listed)

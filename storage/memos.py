"""Small facts about the service itself. Nothing personal."""

from __future__ import annotations

from typing import Final

from storage.database import Database

RESTORED: Final = "ledger.restored"
"""The memo of a backup that was put back: until when its books go, and when that was, as JSON."""


class MemoRows:
    """core.stores.Memos over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str:
        """See core.stores.Memos."""
        rows = await self._database.look("SELECT value FROM memo WHERE name = $1", name)
        return str(rows[0]["value"]) if rows else ""

    async def put(self, name: str, value: str) -> None:
        """See core.stores.Memos."""
        await self._database.once(
            "INSERT INTO memo (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            " RETURNING name",
            *(name, value),
        )

"""Messages that were sent and may be changed or shown again: where each is on its platform, sealed."""

from __future__ import annotations

import datetime as dt
from typing import Final

from storage.accounts import ACCOUNT, SEALED_FOR, Owners
from storage.database import Database
from storage.deadlines import Deadlines
from storage.sealed import Sealer
from storage.sql import Row

CONTEXT: Final = "post.payload"


class PostRows:
    """core.stores.Posts over the database."""

    def __init__(self, database: Database, sealer: Sealer, owners: Owners, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._owners = owners
        self._deadlines = deadlines

    async def find(self, person_id: int, platform: str, key: str) -> bytes | None:
        """See core.stores.Posts."""
        rows = await self._database.look(
            "SELECT post.payload, own.owner FROM person own"
            f" JOIN post ON post.person_id = {ACCOUNT} WHERE own.id = $1 AND post.platform = $2 AND post.post_key = $3",
            *(person_id, platform, key),
        )
        return await self._sealer.open_bytes(rows[0]["owner"], CONTEXT, rows[0]["payload"]) if rows else None

    async def keep(self, person_id: int, platform: str, key: str, payload: bytes, now: dt.datetime) -> None:
        """See core.stores.Posts. Raises Gone where the person has been erased."""

        async def insert(owner: str) -> Row | None:
            sealed = await self._sealer.seal_bytes(owner, CONTEXT, payload)
            rows = await self._database.once(
                "INSERT INTO post (person_id, platform, post_key, payload, due_at)"
                f" SELECT {ACCOUNT}, $3, $4, $5, $6 {SEALED_FOR}"
                " ON CONFLICT (person_id, platform, post_key) DO UPDATE SET payload = excluded.payload,"
                " due_at = excluded.due_at RETURNING id",
                *(person_id, owner, platform, key, sealed, self._deadlines.post(now)),
            )
            return rows[0] if rows else None

        await self._owners.sealing(self._database.look, person_id, insert)

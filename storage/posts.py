"""Messages that were sent and may be changed or shown again: where each is on its platform, sealed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator
from typing import Final

from core.errors import Gone, Tampered
from storage.accounts import ACCOUNT, SEALED_FOR, Owners
from storage.database import Database
from storage.deadlines import Deadlines
from storage.sealed import Sealer
from storage.sql import Row

log = logging.getLogger(__name__)

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

    async def all_of(self, platform: str, key: str, since: dt.datetime, most: int) -> AsyncIterator[tuple[int, bytes]]:
        """See core.stores.Posts."""
        rows = await self._database.once(
            "SELECT post.person_id, post.payload, own.owner FROM post JOIN person own ON own.id = post.person_id"
            " WHERE post.platform = $1 AND post.post_key = $2 AND post.due_at >= $3"
            " ORDER BY post.due_at DESC, post.id DESC LIMIT $4",
            *(platform, key, self._deadlines.post(since), most),
        )
        for row in rows:
            try:
                yield row["person_id"], await self._sealer.open_bytes(row["owner"], CONTEXT, row["payload"])
            except (Gone, Tampered) as error:  # Whoever has just been erased, too; all others are still wanted.
                log.warning("a post can't be read: %s", type(error).__name__)

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

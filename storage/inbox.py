"""The inbox: what happened on a platform is a row before the platform is told that it arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from core.errors import Gone, Tampered
from core.records import Scope, Update
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sealed import Sealer, owner_of
from storage.sql import Tx

CONTEXT: Final = "inbox.payload"


class InboxRows:
    """core.stores.Inbox over the database."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines

    async def receive(
        self, person_id: int, scope: Scope, key: str, payload: bytes, now: dt.datetime
    ) -> tuple[int, bool]:
        """See core.stores.Inbox. The platform's key is kept as a keyed hash."""
        hashed = self._database.key.hash(f"{scope.platform} update", key)
        async with self._database.transaction() as tx:
            sealed = await self._sealer.seal_bytes(await owner_of(tx, person_id), CONTEXT, payload)
            row = await tx.one(
                "INSERT INTO inbox (platform, update_key, person_id, payload, received_at, attempts, due_at)"
                " VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (platform, update_key) DO NOTHING RETURNING id",
                *(scope.platform, hashed, person_id, sealed, now, self._deadlines.update(now, None)),
            )
            if row:
                return int(row["id"]), True
            known = await tx.one("SELECT id FROM inbox WHERE platform = $1 AND update_key = $2", scope.platform, hashed)
        assert known is not None  # noqa: S101 -- it stood in the way of the insert
        return int(known["id"]), False

    async def next(self, scope: Scope, now: dt.datetime, lease: float, busy: Sequence[int]) -> Update | None:
        """See core.stores.Inbox."""
        async with self._database.transaction() as tx:
            condition, listed = tx.among("inbox.person_id", 5, list(busy))
            mine = "" if scope.person_id is None else " AND inbox.person_id = $6"
            row = await tx.one(
                "UPDATE inbox SET lease_until = $3, attempts = attempts + 1 WHERE id = (WITH firsts AS MATERIALIZED"
                " (SELECT min(id) AS id FROM inbox WHERE handled_at IS NULL AND payload IS NOT NULL AND platform = $1"
                " GROUP BY person_id) SELECT inbox.id FROM firsts JOIN inbox ON inbox.id = firsts.id"
                " WHERE handled_at IS NULL AND payload IS NOT NULL"
                f" AND (lease_until IS NULL OR lease_until < $2) AND NOT ({condition}){mine}"
                " ORDER BY inbox.id LIMIT 1 FOR UPDATE OF inbox SKIP LOCKED) AND handled_at IS NULL"
                " AND (lease_until IS NULL OR lease_until < $4)"
                " RETURNING id, person_id, attempts, received_at, payload",
                *(scope.platform, now, now + dt.timedelta(seconds=lease), now, listed),
                *(() if scope.person_id is None else (scope.person_id,)),
            )
            if row is None:
                return None
            owner = await owner_of(tx, row["person_id"])
        try:
            payload = await self._sealer.open_bytes(owner, CONTEXT, row["payload"])
        except (Gone, Tampered):  # An erasure was interrupted after the key, or it is damaged; nobody can read it.
            async with self._database.transaction() as tx:
                await self.handled(tx, row["id"], now)
            return await self.next(scope, now, lease, busy)
        return Update(row["id"], row["person_id"], row["attempts"], moment(row["received_at"]), payload)

    async def handled(self, tx: Tx, update_id: int, now: dt.datetime) -> None:
        """See core.stores.Inbox."""
        await tx.query(
            "UPDATE inbox SET handled_at = $2, payload = NULL, lease_until = NULL, due_at = $3 WHERE id = $1",
            *(update_id, now, self._deadlines.update(now, now)),
        )

    async def prolong(self, update_id: int, until: dt.datetime) -> None:
        """See core.stores.Inbox."""
        async with self._database.transaction() as tx:
            await tx.query("UPDATE inbox SET lease_until = $2 WHERE id = $1 AND handled_at IS NULL", update_id, until)

    async def waiting(self, person_id: int) -> int:
        """See core.stores.Inbox."""
        rows = await self._database.once(
            "SELECT count(*) AS n FROM inbox WHERE person_id = $1 AND handled_at IS NULL AND payload IS NOT NULL",
            person_id,
        )
        return int(rows[0]["n"])

    async def release(self, scope: Scope) -> None:
        """See core.stores.Inbox."""
        async with self._database.transaction() as tx:
            await tx.query(
                "UPDATE inbox SET lease_until = NULL WHERE handled_at IS NULL AND platform = $1", scope.platform
            )

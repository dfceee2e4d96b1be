"""The inbox: what happened on a platform is a row before the platform is told that it arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from core.errors import Gone, Tampered
from core.records import Scope, Update
from storage.accounts import ACCOUNT, SEALED_FOR, Owners
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sealed import Sealer
from storage.sql import Row, Tx

CONTEXT: Final = "inbox.payload"
RECEIVE: Final = (
    "INSERT INTO inbox (platform, update_key, person_id, payload, received_at, attempts, due_at, group_key)"
    f" SELECT $3, $4, {ACCOUNT}, $5, $6, 0, $7, $8 {SEALED_FOR}"
    " ON CONFLICT (platform, update_key) DO NOTHING RETURNING id, person_id, attempts"
)
IDLE: Final = (
    "NOT EXISTS (SELECT 1 FROM inbox other"
    f" WHERE other.person_id = {ACCOUNT} AND other.handled_at IS NULL AND other.payload IS NOT NULL)"
)
BEGIN: Final = (
    "INSERT INTO inbox"
    " (platform, update_key, person_id, payload, received_at, attempts, due_at, group_key, lease_until)"
    f" SELECT $3, $4, {ACCOUNT}, $5, $6, CASE WHEN {IDLE} THEN 1 ELSE 0 END, $7, $8, CASE WHEN {IDLE} THEN $9 END"
    f" {SEALED_FOR} ON CONFLICT (platform, update_key) DO NOTHING RETURNING id, person_id, attempts"
)
"""As RECEIVE, and begun where nothing else of the person's waits. SQLite has one writer, so that this is sure."""
NEXT: Final = (
    "UPDATE inbox SET lease_until = $3, attempts = attempts + 1 WHERE id = (SELECT first.id FROM inbox first"
    " WHERE first.handled_at IS NULL AND first.platform = $1 AND first.payload IS NOT NULL"
    " AND (first.lease_until IS NULL OR first.lease_until < $2) AND NOT ({busy}){mine}"
    # Somebody is served by one at a time, also where they write on two platforms at once.
    " AND NOT EXISTS (SELECT 1 FROM inbox other WHERE other.handled_at IS NULL AND other.person_id = first.person_id"
    " AND other.payload IS NOT NULL AND ((other.id < first.id AND other.platform = $1) OR other.lease_until >= $6))"
    " ORDER BY first.id LIMIT 1 FOR UPDATE OF first SKIP LOCKED) AND handled_at IS NULL"
    " AND (lease_until IS NULL OR lease_until < $4) RETURNING id, person_id, attempts, received_at, payload,"
    " (SELECT owner FROM person WHERE person.id = inbox.person_id) AS owner"
)
SIBLINGS: Final = (
    "SELECT inbox.id, inbox.person_id, inbox.attempts, inbox.received_at, inbox.payload, person.owner"
    " FROM inbox JOIN person ON person.id = inbox.person_id JOIN inbox first ON first.id = $1"
    " WHERE inbox.person_id = first.person_id AND inbox.group_key = first.group_key AND first.group_key <> ''"
    " AND inbox.id <> $1 AND inbox.handled_at IS NULL AND inbox.payload IS NOT NULL ORDER BY inbox.id"
)


class InboxRows:
    """core.stores.Inbox over the database."""

    def __init__(self, database: Database, sealer: Sealer, owners: Owners, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._owners = owners
        self._deadlines = deadlines

    async def receive(
        self, person_id: int, scope: Scope, key: str, payload: bytes, now: dt.datetime, group: str = ""
    ) -> tuple[int, bool]:
        """See core.stores.Inbox. The platform's keys are kept as keyed hashes. Raises Gone."""
        row, new = await self._kept(RECEIVE, (), person_id, scope, key, payload, now, group)
        return int(row["id"]), new

    async def begin(
        self, person_id: int, scope: Scope, key: str, payload: bytes, now: dt.datetime, group: str, lease: float
    ) -> tuple[int, bool, Update | None]:
        """See core.stores.Inbox."""
        if self._database.is_postgres:  # Of two at the same moment neither would see the other.
            return *await self.receive(person_id, scope, key, payload, now, group), None
        until = now + dt.timedelta(seconds=lease)
        row, new = await self._kept(BEGIN, (until,), person_id, scope, key, payload, now, group)
        begun = Update(row["id"], row["person_id"], 1, now, payload) if new and row["attempts"] else None
        return int(row["id"]), new, begun

    async def _kept(
        self,
        statement: str,
        more: tuple[object, ...],
        person_id: int,
        scope: Scope,
        key: str,
        payload: bytes,
        now: dt.datetime,
        group: str,
    ) -> tuple[Row, bool]:
        """Its row, and whether it is new."""
        hashed = self._database.key.hash(f"{scope.platform} update", key)
        grouped = self._database.key.hash(f"{scope.platform} group", group) if group else ""

        async def insert(owner: str) -> Row | None:
            sealed = await self._sealer.seal_bytes(owner, CONTEXT, payload)
            due_at = self._deadlines.update(now, None)
            values = (person_id, owner, scope.platform, hashed, sealed, now, due_at, grouped, *more)
            rows = await self._database.once(statement, *values)
            return rows[0] if rows else None

        if row := await self._owners.sealing(self._database.look, person_id, insert):
            return row, True
        known = await self._database.once(
            "SELECT id, person_id, attempts FROM inbox WHERE platform = $1 AND update_key = $2", scope.platform, hashed
        )
        if not known:  # Two merges in a row.
            return await self._kept(statement, more, person_id, scope, key, payload, now, group)
        return known[0], False

    async def siblings(self, update_id: int) -> list[Update]:
        """See core.stores.Inbox. One that can't be opened is left for its own turn."""
        found: list[Update] = []
        for row in await self._database.look(SIBLINGS, update_id):
            update = await self._opened(row)
            if update is not None:
                found.append(update)
        return found

    async def next(self, scope: Scope, now: dt.datetime, lease: float, busy: Sequence[int]) -> Update | None:
        """See core.stores.Inbox."""
        condition, listed = self._database.among("first.person_id", 5, list(busy))
        mine = "" if scope.person_id is None else " AND first.person_id = $7"
        rows = await self._database.lightly(
            NEXT.format(busy=condition, mine=mine),
            *(scope.platform, now, now + dt.timedelta(seconds=lease), now, listed, now),
            *(() if scope.person_id is None else (scope.person_id,)),
        )
        if not rows:
            return None
        update = await self._opened(rows[0])
        if update is None:  # An erasure was interrupted after the key, or it is damaged; nobody can read it.
            async with self._database.transaction() as tx:
                await self.handled(tx, rows[0]["id"], now)
            return await self.next(scope, now, lease, busy)
        return update

    async def handled(self, tx: Tx, update_id: int, now: dt.datetime) -> None:
        """See core.stores.Inbox."""
        tx.briefly()
        await tx.later(
            "UPDATE inbox SET handled_at = $2, payload = NULL, lease_until = NULL, due_at = $3 WHERE id = $1",
            *(update_id, now, self._deadlines.update(now, now)),
        )

    async def prolong(self, update_id: int, until: dt.datetime) -> None:
        """See core.stores.Inbox."""
        await self._database.lightly(
            "UPDATE inbox SET lease_until = $2 WHERE id = $1 AND handled_at IS NULL RETURNING id", update_id, until
        )

    async def later(self, update_id: int, at: dt.datetime) -> None:
        """See core.stores.Inbox."""
        await self._database.lightly(
            "UPDATE inbox SET lease_until = $2, attempts = attempts - 1"
            " WHERE id = $1 AND handled_at IS NULL RETURNING id",
            *(update_id, at),
        )

    async def waiting(self, person_id: int) -> int:
        """See core.stores.Inbox."""
        rows = await self._database.look(
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

    async def _opened(self, row: Row) -> Update | None:
        """The update; None if nobody can read it."""
        try:
            payload = await self._sealer.open_bytes(row["owner"], CONTEXT, row["payload"])
        except (Gone, Tampered):
            return None
        return Update(row["id"], row["person_id"], row["attempts"], moment(row["received_at"]), payload)

"""What the conversation remembers of each person between two messages."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.ports import Clock
from storage.accounts import account_of
from storage.database import Database
from storage.deadlines import Deadlines
from storage.sealed import Sealer
from storage.sql import Tx

CONTEXT: Final = "session.payload"


class SessionRows:
    """core.stores.SessionStore over the database."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines
        self._clock = clock

    async def load(self, person_id: int) -> bytes | None:
        """See core.stores.SessionStore. What is due is not given, also if no sweep has been by yet."""
        rows = await self._database.look(
            "SELECT session.payload, person.owner FROM session JOIN person ON person.id = session.person_id"
            " WHERE session.person_id = $1 AND session.due_at > $2",
            *(person_id, self._clock.now()),
        )
        return await self._sealer.open_bytes(rows[0]["owner"], CONTEXT, rows[0]["payload"]) if rows else None

    async def save(self, tx: Tx, person_id: int, payload: bytes | None, now: dt.datetime) -> None:
        """See core.stores.SessionStore."""
        tx.briefly()
        if payload is None:
            await tx.query("DELETE FROM session WHERE person_id = $1", person_id)
            return
        account = await account_of(tx, person_id)
        sealed = await self._sealer.seal_bytes(account.owner, CONTEXT, payload)
        await tx.later(
            "INSERT INTO session (person_id, payload, changed_at, due_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (person_id) DO UPDATE SET payload = excluded.payload, changed_at = excluded.changed_at,"
            " due_at = excluded.due_at",
            *(account.id, sealed, now, self._deadlines.draft(now)),
        )

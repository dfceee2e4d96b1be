"""What providers told, kept until it is handled, and its name for long enough to know it when it comes again."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.money import ProviderEvent, Rail
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sql import Tx

NEXT: Final = (
    "UPDATE provider_event SET attempts = attempts + 1, next_at = $2 WHERE id = (SELECT id FROM provider_event"
    " WHERE handled_at IS NULL AND next_at <= $1 ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " AND handled_at IS NULL AND next_at <= $3 RETURNING id, rail, name, kind, subject, attempts, received_at"
)


class ProviderEventRows:
    """payments.stores.ProviderEvents over the database."""

    def __init__(self, database: Database, deadlines: Deadlines) -> None:
        self._database = database
        self._deadlines = deadlines

    async def add(self, rail: Rail, name: str, kind: str, subject: str, now: dt.datetime) -> bool:
        """See payments.stores.ProviderEvents."""
        rows = await self._database.once(
            "INSERT INTO provider_event (rail, name, kind, subject, attempts, received_at, next_at, due_at)"
            " VALUES ($1, $2, $3, $4, 0, $5, $6, $7) ON CONFLICT (rail, name) DO NOTHING RETURNING id",
            *(rail, name, kind, subject, now, now, self._deadlines.provider_event(now, None)),
        )
        return bool(rows)

    async def next(self, now: dt.datetime, lease_seconds: float) -> ProviderEvent | None:
        """See payments.stores.ProviderEvents. What was put off comes in the order of when it may be tried again."""
        rows = await self._database.lightly(NEXT, now, now + dt.timedelta(seconds=lease_seconds), now)
        if not rows:
            return None
        row = rows[0]
        received_at = moment(row["received_at"])
        return ProviderEvent(
            row["id"], Rail(row["rail"]), row["name"], row["kind"], row["subject"], row["attempts"], received_at
        )

    async def handled(self, tx: Tx, event_id: int, now: dt.datetime) -> None:
        """See payments.stores.ProviderEvents."""
        row = await tx.one("SELECT received_at FROM provider_event WHERE id = $1", event_id)
        if row:
            due_at = self._deadlines.provider_event(moment(row["received_at"]), now)
            await tx.query(
                "UPDATE provider_event SET handled_at = $2, due_at = $3 WHERE id = $1 AND handled_at IS NULL",
                *(event_id, now, due_at),
            )

    async def failed(self, event_id: int, again_at: dt.datetime) -> None:
        """See payments.stores.ProviderEvents."""
        await self._database.once(
            "UPDATE provider_event SET next_at = $2 WHERE id = $1 AND handled_at IS NULL RETURNING id",
            *(event_id, again_at),
        )

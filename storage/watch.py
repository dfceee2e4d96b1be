"""Alerts for operators, and when recurring things last happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.ports import Clock
from storage.database import Database
from storage.models import moment


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that an operator has to know. `raised_at` is in UTC."""

    name: str
    detail: str
    raised_at: dt.datetime


class WatchRows:
    """core.ports.Alerts and core.ports.Beats over the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def raise_alert(self, name: str, detail: str) -> None:
        """See core.ports.Alerts. One that stands already keeps its time."""
        async with self._database.transaction() as tx:
            await tx.query(
                "INSERT INTO alert (name, detail, raised_at) VALUES ($1, $2, $3)"
                " ON CONFLICT (name) DO UPDATE SET detail = $2",
                *(name[:40], detail[:200], self._clock.now()),
            )

    async def clear(self, name: str) -> None:
        """See core.ports.Alerts."""
        await self._database.once("DELETE FROM alert WHERE name = $1 RETURNING name", name[:40])

    async def alerts(self) -> list[Alert]:
        """What stands now, the oldest first."""
        rows = await self._database.once("SELECT name, detail, raised_at FROM alert ORDER BY raised_at")
        return [Alert(row["name"], row["detail"], moment(row["raised_at"])) for row in rows]

    async def beat(self, name: str, at: dt.datetime) -> None:
        """See core.ports.Beats."""
        async with self._database.transaction() as tx:
            await tx.query(
                "INSERT INTO beat (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = $2", name[:40], at
            )

    async def last(self, name: str) -> dt.datetime | None:
        """When it last happened; None if never."""
        rows = await self._database.look("SELECT at FROM beat WHERE name = $1", name[:40])
        return moment(rows[0]["at"]) if rows else None

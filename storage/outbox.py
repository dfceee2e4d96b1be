"""The outbox: a message that must arrive is a row until it has arrived, or can't."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.errors import Gone, Tampered
from core.records import NewParcel, Notice, Parcel, Scope
from storage.database import Database
from storage.deadlines import Deadlines
from storage.jobs import AT_ONCE
from storage.sealed import Sealer, owner_of
from storage.sql import Tx

CONTEXT: Final = "outbox.payload"
UNDER_WAY: Final = "('waiting', 'sending')"


class OutboxRows:
    """core.stores.Outbox over the database."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines

    async def add(self, tx: Tx, parcel: NewParcel, now: dt.datetime) -> None:
        """See core.stores.Outbox."""
        person = await tx.one("SELECT owner, platform FROM person WHERE id = $1", parcel.person_id)
        if person is None:  # They have been erased meanwhile.
            return
        payload = parcel.payload
        try:
            sealed = await self._sealer.seal_bytes(person["owner"], CONTEXT, payload) if payload else None
        except (Gone, Tampered):  # Their erasure has begun, or their key is damaged: nobody could read it.
            return
        await tx.query(
            "INSERT INTO outbox (origin, person_id, platform, notice, job_id, payload, state, attempts, unsure,"
            " created_at, next_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $8, $9, $10)"
            " ON CONFLICT (origin) DO NOTHING",
            *(parcel.origin, parcel.person_id, person["platform"], parcel.notice, parcel.job_id, sealed, False),
            *(now, AT_ONCE, self._deadlines.parcel(now, None)),
        )

    async def next(self, scope: Scope, now: dt.datetime, lease: float) -> Parcel | None:
        """See core.stores.Outbox. One whose sender has died comes again when its lease is over, marked as unsure."""
        async with self._database.transaction() as tx:
            mine = "" if scope.person_id is None else " AND outbox.person_id = $5"
            row = await tx.one(
                "UPDATE outbox SET unsure = (unsure OR state = 'sending'), state = 'sending', next_at = $3,"
                " attempts = attempts + 1 WHERE id = (WITH firsts AS MATERIALIZED (SELECT min(id) AS id FROM outbox"
                f" WHERE state IN {UNDER_WAY} AND platform = $1 GROUP BY person_id)"
                " SELECT outbox.id FROM firsts JOIN outbox ON outbox.id = firsts.id"
                f" WHERE state IN {UNDER_WAY} AND next_at <= $2{mine}"
                " ORDER BY outbox.id LIMIT 1 FOR UPDATE OF outbox SKIP LOCKED)"
                f" AND state IN {UNDER_WAY} AND next_at <= $4"
                " RETURNING id, person_id, notice, job_id, unsure, attempts, payload",
                *(scope.platform, now, now + dt.timedelta(seconds=lease), now),
                *(() if scope.person_id is None else (scope.person_id,)),
            )
            if row is None:
                return None
            owner = await owner_of(tx, row["person_id"])
        try:
            payload = await self._sealer.open_bytes(owner, CONTEXT, row["payload"]) if row["payload"] else b""
        except (Gone, Tampered):  # An erasure was interrupted after the key, or it is damaged; nobody can read it.
            await self.drop(row["id"], now)
            return await self.next(scope, now, lease)
        notice = Notice(row["notice"])
        return Parcel(row["id"], row["person_id"], notice, row["job_id"], bool(row["unsure"]), row["attempts"], payload)

    async def sent(self, tx: Tx, parcel_id: int, now: dt.datetime) -> None:
        """See core.stores.Outbox."""
        await self._end(tx, "sent", now, "id = $4", parcel_id)

    async def later(self, parcel_id: int, at: dt.datetime) -> None:
        """See core.stores.Outbox."""
        async with self._database.transaction() as tx:
            await tx.query(
                "UPDATE outbox SET state = 'waiting', next_at = $2 WHERE id = $1 AND state = 'sending'", parcel_id, at
            )

    async def drop(self, parcel_id: int, now: dt.datetime, all_of_person: bool = False, same_job: bool = False) -> None:
        """See core.stores.Outbox."""
        column = "person_id" if all_of_person else "job_id"
        async with self._database.transaction() as tx:
            if all_of_person or same_job:
                which = f"state = 'waiting' AND {column} = (SELECT {column} FROM outbox WHERE id = $4)"
                await self._end(tx, "dropped", now, which, parcel_id)
            await self._end(tx, "dropped", now, "id = $4", parcel_id)

    async def prolong(self, parcel_id: int, until: dt.datetime) -> None:
        """See core.stores.Outbox."""
        async with self._database.transaction() as tx:
            await tx.query("UPDATE outbox SET next_at = $2 WHERE id = $1 AND state = 'sending'", parcel_id, until)

    async def waiting(self, person_id: int) -> bool:
        """See core.stores.Outbox."""
        async with self._database.transaction() as tx:
            row = await tx.one(
                f"SELECT 1 AS one FROM outbox WHERE person_id = $1 AND state IN {UNDER_WAY} LIMIT 1",
                person_id,
            )
        return row is not None

    async def release(self, scope: Scope, now: dt.datetime) -> None:
        """See core.stores.Outbox."""
        async with self._database.transaction() as tx:
            await tx.query(
                "UPDATE outbox SET next_at = $2 WHERE state = 'sending' AND platform = $1", scope.platform, now
            )

    async def _end(self, tx: Tx, state: str, now: dt.datetime, which: str, value: object) -> None:
        await tx.query(
            f"UPDATE outbox SET state = $1, payload = NULL, ended_at = $2, due_at = $3 WHERE {which}",
            *(state, now, self._deadlines.parcel(now, now), value),
        )

"""The outbox: a message that must arrive is a row until it has arrived, or can't."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.errors import Gone, Tampered
from core.records import NewParcel, Notice, Parcel, Scope
from storage.accounts import account_of
from storage.database import Database
from storage.deadlines import Deadlines
from storage.jobs import AT_ONCE
from storage.sealed import Sealer
from storage.sql import Tx

CONTEXT: Final = "outbox.payload"
UNDER_WAY: Final = "('waiting', 'sending')"
REACHED: Final = (
    "SELECT platform FROM person WHERE (id = $1 OR account_id = $1) AND platform <> '' ORDER BY (platform = $3) DESC,"
    " (platform = (SELECT job.platform FROM job WHERE job.id = $10)) DESC, account_id IS NOT NULL, id LIMIT 1"
)
"""Where a message goes: where it should, else where its order came from, if the person is still reached there."""
ADD: Final = (
    "INSERT INTO outbox (origin, person_id, platform, notice, job_id, payload, state, attempts, unsure, created_at,"
    f" next_at, due_at) VALUES ($2, $1, coalesce(({REACHED}), $3), $4, $5, $6, 'waiting', 0, $11, $7, $8, $9)"
    " ON CONFLICT (origin) DO NOTHING"
)
ALONE: Final = (
    "EXISTS (SELECT 1 FROM person WHERE (id = $1 OR account_id = $1) AND (platform || '') = $3) AND NOT EXISTS"
    f" (SELECT 1 FROM outbox other WHERE other.person_id = $1 AND other.platform = $3 AND other.state IN {UNDER_WAY})"
)
"""The person is reached there, and nothing else goes to them. For the `||` see storage.people.CONTACT."""
BEGIN: Final = (
    "INSERT INTO outbox (origin, person_id, platform, notice, job_id, payload, state, attempts, unsure, created_at,"
    f" next_at, due_at) SELECT $2, $1, $3, $4, $5, $6, 'sending', 1, $10, $7, $8, $9 WHERE {ALONE}"
    " ON CONFLICT (origin) DO NOTHING RETURNING id"
)
"""SQLite has one writer, so that it is sure that there is nothing else."""
BEFORE: Final = (
    "SELECT 1 FROM outbox other WHERE other.person_id = first.person_id AND other.platform = $1"
    f" AND other.state IN {UNDER_WAY} AND other.id <> first.id"
    " AND CASE WHEN other.state = first.state AND (other.notice = 'reminder') = (first.notice = 'reminder')"
    " THEN other.id < first.id WHEN other.state = first.state THEN first.notice = 'reminder'"
    " ELSE other.state = 'sending' END"
)
"""What goes to the same person before a message: one that is being sent, then in their order, reminders at the end."""
NEXT: Final = (
    "UPDATE outbox SET unsure = (unsure OR state = 'sending'), state = 'sending', next_at = $3,"
    " attempts = attempts + 1 WHERE id = (SELECT first.id FROM outbox first"
    f" WHERE first.platform = $1 AND first.state IN {UNDER_WAY} AND first.next_at <= $2{{mine}}"
    f" AND NOT EXISTS ({BEFORE}) ORDER BY (first.notice = 'reminder'), first.id LIMIT 1"
    f" FOR UPDATE OF first SKIP LOCKED) AND state IN {UNDER_WAY} AND next_at <= $4"
    " RETURNING id, person_id, notice, job_id, unsure, attempts, payload,"
    " (SELECT owner FROM person WHERE person.id = outbox.person_id) AS owner"
)


class OutboxRows:
    """core.stores.Outbox over the database."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines

    async def add(self, tx: Tx, parcel: NewParcel, now: dt.datetime) -> None:
        """See core.stores.Outbox."""
        values = await self._values(tx, parcel)
        if values:
            await tx.later(ADD, *values, now, AT_ONCE, self._deadlines.parcel(now, None), parcel.job_id, False)

    async def begin(self, tx: Tx, parcel: NewParcel, now: dt.datetime, lease: float) -> Parcel | None:
        """See core.stores.Outbox."""
        values = None if tx.postgres else await self._values(tx, parcel)
        if values:
            until = now + dt.timedelta(seconds=lease)
            row = await tx.one(BEGIN, *values, now, until, self._deadlines.parcel(now, None), False)
            if row:
                return Parcel(
                    row["id"], tx.accounts[parcel.person_id].id, parcel.notice, parcel.job_id, False, 1, parcel.payload
                )
        await self.add(tx, parcel, now)
        return None

    async def _values(self, tx: Tx, parcel: NewParcel) -> tuple[object, ...]:
        """What is kept of a message; nothing if nobody could read it."""
        tx.briefly()
        account, payload = await account_of(tx, parcel.person_id), parcel.payload
        if not account.id:  # They have been erased meanwhile.
            return ()
        try:
            sealed = await self._sealer.seal_bytes(account.owner, CONTEXT, payload) if payload else None
        except (Gone, Tampered):  # Their erasure has begun, or their key is damaged.
            return ()
        return account.id, parcel.origin, parcel.platform, parcel.notice, parcel.job_id, sealed

    async def next(self, scope: Scope, now: dt.datetime, lease: float) -> Parcel | None:
        """See core.stores.Outbox. One whose sender has died comes again when its lease is over, marked as unsure."""
        mine = "" if scope.person_id is None else " AND first.person_id = $5"
        rows = await self._database.once(
            NEXT.format(mine=mine),
            *(scope.platform, now, now + dt.timedelta(seconds=lease), now),
            *(() if scope.person_id is None else (scope.person_id,)),
        )
        if not rows:
            return None
        row = rows[0]
        try:
            payload = await self._sealer.open_bytes(row["owner"], CONTEXT, row["payload"]) if row["payload"] else b""
        except (Gone, Tampered):  # An erasure was interrupted after the key, or it is damaged; nobody can read it.
            await self.drop(row["id"], now)
            return await self.next(scope, now, lease)
        notice = Notice(row["notice"])
        return Parcel(row["id"], row["person_id"], notice, row["job_id"], bool(row["unsure"]), row["attempts"], payload)

    async def sent(self, tx: Tx, parcel_id: int, now: dt.datetime) -> None:
        """See core.stores.Outbox. If the machine fails now, it is sent again and says so."""
        tx.briefly()
        tx.lightly()
        await self._end(tx, "sent", now, "id = $4", parcel_id)

    async def later(self, parcel_id: int, at: dt.datetime) -> None:
        """See core.stores.Outbox."""
        await self._database.once(
            "UPDATE outbox SET state = 'waiting', next_at = $2 WHERE id = $1 AND state = 'sending' RETURNING id",
            *(parcel_id, at),
        )

    async def drop(self, parcel_id: int, now: dt.datetime, all_of_person: bool = False, same_job: bool = False) -> None:
        """See core.stores.Outbox. What goes to another platform stays: the person may be reached there."""
        column = "person_id" if all_of_person else "job_id"
        async with self._database.transaction() as tx:
            if all_of_person or same_job:
                same = f"({column}, platform) = (SELECT {column}, platform FROM outbox WHERE id = $4)"
                which = f"state = 'waiting' AND {same}"
                await self._end(tx, "dropped", now, which, parcel_id)
            await self._end(tx, "dropped", now, "id = $4", parcel_id)

    async def prolong(self, parcel_id: int, until: dt.datetime) -> None:
        """See core.stores.Outbox."""
        await self._database.lightly(
            "UPDATE outbox SET next_at = $2 WHERE id = $1 AND state = 'sending' RETURNING id", parcel_id, until
        )

    async def waiting(self, person_id: int) -> bool:
        """See core.stores.Outbox."""
        rows = await self._database.look(
            f"SELECT 1 AS one FROM outbox WHERE person_id = $1 AND state IN {UNDER_WAY} LIMIT 1", person_id
        )
        return bool(rows)

    async def soon(self, scope: Scope, until: dt.datetime) -> bool:
        """See core.stores.Outbox."""
        rows = await self._database.look(
            "SELECT 1 AS one FROM outbox WHERE state = 'waiting' AND platform = $1 AND next_at <= $2 LIMIT 1",
            *(scope.platform, until),
        )
        return bool(rows)

    async def release(self, scope: Scope, now: dt.datetime) -> None:
        """See core.stores.Outbox."""
        async with self._database.transaction() as tx:
            await tx.query(
                "UPDATE outbox SET next_at = $2 WHERE state = 'sending' AND platform = $1", scope.platform, now
            )

    async def _end(self, tx: Tx, state: str, now: dt.datetime, which: str, value: object) -> None:
        await tx.later(
            f"UPDATE outbox SET state = $1, payload = NULL, ended_at = $2, due_at = $3 WHERE {which}",
            *(state, now, self._deadlines.parcel(now, now), value),
        )

"""Plans that people have, and what providers call people. Both go with the person."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.money import Rail, Subscription, SubscriptionState
from storage.accounts import ACCOUNT, account_of
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sql import Row, Tx

COLUMNS: Final = "id, person_id, rail, plan, reference, state, period_end, ends, changed_at, platform"
MINE: Final = f"person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1)"


class SubscriptionRows:
    """payments.stores.Subscriptions over the database."""

    def __init__(self, database: Database, deadlines: Deadlines) -> None:
        self._database = database
        self._deadlines = deadlines

    async def put(
        self,
        tx: Tx,
        person_id: int,
        rail: Rail,
        reference: str,
        plan: str,
        state: SubscriptionState,
        period_end: dt.datetime | None,
        ends: bool,
        platform: str,
        now: dt.datetime,
    ) -> Subscription | None:
        """See payments.stores.Subscriptions. Of somebody who is erased nothing is kept, and None is given."""
        account = await account_of(tx, person_id)
        if not account.id:
            return None
        due_at = self._deadlines.subscription(now) if state is SubscriptionState.ENDED else None
        new = await tx.one(
            "INSERT INTO subscription (person_id, rail, reference, plan, state, period_end, ends, platform, changed_at,"
            " due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (rail, reference) DO NOTHING RETURNING id",
            *(account.id, rail, reference, plan, state, period_end, ends, platform, now, due_at),
        )
        if new:
            return None
        before = await self.referred(tx, rail, reference)
        if before and before.state is not SubscriptionState.ENDED:
            await tx.query(
                "UPDATE subscription SET person_id = $2, plan = $3, state = $4, period_end = $5, ends = $6,"
                " platform = $7, changed_at = $8, due_at = $9 WHERE id = $1",
                *(before.id, account.id, plan, state, period_end, ends, platform or before.platform, now, due_at),
            )
        return before

    async def referred(self, tx: Tx, rail: Rail, reference: str) -> Subscription | None:
        """See payments.stores.Subscriptions."""
        row = await tx.one(
            f"SELECT {COLUMNS} FROM subscription WHERE rail = $1 AND reference = $2 FOR UPDATE", rail, reference
        )
        return _subscription(row) if row else None

    async def of(self, person_id: int) -> list[Subscription]:
        """See payments.stores.Subscriptions."""
        rows = await self._database.look(
            f"SELECT {COLUMNS} FROM subscription WHERE {MINE} AND state <> 'ended' ORDER BY id DESC", person_id
        )
        return [_subscription(row) for row in rows]

    async def customer(self, person_id: int, rail: Rail) -> str:
        """See payments.stores.Subscriptions."""
        rows = await self._database.look(
            f"SELECT reference FROM customer WHERE {MINE} AND rail = $2 ORDER BY id DESC LIMIT 1", person_id, rail
        )
        return str(rows[0]["reference"]) if rows else ""

    async def is_customer(self, tx: Tx, person_id: int, rail: Rail, reference: str) -> None:
        """See payments.stores.Subscriptions. Nothing is kept of somebody who is erased."""
        account = await account_of(tx, person_id)
        if not account.id:
            return
        await tx.query("DELETE FROM customer WHERE rail = $1 AND reference = $2", rail, reference)
        await tx.query(
            "INSERT INTO customer (person_id, rail, reference) VALUES ($1, $2, $3)"
            " ON CONFLICT (rail, reference) DO UPDATE SET person_id = excluded.person_id",
            *(account.id, rail, reference),
        )

    async def person_of(self, tx: Tx, rail: Rail, customer: str) -> int | None:
        """See payments.stores.Subscriptions."""
        row = await tx.one("SELECT person_id FROM customer WHERE rail = $1 AND reference = $2", rail, customer)
        return int(row["person_id"]) if row else None


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["id"],
        person_id=row["person_id"],
        rail=Rail(row["rail"]),
        plan=row["plan"],
        reference=row["reference"],
        state=SubscriptionState(row["state"]),
        period_end=moment(row["period_end"]) if row["period_end"] else None,
        ends=bool(row["ends"]),
        changed_at=moment(row["changed_at"]),
        platform=row["platform"],
    )

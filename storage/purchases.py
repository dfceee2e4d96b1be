"""Payments that were asked for or made. Where somebody asked is sealed, and emptied when it is over."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.errors import Gone, Tampered
from core.money import NewPurchase, Purchase, PurchaseState, Rail
from core.ports import Clock
from storage.accounts import ACCOUNT, account_of
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sealed import Sealer
from storage.sql import Row, Tx

CONTEXT: Final = "purchase.payload"
COLUMNS: Final = (
    "id, number, person_id, rail, product, credits, currency, amount, state, created_at, platform, payload, reference,"
    " payment, expires_at, paid_at, refunded, taken_back, missing, disputed,"
    " (SELECT owner FROM person WHERE person.id = purchase.person_id) AS owner"
)
ADD: Final = (
    "INSERT INTO purchase (number, person_id, rail, product, credits, currency, amount, state, platform, payload,"
    " reference, payment, created_at, expires_at, refunded, taken_back, missing, disputed, due_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, '', $11, $12, 0, 0, 0, $13, $14)"
    " ON CONFLICT DO NOTHING RETURNING id"
)


class PurchaseRows:
    """payments.stores.Purchases over the database."""

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines
        self._clock = clock

    async def add(self, tx: Tx, new: NewPurchase, now: dt.datetime) -> Purchase:
        """See payments.stores.Purchases. The same number is the same payment. Raises Gone."""
        account = await account_of(tx, new.person_id)
        if not account.id:
            raise Gone
        sealed = await self._sealer.seal(account.owner, CONTEXT, new.place) if new.place else None
        await tx.query(
            ADD,
            *(new.number, account.id, new.rail, new.product, new.credits, new.currency, new.amount, new.platform),
            *(sealed, new.reference, now, new.expires_at, False, self._deadlines.purchase(now, None)),
        )
        row = await tx.one(
            f"SELECT {COLUMNS} FROM purchase WHERE number = $1 OR (rail = $2 AND reference = $3 AND reference <> '')"
            " ORDER BY id LIMIT 1 FOR UPDATE",
            *(new.number, new.rail, new.reference),
        )
        assert row is not None  # noqa: S101 -- it was just put in, or stood in the way
        return await self._opened(row)

    async def named(self, tx: Tx, purchase_id: int, reference: str, expires_at: dt.datetime | None) -> None:
        """See payments.stores.Purchases."""
        await tx.query(
            "UPDATE purchase SET reference = $2, expires_at = $3 WHERE id = $1", purchase_id, reference, expires_at
        )

    async def get(self, purchase_id: int) -> Purchase | None:
        """See payments.stores.Purchases."""
        rows = await self._database.look(f"SELECT {COLUMNS} FROM purchase WHERE id = $1", purchase_id)
        return await self._opened(rows[0]) if rows else None

    async def standing(self, number: str) -> tuple[PurchaseState, str] | None:
        """See payments.stores.Purchases."""
        rows = await self._database.look("SELECT state, platform FROM purchase WHERE number = $1", number)
        return (PurchaseState(rows[0]["state"]), rows[0]["platform"]) if rows else None

    async def numbered(self, tx: Tx, number: str) -> Purchase | None:
        """See payments.stores.Purchases."""
        return await self._locked(tx, "number = $1", number)

    async def referred(self, tx: Tx, rail: Rail, reference: str) -> Purchase | None:
        """See payments.stores.Purchases."""
        if not reference:
            return None
        by_reference = await self._locked(tx, "rail = $1 AND reference = $2 AND reference <> ''", rail, reference)
        return by_reference or await self._locked(
            tx, "rail = $1 AND payment = $2 AND payment <> '' ORDER BY id LIMIT 1", rail, reference
        )

    async def paid(self, tx: Tx, purchase_id: int, payment: str, now: dt.datetime) -> None:
        """See payments.stores.Purchases. When it was paid first stays."""
        await tx.query(
            "UPDATE purchase SET state = 'paid', payment = $2, paid_at = coalesce(paid_at, $3), payload = NULL,"
            " due_at = CASE WHEN paid_at IS NULL THEN $4 ELSE due_at END WHERE id = $1",
            *(purchase_id, payment, now, self._deadlines.payment(now)),
        )

    async def cost(self, tx: Tx, purchase_id: int, amount: int) -> None:
        """See payments.stores.Purchases."""
        await tx.query("UPDATE purchase SET amount = $2 WHERE id = $1", purchase_id, amount)

    async def closed(self, tx: Tx, purchase_id: int, failed: bool) -> bool:
        """See payments.stores.Purchases."""
        row = await tx.one("SELECT created_at FROM purchase WHERE id = $1 AND state = 'open' FOR UPDATE", purchase_id)
        if row is None:
            return False
        await tx.query(
            "UPDATE purchase SET state = $2, payload = NULL, due_at = $3 WHERE id = $1",
            *(purchase_id, PurchaseState.FAILED if failed else PurchaseState.EXPIRED),
            self._deadlines.purchase(moment(row["created_at"]), self._clock.now()),
        )
        return True

    async def returned(
        self, tx: Tx, purchase_id: int, refunded: int, taken_back: int, missing: int, disputed: bool
    ) -> None:
        """See payments.stores.Purchases."""
        await tx.query(
            "UPDATE purchase SET refunded = $2, taken_back = $3, missing = $4, disputed = $5 WHERE id = $1",
            *(purchase_id, refunded, taken_back, missing, disputed),
        )

    async def open(self, rail: Rail, before: dt.datetime, limit: int) -> list[Purchase]:
        """See payments.stores.Purchases."""
        return await self._listed(
            "rail = $1 AND state = 'open' AND created_at < $2 ORDER BY created_at, id LIMIT $3", rail, before, limit
        )

    async def open_of(self, person_id: int) -> list[Purchase]:
        """See payments.stores.Purchases."""
        return await self._listed(
            f"person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1) AND state = 'open' ORDER BY id",
            person_id,
        )

    async def of(self, person_id: int, limit: int = 20) -> list[Purchase]:
        """See payments.stores.Purchases."""
        return await self._listed(
            f"person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1) AND state = 'paid'"
            " ORDER BY paid_at DESC, id DESC LIMIT $2",
            *(person_id, limit),
        )

    async def since(self, rail: Rail, since: dt.datetime) -> list[Purchase]:
        """See payments.stores.Purchases."""
        return await self._listed("rail = $1 AND paid_at >= $2 ORDER BY paid_at, id", rail, since)

    async def _locked(self, tx: Tx, which: str, *values: object) -> Purchase | None:
        row = await tx.one(f"SELECT {COLUMNS} FROM purchase WHERE {which} FOR UPDATE", *values)
        return await self._opened(row) if row else None

    async def _listed(self, which: str, *values: object) -> list[Purchase]:
        rows = await self._database.once(f"SELECT {COLUMNS} FROM purchase WHERE {which}", *values)
        return [await self._opened(row) for row in rows]

    async def _opened(self, row: Row) -> Purchase:
        """The payment. Without its place where nobody can read that any more."""
        place = ""
        if row["payload"] is not None:
            try:
                place = str(await self._sealer.open(row["owner"] or "", CONTEXT, row["payload"]))
            except (Gone, Tampered):  # An erasure was interrupted after the key, or it is damaged.
                place = ""
        return Purchase(
            id=row["id"],
            number=row["number"],
            person_id=row["person_id"],
            rail=Rail(row["rail"]),
            product=row["product"],
            credits=row["credits"],
            currency=row["currency"],
            amount=row["amount"],
            state=PurchaseState(row["state"]),
            created_at=moment(row["created_at"]),
            platform=row["platform"],
            place=place,
            reference=row["reference"],
            payment=row["payment"],
            expires_at=moment(row["expires_at"]) if row["expires_at"] else None,
            paid_at=moment(row["paid_at"]) if row["paid_at"] else None,
            refunded=row["refunded"],
            taken_back=row["taken_back"],
            missing=row["missing"],
            disputed=bool(row["disputed"]),
        )

"""The ledger: credits in double entry. A transfer gives and takes in one row, so that both sides are always equal.

A person's two books are a purse; the service's own have no balance that is kept, so that nobody waits for anybody.
Whoever moves credits of a person locks their purse first: of two at once, the second sees what the first has left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from core.money import Balance, Book, Entry, Reason
from storage.accounts import ACCOUNT, account_of
from storage.database import Database
from storage.models import moment
from storage.sql import Row, Tx

OWN: Final = (Book.AVAILABLE, Book.RESERVED)
PURSE: Final = "SELECT id, available, reserved FROM purse WHERE person_id = $1 AND closed_at IS NULL"
WRITE: Final = (
    "INSERT INTO transfer (cause, reason, giving, giving_purse_id, taking, taking_purse_id, amount, at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (cause) DO NOTHING RETURNING id"
)
SIDES: Final = (
    "SELECT giving AS book, giving_purse_id AS purse, -amount AS amount FROM transfer"
    " UNION ALL SELECT taking, taking_purse_id, amount FROM transfer"
)
"""Each transfer as its two sides."""
CONTRADICTIONS: Final = (
    "SELECT purse.id, purse.available, purse.reserved, coalesce(sum(CASE WHEN side.book = 'available'"
    " THEN side.amount ELSE 0 END), 0) AS entered, coalesce(sum(CASE WHEN side.book = 'reserved'"
    f" THEN side.amount ELSE 0 END), 0) AS held FROM purse LEFT JOIN ({SIDES}) side ON side.purse = purse.id"
    " GROUP BY purse.id, purse.available, purse.reserved"
)
CONTRADICTING: Final = (
    f"SELECT * FROM ({CONTRADICTIONS}) purse WHERE available <> entered OR reserved <> held ORDER BY id"
)


class LedgerRows:
    """payments.stores.Ledger over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(
        self,
        tx: Tx,
        person_id: int,
        reason: Reason,
        cause: str,
        giving: Book,
        taking: Book,
        amount: int,
        now: dt.datetime,
    ) -> bool:
        """See payments.stores.Ledger. Nothing moves to or from somebody who is erased."""
        purse = await _locked(tx, person_id)
        if purse is None or (giving in OWN and purse[giving] < amount):
            return await moved(tx, cause) > 0
        await _write(tx, purse, reason, cause, giving, taking, amount, now)
        return True

    async def take_back(self, tx: Tx, person_id: int, reason: Reason, cause: str, most: int, now: dt.datetime) -> int:
        """See payments.stores.Ledger. That there was nothing to take is a row of its own."""
        purse = await _locked(tx, person_id)
        if purse is not None:
            amount = max(min(most, purse[Book.AVAILABLE]), 0)
            await _write(tx, purse, reason, cause, Book.AVAILABLE, Book.REFUNDS, amount, now)
        return await moved(tx, cause)

    async def moved(self, tx: Tx, cause: str) -> int:
        """How many credits a cause has moved; 0 if none."""
        return await moved(tx, cause)

    async def balance(self, person_id: int) -> Balance:
        """See payments.stores.Ledger."""
        rows = await self._database.look(
            "SELECT available, reserved FROM purse WHERE closed_at IS NULL"
            f" AND person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1)",
            person_id,
        )
        return Balance(rows[0]["available"], rows[0]["reserved"]) if rows else Balance(0, 0)

    async def entries(self, person_id: int, limit: int = 100) -> list[Entry]:
        """See payments.stores.Ledger. Those of accounts that were merged into theirs as well."""
        theirs = f"(SELECT id FROM purse WHERE person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1))"
        rows = await self._database.once(
            "SELECT reason, cause, giving, taking, amount, at FROM transfer"
            f" WHERE (giving_purse_id IN {theirs} OR taking_purse_id IN {theirs}) AND amount > 0"
            " ORDER BY id DESC LIMIT $2",
            *(person_id, limit),
        )
        return [_entry(row) for row in rows]

    async def totals(self) -> Mapping[Book, int]:
        """See payments.stores.Ledger."""
        rows = await self._database.once(f"SELECT book, sum(amount) AS total FROM ({SIDES}) side GROUP BY book")
        return dict.fromkeys(Book, 0) | {Book(row["book"]): int(row["total"]) for row in rows}

    async def contradictions(self) -> list[str]:
        """See payments.stores.Ledger."""
        return [told(row) for row in await self._database.once(CONTRADICTING)]


async def moved(tx: Tx, cause: str) -> int:
    """How many credits a cause has moved; 0 if none."""
    row = await tx.one("SELECT amount FROM transfer WHERE cause = $1", cause)
    return int(row["amount"]) if row else 0


def told(row: Row) -> str:
    """A contradiction in words. A purse's number names nobody."""
    return (
        f"purse {row['id']}: {row['available']} available and {row['reserved']} reserved, but {row['entered']} and"
        f" {row['held']} by its entries"
    )


async def merge_purses(tx: Tx, account_id: int, other_id: int, now: dt.datetime) -> None:
    """What is in the other's purse goes into the account's; the other's is closed. Both accounts are locked."""
    theirs = await tx.one(f"{PURSE} FOR UPDATE", other_id)
    if theirs is None:
        return
    purse = await _purse(tx, account_id)
    for book in OWN:
        if theirs[book]:
            cause = f"purse:{theirs['id']}:merge:{book}"
            await tx.query(WRITE, cause, Reason.MERGE, book, theirs["id"], book, purse["id"], theirs[book], now)
    await tx.query("UPDATE purse SET closed_at = $2 WHERE id = $1", theirs["id"], now)


async def _locked(tx: Tx, person_id: int) -> Row | None:
    account = await account_of(tx, person_id)
    return await _purse(tx, account.id) if account.id else None


async def _purse(tx: Tx, account_id: int) -> Row:
    """The purse of an account, locked until the end; made when it is first needed."""
    row = await tx.one(f"{PURSE} FOR UPDATE", account_id)
    if row is None:
        await tx.query(
            "INSERT INTO purse (person_id, available, reserved) VALUES ($1, 0, 0)"
            " ON CONFLICT (person_id) WHERE closed_at IS NULL DO NOTHING",
            account_id,
        )
        row = await tx.one(f"{PURSE} FOR UPDATE", account_id)
    assert row is not None  # noqa: S101 -- it was just made, by this or by another
    return row


async def _write(
    tx: Tx, purse: Row, reason: Reason, cause: str, giving: Book, taking: Book, amount: int, now: dt.datetime
) -> None:
    """One transfer, unless its cause has one. The trigger changes the balances."""
    gives, takes = (purse["id"] if book in OWN else None for book in (giving, taking))
    await tx.query(WRITE, cause, reason, giving, gives, taking, takes, amount, now)


def _entry(row: Row) -> Entry:
    giving, taking = Book(row["giving"]), Book(row["taking"])
    return Entry(Reason(row["reason"]), row["cause"], giving, taking, row["amount"], moment(row["at"]))

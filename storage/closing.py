"""What becomes of the shop's rows when somebody is erased: the books stay, and say nothing of them any more."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.money import Book, Reason
from storage.codes import WELCOME
from storage.sql import Tx

EMPTY: Final = tuple(
    "INSERT INTO transfer (cause, reason, giving, giving_purse_id, taking, amount, at)"
    f" SELECT 'purse:' || id || ':close:{book}', '{Reason.CLOSE}', '{book}', id, '{Book.CLOSED}', {book}, $1"
    f" FROM purse WHERE {{whose}} AND {book} > 0"
    for book in (Book.AVAILABLE, Book.RESERVED)
)
CLOSE: Final = (
    *EMPTY,
    "UPDATE purse SET closed_at = coalesce(closed_at, $1) WHERE {whose}",
)
"""What is left in their purses goes to CLOSED. $1 is now."""
FORGET: Final = "UPDATE purchase SET person_id = NULL, platform = '', payload = NULL WHERE {whose}"
BAR: Final = (
    f"INSERT INTO bar (kind, platform_key, due_at) SELECT '{WELCOME}', platform_key, $1 FROM person"
    " WHERE id {those} AND platform <> '' AND EXISTS (SELECT 1 FROM transfer JOIN purse"
    f" ON purse.id = transfer.taking_purse_id WHERE transfer.reason = '{Reason.WELCOME}' AND purse.person_id {{those}})"
    " ON CONFLICT (kind, platform_key) DO UPDATE SET due_at = excluded.due_at"
)


async def close_books(tx: Tx, those: str, now: dt.datetime, barred_until: dt.datetime) -> None:
    """To be called before the rows of people go. `those` is a condition on a person's number, such as "IN (3, 4)".

    Who had the starter credits is remembered by a keyed hash until then. Jobs are locked first, as whoever captures or
    releases credits has a job before the purse.
    """
    await tx.query(f"SELECT id FROM job WHERE person_id {those} ORDER BY id FOR UPDATE")
    await lock_payments(tx, those)
    await tx.query(f"SELECT id FROM person WHERE id {those} ORDER BY id FOR UPDATE")
    await tx.query(f"SELECT id FROM purse WHERE person_id {those} ORDER BY id FOR UPDATE")
    await tx.query(BAR.format(those=those), barred_until)
    for statement in CLOSE:
        await tx.query(statement.format(whose=f"person_id {those}"), now)
    await tx.query(FORGET.format(whose=f"person_id {those}"))


async def lock_payments(tx: Tx, those: str) -> None:
    """Lock their payments and plans: whoever settles one has it before the person, and would be waited for in turn."""
    for table in ("purchase", "subscription"):
        await tx.query(f"SELECT id FROM {table} WHERE person_id {those} ORDER BY id FOR UPDATE")

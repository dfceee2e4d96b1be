"""What belongs to a person: the one list, by which an account changes hands. A test compares it with the schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from core.errors import Tampered
from storage.accounts import Account
from storage.ledger import merge_purses
from storage.sealed import Sealer
from storage.sql import Tx

MOVED: Final = (
    *("consent", "job", "hold", "blob", "photo", "inbox", "outbox", "post", "former_owner", "link_try"),
    *("purse", "purchase", "subscription", "customer", "code_use", "invitation", "guest"),
)
"""Tables whose rows are another person's once their `person_id` is changed."""
OTHERWISE: Final[Mapping[str, str]] = {
    "turn": "one for each person: the further of the two stays",
    "session": "what was open in the other's talk is over",
    "link_code": "the other's code is used up",
}
"""Tables with a `person_id` that are not moved, and what is done instead; see `take_over`."""
RESEALED: Final = (
    ("job", "details"),
    ("job", "outcome"),
    ("outbox", "payload"),
    ("post", "payload"),
    ("purchase", "payload"),
)
"""Columns of them that are sealed under their owner's key. Of what is in the inbox nothing is left: see Links.merge."""


async def take_over(tx: Tx, sealer: Sealer, account: Account, other: Account, now: dt.datetime) -> None:
    """Everything of `other` belongs to `account`, and is sealed under its key. No time of anything changes.

    Raises:
        Gone: one of the two keys is destroyed.
    """
    for table, column in RESEALED:
        rows = await tx.query(
            f"SELECT id, {column} AS sealed FROM {table} WHERE person_id = $1 AND {column} IS NOT NULL", other.id
        )
        for row in rows:
            anew = await resealed(sealer, account, other, f"{table}.{column}", row["sealed"])
            await tx.query(f"UPDATE {table} SET {column} = $2 WHERE id = $1", row["id"], anew)
    await tx.query(  # What was left of a platform that was unlinked; the other's is newer.
        "DELETE FROM post WHERE person_id = $1 AND EXISTS (SELECT 1 FROM post theirs WHERE theirs.person_id = $2"
        " AND theirs.platform = post.platform AND theirs.post_key = post.post_key)",
        *(account.id, other.id),
    )
    await merge_purses(tx, account.id, other.id, now)
    await _one_of_each(tx, account.id, other.id)
    await move(tx, other.id, account.id)
    await tx.query(
        "INSERT INTO turn (person_id, finish) SELECT $1, finish FROM turn theirs WHERE theirs.person_id = $2"
        " ON CONFLICT (person_id) DO UPDATE SET finish = CASE WHEN excluded.finish > turn.finish THEN excluded.finish"
        " ELSE turn.finish END",
        *(account.id, other.id),
    )
    for table in OTHERWISE:
        await tx.query(f"DELETE FROM {table} WHERE person_id = $1", other.id)
    await tx.query("INSERT INTO former_owner (owner, person_id) VALUES ($1, $2)", other.owner, account.id)


async def _one_of_each(tx: Tx, account_id: int, other_id: int) -> None:
    """Codes that both have used stay used once, and who was invited twice was by the first; nobody invites themselves.

    Whom the other has invited was invited by the account.
    """
    both = (account_id, other_id)
    await tx.query(
        "DELETE FROM code_use WHERE person_id = $2 AND code_id IN (SELECT code_id FROM code_use WHERE person_id = $1)",
        *both,
    )
    await tx.query("UPDATE guest SET inviter_id = $1 WHERE inviter_id = $2", *both)
    await tx.query("DELETE FROM guest WHERE person_id IN ($1, $2) AND inviter_id = $1 AND rewarded_at IS NULL", *both)
    await tx.query(
        "UPDATE guest SET person_id = NULL WHERE person_id = $2 AND EXISTS (SELECT 1 FROM guest own"
        " WHERE own.person_id = $1)",
        *both,
    )


async def move(tx: Tx, from_id: int, to_id: int) -> None:
    """Change whose the rows are."""
    for table in MOVED:
        await tx.query(f"UPDATE {table} SET person_id = $2 WHERE person_id = $1", from_id, to_id)


async def resealed(sealer: Sealer, account: Account, other: Account, context: str, sealed: bytes) -> bytes:
    """What is sealed for `other`, sealed for `account`. What is damaged stays so. Raises Gone."""
    try:
        plain = await sealer.open_bytes(other.owner, context, sealed)
    except Tampered:
        return sealed
    return await sealer.seal_bytes(account.owner, context, plain)

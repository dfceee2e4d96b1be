"""Whose a row is: the account behind a person's number, and the keys that its data is under."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from core.errors import Gone
from storage.sql import Row, Tx

Result = TypeVar("Result")

ACCOUNT: Final = "coalesce(own.account_id, own.id)"
"""The number of the account, where `own` is a person's row. A linked contact's row names it; see storage.models."""
SEALED_FOR: Final = "FROM person own WHERE own.id = $1 AND own.owner = $2 FOR KEY SHARE"
"""For an INSERT of something sealed, by itself: nothing is inserted if the account has another owner by then, since a
merge came between. PostgreSQL waits here for a merge that is under way.
"""
MOST: Final = 10_000  # people whose owner is remembered


class Run(Protocol):
    """Runs one statement, as storage.sql.Tx.query and storage.database.Database.look."""

    async def __call__(self, statement: str, *values: object) -> list[Row]:
        """The rows that it returns."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """What things belong to: linked contacts have one together. `former` owners are of accounts merged into it."""

    id: int
    owner: str
    former: tuple[str, ...] = ()


NOBODY: Final = Account(0, "")


async def account_of(tx: Tx, person_id: int) -> Account:
    """The account, NOBODY if there is none. No merge can come between this and the transaction's end."""
    known: Account | None = tx.accounts.get(person_id)
    if known is not None:
        return known
    row = await tx.one(f"SELECT {ACCOUNT} AS id, owner FROM person own WHERE own.id = $1 FOR KEY SHARE", person_id)
    account = tx.accounts[person_id] = Account(row["id"], row["owner"]) if row else NOBODY
    return account


async def whole_account(run: Run, person_id: int) -> Account:
    """The account with its former owners, NOBODY if there is none; read in one statement, and nothing is locked."""
    rows = await run(
        f"SELECT {ACCOUNT} AS id, own.owner AS owner, former.owner AS former FROM person own"
        f" LEFT JOIN former_owner former ON former.person_id = {ACCOUNT} WHERE own.id = $1",
        person_id,
    )
    former = tuple(row["former"] for row in rows if row["former"])
    return Account(rows[0]["id"], rows[0]["owner"], former) if rows else NOBODY


class Owners:
    """The owners of accounts as they were last seen, to spare a look at each message. SEALED_FOR finds stale ones."""

    def __init__(self) -> None:
        self._seen: dict[int, str] = {}

    async def sealing(
        self, run: Run, person_id: int, write: Callable[[str], Awaitable[Result | None]]
    ) -> Result | None:
        """Give what `write` gives for the account's owner; None if it gives None for the present one, too.

        `write` seals for an owner, and gives None where SEALED_FOR did not let it insert.

        Raises:
            Gone: there is no such person, or their key is destroyed.
            Tampered: their key is damaged.
        """
        guess = self._seen.get(person_id, "")
        if guess and (found := await write(guess)) is not None:
            return found
        owner = await self._look(run, person_id)
        return None if owner == guess else await write(owner)

    async def _look(self, run: Run, person_id: int) -> str:
        rows = await run("SELECT owner FROM person WHERE id = $1", person_id)
        owner = str(rows[0]["owner"]) if rows else ""
        if not owner:
            self._seen.pop(person_id, None)
            raise Gone
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[person_id] = owner
        return owner

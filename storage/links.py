"""One account on several platforms: linked contacts, the codes that link them, and taking them apart."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict, replace
from typing import Final

from core.errors import Gone, LinkBusy, LinkTaken, LinkWrong
from core.queue.transitions import OPEN
from storage.accounts import ACCOUNT, Account
from storage.belongings import move, resealed, take_over
from storage.closing import lock_payments
from storage.database import Database
from storage.deadlines import Deadlines
from storage.outbox import UNDER_WAY
from storage.photos import NEEDING
from storage.sealed import Sealer
from storage.sql import Row, Tx

CODE: Final = "link code"
USED: Final = "used link code"
UNENDED: Final = ", ".join(f"'{status}'" for status in sorted(OPEN))
ROWS: Final = "SELECT * FROM person WHERE id = $1 OR account_id = $1 ORDER BY id"


class LinkRows:
    """core.stores.Links over the database.

    A merge is one transaction, and changes no key: what was sealed is sealed anew for the account, and files stay under
    the key of the owner who brought them, who is remembered as a former owner of the account. So a crash leaves both
    as they were, and a backup from before can be restored. Erasing the account destroys all of its owners' keys.
    """

    def __init__(self, database: Database, sealer: Sealer, deadlines: Deadlines) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines

    async def issue(self, person_id: int, code: str, until: dt.datetime) -> None:
        """See core.stores.Links."""
        await self._database.once(
            f"INSERT INTO link_code (person_id, code_hash, due_at) SELECT {ACCOUNT}, $2, $3 FROM person own"
            " WHERE own.id = $1 FOR KEY SHARE ON CONFLICT (person_id)"
            " DO UPDATE SET code_hash = excluded.code_hash, due_at = excluded.due_at RETURNING person_id",
            *(person_id, self._hash(code), until),
        )

    async def tries(self, person_id: int, now: dt.datetime) -> tuple[int, int]:
        """See core.stores.Links."""
        (row,) = await self._database.once(
            "SELECT coalesce(sum(CASE WHEN person_id = (SELECT coalesce(account_id, id) FROM person WHERE id = $1)"
            " THEN 1 ELSE 0 END), 0) AS own, count(*) AS everyones FROM link_try WHERE due_at > $2",
            *(person_id, now),
        )
        return int(row["own"]), int(row["everyones"])

    async def missed(self, person_id: int, now: dt.datetime) -> None:
        """See core.stores.Links."""
        await self._database.once(
            f"INSERT INTO link_try (person_id, due_at) SELECT {ACCOUNT}, $2 FROM person own WHERE own.id = $1"
            " RETURNING id",
            *(person_id, self._deadlines.link_try(now)),
        )

    async def issuer(self, code: str, now: dt.datetime) -> int | None:
        """See core.stores.Links. Where two happen to have the same code, it is nobody's: they ask for another."""
        rows = await self._database.once(
            "SELECT person_id FROM link_code WHERE code_hash = $1 AND due_at > $2", self._hash(code), now
        )
        return int(rows[0]["person_id"]) if len(rows) == 1 else None

    async def used(self, person_id: int, code: str, now: dt.datetime) -> bool:
        """See core.stores.Links."""
        rows = await self._database.look(
            f"SELECT 1 AS one FROM person own JOIN link_code ON link_code.person_id = {ACCOUNT}"
            " WHERE own.id = $1 AND code_hash = $2 AND due_at > $3",
            *(person_id, self._database.key.hash(USED, code), now),
        )
        return bool(rows)

    async def merge(
        self,
        person_id: int,
        other_id: int,
        now: dt.datetime,
        code: str = "",
    ) -> None:
        """See core.stores.Links. Raises LinkWrong where one of them is not there any more."""
        async with self._database.transaction() as tx:
            mine, theirs = await _locked(tx, person_id, other_id)
            person, other = (Account(rows[0]["id"], rows[0]["owner"]) for rows in (mine, theirs))
            if _platforms(mine) & _platforms(theirs):
                raise LinkTaken
            await _refuse_busy(tx, other.id)
            await self._use_up(tx, person, other, code)
            try:
                await self._link(tx, person, other, mine[0], theirs)
                await take_over(tx, self._sealer, person, other, now)
            except Gone:  # One of the two is just being erased.
                raise LinkWrong from None

    async def unlink(self, person_id: int, platform: str) -> bool:
        """See core.stores.Links."""
        async with self._database.transaction() as tx:
            rows = await _account_rows(tx, person_id, "FOR UPDATE")
            going = next((row for row in rows if row["platform"] == platform), None)
            staying = sorted((row for row in rows if row["platform"] not in (platform, "")), key=_own_first)
            if going is None or not staying or not platform:
                return False
            account, elsewhere = rows[0]["id"], str(staying[0]["platform"])
            if going["id"] == account:
                await tx.query(
                    "UPDATE person SET platform = '', platform_key = $2, contact = NULL WHERE id = $1",
                    *(account, secrets.token_hex(32)),
                )
            else:
                await move(tx, going["id"], account)  # What came in at the very moment of a merge.
                await tx.query("DELETE FROM person WHERE id = $1", going["id"])
            await tx.query("DELETE FROM link_code WHERE person_id = $1", account)
            await self._redirect(tx, Account(account, rows[0]["owner"]), platform, elsewhere)
        return True

    async def _link(self, tx: Tx, person: Account, other: Account, mine: Row, theirs: list[Row]) -> None:
        """The other's contacts are the person's. What the other has chosen holds only if the person chose nothing."""
        if mine["preferences"] is None and theirs[0]["preferences"] is not None:
            anew = await resealed(self._sealer, person, other, "person.preferences", theirs[0]["preferences"])
            await tx.query(
                "UPDATE person SET preferences = $2, reminders = $3 WHERE id = $1",
                *(person.id, anew, bool(theirs[0]["reminders"])),
            )
        for row in theirs:
            sealed = row["contact"]
            contact = await resealed(self._sealer, person, other, "person.contact", sealed) if sealed else None
            await tx.query(
                "UPDATE person SET account_id = $2, owner = $3, contact = $4, preferences = NULL, reminders = $5,"
                " closed_at = NULL WHERE id = $1",
                *(row["id"], person.id, person.owner, contact, True),
            )

    async def _use_up(self, tx: Tx, person: Account, other: Account, code: str) -> None:
        """No code of theirs links anything more; the row of the one that did tells so, should it be typed again."""
        await tx.query("DELETE FROM link_code WHERE person_id = $1", person.id)
        await tx.query(
            "UPDATE link_code SET person_id = $1, code_hash = $2 WHERE person_id = $3 AND code_hash = $4",
            *(person.id, self._database.key.hash(USED, code), other.id, self._hash(code)),
        )

    async def _redirect(self, tx: Tx, account: Account, platform: str, elsewhere: str) -> None:
        """What would go to a platform goes to another one; what was sent there is not the person's any more."""
        await tx.query(
            f"UPDATE outbox SET platform = $3 WHERE person_id = $1 AND platform = $2 AND state IN {UNDER_WAY}",
            *(account.id, platform, elsewhere),
        )
        await tx.query("DELETE FROM post WHERE person_id = $1 AND platform = $2", account.id, platform)
        jobs = await tx.query(
            f"UPDATE job SET platform = $3 WHERE person_id = $1 AND platform = $2 AND status IN ({UNENDED})"
            " RETURNING id, details",
            *(account.id, platform, elsewhere),
        )
        for job in jobs:  # A place is one of the platform that it is on.
            if job["details"] is not None:
                wanted = replace(await self._sealer.wanted(account.owner, job["details"]), place="")
                sealed = await self._sealer.seal(account.owner, "job.details", asdict(wanted))
                await tx.query("UPDATE job SET details = $2 WHERE id = $1", job["id"], sealed)

    def _hash(self, code: str) -> str:
        return self._database.key.hash(CODE, code)


async def _locked(tx: Tx, person_id: int, other_id: int) -> tuple[list[Row], list[Row]]:
    """The rows of both accounts, the account's own first. PostgreSQL lets nothing of the other come in until the end.

    Raises:
        LinkTaken: they are one account.
        LinkWrong: one of them is not there any more.
    """
    ids = [await _account_id(tx, each) for each in (person_id, other_id)]
    if ids[0] == ids[1]:
        raise LinkTaken
    await lock_payments(tx, f"= {ids[1]}")
    found: dict[int, list[Row]] = {}
    for each in sorted(ids):  # In this order, so that two merges do not wait for each other.
        lock = "FOR UPDATE" if each == ids[1] else "FOR NO KEY UPDATE"
        found[each] = await _account_rows(tx, each, lock)
    mine, theirs = found[ids[0]], found[ids[1]]
    for each, rows in ((ids[0], mine), (ids[1], theirs)):
        if not rows or rows[0]["id"] != each or not rows[0]["owner"]:  # Merged or erased while this waited.
            raise LinkWrong
    return mine, theirs


async def _account_id(tx: Tx, person_id: int) -> int:
    row = await tx.one(f"SELECT {ACCOUNT} AS id FROM person own WHERE own.id = $1", person_id)
    return int(row["id"]) if row else 0


async def _account_rows(tx: Tx, person_id: int, lock: str) -> list[Row]:
    """Every row of an account, its own first; nothing if there is none."""
    account = await _account_id(tx, person_id)
    await tx.query(f"{ROWS} {lock}", account)
    rows = await tx.query(ROWS, account)  # Once more, as they are since the lock is held.
    own = [row for row in rows if row["id"] == account and row["account_id"] is None]
    return own + [row for row in rows if row["id"] != account] if own else []


async def _refuse_busy(tx: Tx, account_id: int) -> None:
    busy = await tx.one(
        f"SELECT 1 AS one FROM job WHERE person_id = $1 AND status IN ({NEEDING})"
        " UNION ALL SELECT 1 FROM inbox WHERE person_id = $1 AND handled_at IS NULL LIMIT 1",
        account_id,
    )
    if busy:
        raise LinkBusy


def _platforms(rows: list[Row]) -> set[str]:
    return {str(row["platform"]) for row in rows} - {""}


def _own_first(row: Row) -> tuple[bool, str]:
    return row["account_id"] is not None, str(row["platform"])

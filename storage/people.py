"""Persons, how they are reached, their consent and preferences, and their end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Final

from core.errors import Gone, KeysMissing
from core.ports import Clock
from core.records import Consent, Contact, Person, Preferences
from storage.accounts import ACCOUNT, account_of
from storage.closing import close_books
from storage.database import Database
from storage.deadlines import Deadlines
from storage.models import moment
from storage.sealed import Sealer
from storage.sql import Row, Tx
from storage.vault import Vault

TOO_YOUNG: Final = "too young"
CONTEXT: Final = "person.contact"
FOUND: Final = (
    f"SELECT own.id, own.owner, own.contact, account.id AS account, account.preferences, policy_version, given_at,"
    f" minimum_age FROM person own JOIN person account ON account.id = {ACCOUNT}"
    " LEFT JOIN consent ON consent.id = (SELECT newest.id FROM consent newest WHERE newest.person_id = account.id"
    " ORDER BY newest.given_at DESC, newest.id DESC LIMIT 1)"
)
THEIRS: Final = "(reached.id = {account} OR reached.account_id = {account})"
CONTACT: Final = (
    "SELECT own.owner, reached.contact, account.preferences FROM person own"
    f" JOIN person account ON account.id = {ACCOUNT} JOIN person reached ON {THEIRS.format(account='account.id')}"
    " WHERE own.id = $1 AND (reached.platform || '') = $2 AND reached.contact IS NOT NULL"
)
"""The platform is hidden from the planner: by its index SQLite would go through everybody who is there."""
REACHED: Final = (
    f"FROM person own JOIN person reached ON {THEIRS.format(account=ACCOUNT)}"
    " WHERE own.id = $1 AND reached.platform <> ''"
)


class PeopleRows:
    """core.stores.People over the database. A platform's id is kept as a keyed hash, and sealed."""

    def __init__(self, database: Database, vault: Vault, sealer: Sealer, deadlines: Deadlines, clock: Clock) -> None:
        """`before_erasing` may be set: it is awaited with an account's number while everything is still there.

        That is the place to cancel what the person has with providers of payments. Its error keeps them from being
        erased for now.
        """
        self._database = database
        self._vault = vault
        self._sealer = sealer
        self._deadlines = deadlines
        self._clock = clock
        self.before_erasing: Callable[[int], Awaitable[None]] | None = None

    async def is_barred(self, contact: Contact, now: dt.datetime) -> bool:
        """See core.stores.People."""
        rows = await self._database.look(
            "SELECT 1 AS one FROM bar WHERE kind = $1 AND platform_key = $2 AND due_at > $3",
            *(TOO_YOUNG, self._key(contact), now),
        )
        return bool(rows)

    async def find(self, contact: Contact) -> Person:
        """See core.stores.People."""
        key = self._key(contact)
        row = await self._by_key(contact.platform, key)
        if row and row["owner"]:
            row = await self._as_now(row, contact)
        if row is None or not row["owner"]:
            row = await self._make(contact, key)
        return await self._person(row)

    async def met(self, contact: Contact) -> Person | None:
        """See core.stores.People."""
        row = await self._by_key(contact.platform, self._key(contact))
        try:
            return await self._person(row) if row and row["owner"] else None
        except Gone:  # Their erasure has begun.
            return None

    async def contact(self, person_id: int, platform: str, chosen: bool = True) -> Contact | None:
        """See core.stores.People."""
        rows = await self._database.look(CONTACT, person_id, platform)
        if not rows:
            return None
        owner = rows[0]["owner"]
        try:
            contact = await self._sealer.contact(owner, rows[0]["contact"])
            preferences = await self._sealer.preferences(owner, rows[0]["preferences"])
        except Gone:  # Their erasure has begun.
            return None
        return replace(contact, locale=preferences.language) if chosen and preferences.language else contact

    async def known(self, person_id: int) -> Person | None:
        """See core.stores.People."""
        rows = await self._database.look(f"{FOUND} WHERE own.id = $1", person_id)
        try:
            return await self._person(rows[0]) if rows else None
        except Gone:  # Their erasure has begun.
            return None

    async def platforms(self, person_id: int) -> list[str]:
        """See core.stores.People."""
        rows = await self._database.look(f"SELECT reached.platform {REACHED}", person_id)
        return sorted(row["platform"] for row in rows)

    async def prefer(self, tx: Tx, person_id: int, preferences: Preferences) -> None:
        """See core.stores.People. Raises Gone."""
        account = await account_of(tx, person_id)
        sealed = await self._sealer.seal(account.owner, "person.preferences", asdict(preferences))
        await tx.query(
            "UPDATE person SET preferences = $2, reminders = $3 WHERE id = $1",
            *(account.id, sealed, preferences.reminders),
        )

    async def agree(self, person_id: int, consent: Consent) -> None:
        """See core.stores.People."""
        await self._database.once(
            "INSERT INTO consent (person_id, policy_version, given_at, minimum_age)"
            f" SELECT {ACCOUNT}, $2, $3, $4 FROM person own WHERE own.id = $1 FOR KEY SHARE RETURNING id",
            *(person_id, consent.policy_version, consent.given_at, consent.minimum_age),
        )

    async def bar(self, person_id: int, until: dt.datetime) -> None:
        """See core.stores.People. Every linked contact of theirs."""
        await self._database.once(
            f"INSERT INTO bar (kind, platform_key, due_at) SELECT $2, reached.platform_key, $3 {REACHED}"
            " ON CONFLICT (kind, platform_key) DO UPDATE SET due_at = excluded.due_at RETURNING id",
            *(person_id, TOO_YOUNG, until),
        )

    async def erase(self, person_id: int, now: dt.datetime) -> int:
        """See core.stores.People. A linked contact's number stands for the whole account."""
        async with self._database.transaction() as tx:
            account = await account_of(tx, person_id)
            theirs = f"IN (SELECT id FROM person WHERE id = {account.id} OR account_id = {account.id})"
            blobs = await tx.query(f"SELECT name FROM blob WHERE person_id {theirs} AND due_at IS NOT NULL")
            former = await tx.query("SELECT owner FROM former_owner WHERE person_id = $1", account.id)
        if not account.id:
            return 0
        if self.before_erasing is not None:
            await self.before_erasing(account.id)
        damaged: KeysMissing | None = None
        if account.owner:
            try:
                await self._vault.erase_owner(account.owner, now, *(row["owner"] for row in former))
            except KeysMissing as error:  # Of a backup; the key itself is destroyed.
                damaged = error
        await self._vault.destroy([blob["name"] for blob in blobs])
        async with self._database.transaction() as tx:
            await close_books(tx, theirs, now, self._deadlines.welcome(now))
            jobs = await tx.query(f"SELECT id FROM job WHERE person_id {theirs}")
            await tx.query(f"UPDATE link_try SET person_id = 0 WHERE person_id {theirs}")
            gone = await tx.query(f"DELETE FROM person WHERE id {theirs} RETURNING id")
        await self._database.checkpoint()
        if damaged:
            raise damaged
        return len(gone) + len(jobs) + len(blobs)

    def _key(self, contact: Contact) -> str:
        return self._database.key.hash(contact.platform, contact.platform_id)

    async def _by_key(self, platform: str, key: str) -> Row | None:
        rows = await self._database.look(f"{FOUND} WHERE own.platform = $1 AND own.platform_key = $2", platform, key)
        return rows[0] if rows else None

    async def _person(self, row: Row) -> Person:
        preferences = await self._sealer.preferences(row["owner"], row["preferences"])
        if row["policy_version"] is None:
            return Person(row["account"], None, preferences)
        consent = Consent(row["policy_version"], moment(row["given_at"]), row["minimum_age"])
        return Person(row["account"], consent, preferences)

    async def _make(self, contact: Contact, key: str) -> Row:
        """A row with a key of its own. Of two at once, the second finds the first one's."""
        owner = await self._vault.new_owner()
        sealed = await self._sealer.seal(owner, CONTEXT, asdict(contact))
        await self._database.once(
            "INSERT INTO person (platform, platform_key, created_at, owner, contact) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (platform, platform_key) DO UPDATE SET owner = $4, contact = $5 WHERE person.owner = ''"
            " RETURNING id",
            *(contact.platform, key, self._clock.now(), owner, sealed),
        )
        row = await self._by_key(contact.platform, key)
        if row is None or row["owner"] != owner:
            await self._vault.drop_owner(owner)
        return row or await self._make(contact, key)  # None where they have been erased in that very moment.

    async def _as_now(self, row: Row, contact: Contact) -> Row | None:
        """The row, language and timezone as they are now; None if its erasure had begun, which is then finished."""
        try:
            known = await self._sealer.contact(row["owner"], row["contact"])
        except Gone:
            await self.erase(row["id"], self._clock.now())
            return None
        now = replace(contact, locale=contact.locale or known.locale)  # A platform does not always tell the language.
        if known != now:
            await self._remember(row, now)
        return row

    async def _remember(self, row: Row, contact: Contact) -> None:
        """Unless a merge came between, after which the next message of theirs will."""
        sealed = await self._sealer.seal(row["owner"], CONTEXT, asdict(contact))
        await self._database.once(
            "UPDATE person SET contact = $2 WHERE id = $1 AND owner = $3 RETURNING id", row["id"], sealed, row["owner"]
        )

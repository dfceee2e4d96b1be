"""Persons, how they are reached, their consent, and their end."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Final

from core.errors import Gone, KeysMissing
from core.ports import Clock
from core.records import Consent, Contact, Person
from storage.database import Database
from storage.models import BarRow, ConsentRow, moment
from storage.sealed import Sealer
from storage.sql import Row, Tx
from storage.vault import Vault

TOO_YOUNG: Final = "too young"
CONTEXT: Final = "person.contact"


class PeopleRows:
    """core.stores.People over the database. A platform's id is kept as a keyed hash, and sealed."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._sealer = Sealer(vault)
        self._clock = clock

    async def is_barred(self, contact: Contact, now: dt.datetime) -> bool:
        """See core.stores.People."""
        key = self._key(contact)
        async with self._database.transaction() as tx:
            return await BarRow.filter(kind=TOO_YOUNG, platform_key=key, due_at__gt=now).using_db(tx.client).exists()

    async def find(self, contact: Contact) -> Person:
        """See core.stores.People."""
        key = self._key(contact)
        async with self._database.transaction() as tx:
            row = await _by_key(tx, contact.platform, key)
        if row and row["owner"]:
            row = await self._as_now(row, contact)
        if row is None or not row["owner"]:
            row = await self._make(contact, key)
        async with self._database.transaction() as tx:
            newest = await ConsentRow.filter(person_id=row["id"]).using_db(tx.client).order_by("-id").first()
        if newest is None:
            return Person(row["id"])
        return Person(row["id"], Consent(newest.policy_version, moment(newest.given_at), newest.minimum_age))

    async def contact(self, person_id: int) -> Contact | None:
        """See core.stores.People."""
        async with self._database.transaction() as tx:
            row = await tx.one("SELECT owner, contact FROM person WHERE id = $1", person_id)
        if row is None or not row["contact"]:
            return None
        try:
            return await self._sealer.contact(row["owner"], row["contact"])
        except Gone:  # Their erasure has begun.
            return None

    async def agree(self, person_id: int, consent: Consent) -> None:
        """See core.stores.People."""
        async with self._database.transaction() as tx:
            await ConsentRow.create(
                using_db=tx.client,
                person_id=person_id,
                policy_version=consent.policy_version,
                given_at=consent.given_at,
                minimum_age=consent.minimum_age,
            )

    async def bar(self, person_id: int, until: dt.datetime) -> None:
        """See core.stores.People."""
        async with self._database.transaction() as tx:
            person = await tx.one("SELECT platform_key FROM person WHERE id = $1", person_id)
            if person:
                await tx.query(
                    "INSERT INTO bar (kind, platform_key, due_at) VALUES ($1, $2, $3)"
                    " ON CONFLICT (kind, platform_key) DO UPDATE SET due_at = $3",
                    *(TOO_YOUNG, person["platform_key"], until),
                )

    async def erase(self, person_id: int, now: dt.datetime) -> int:
        """See core.stores.People."""
        async with self._database.transaction() as tx:
            person = await tx.one("SELECT owner FROM person WHERE id = $1", person_id)
            blobs = await tx.query("SELECT name FROM blob WHERE person_id = $1 AND due_at IS NOT NULL", person_id)
        if person is None:
            return 0
        damaged: KeysMissing | None = None
        if person["owner"]:
            try:
                await self._vault.erase_owner(person["owner"], now)
            except KeysMissing as error:  # Of a backup; the key itself is destroyed.
                damaged = error
        await self._vault.destroy([blob["name"] for blob in blobs])
        async with self._database.transaction() as tx:
            jobs = await tx.query("SELECT id FROM job WHERE person_id = $1", person_id)
            await tx.query("DELETE FROM person WHERE id = $1", person_id)
        await self._database.checkpoint()
        if damaged:
            raise damaged
        return 1 + len(jobs) + len(blobs)

    def _key(self, contact: Contact) -> str:
        return self._database.key.hash(contact.platform, contact.platform_id)

    async def _make(self, contact: Contact, key: str) -> Row:
        """A row with a key of its own. Of two at once, the second finds the first one's."""
        owner = await self._vault.new_owner()
        sealed = await self._sealer.seal(owner, CONTEXT, asdict(contact))
        async with self._database.transaction() as tx:
            await tx.query(
                "INSERT INTO person (platform, platform_key, created_at, owner, contact) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (platform, platform_key) DO UPDATE SET owner = $4, contact = $5 WHERE person.owner = ''",
                *(contact.platform, key, self._clock.now(), owner, sealed),
            )
            row = await _by_key(tx, contact.platform, key)
        assert row is not None  # noqa: S101 -- it was there or has just been made
        if row["owner"] != owner:
            await self._vault.drop_owner(owner)
        return row

    async def _as_now(self, row: Row, contact: Contact) -> Row | None:
        """The row, language and timezone as they are now; None if its erasure had begun, which is then finished."""
        try:
            known = await self._sealer.contact(row["owner"], row["contact"])
        except Gone:
            await self.erase(row["id"], self._clock.now())
            return None
        if known != contact:
            await self._remember(row, contact)
        return row

    async def _remember(self, row: Row, contact: Contact) -> None:
        sealed = await self._sealer.seal(row["owner"], CONTEXT, asdict(contact))
        async with self._database.transaction() as tx:
            await tx.query("UPDATE person SET contact = $2 WHERE id = $1", row["id"], sealed)


async def _by_key(tx: Tx, platform: str, key: str) -> Row | None:
    return await tx.one(
        "SELECT id, owner, contact FROM person WHERE platform = $1 AND platform_key = $2", platform, key
    )

"""What is damaged or done at the same moment must stop nobody else, on either database."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from core.errors import KeysMissing
from core.records import Contact, JobStatus, NewParcel, Notice
from storage.models import moment
from tests.databases import CONSOLE, NOON, OUTCOME, House

HOUR = dt.timedelta(hours=1)


async def damage(house: House, table: str, where: str) -> None:
    async with house.database.transaction() as tx:
        await tx.query(f"UPDATE {table} SET payload = $1 WHERE {where}", b"\x01" + bytes(60))  # noqa: S608


async def test_an_update_that_can_not_be_opened_stops_nobody_elses(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    for person in (ada, bob):
        await house.storage.inbox.receive(person, CONSOLE, str(person), b"words", NOON)
    await damage(house, "inbox", f"person_id = {ada}")
    found = await house.storage.inbox.next(CONSOLE, NOON, 30, [])
    assert found
    assert found.person_id == bob


async def test_a_message_that_can_not_be_opened_stops_nobody_elses(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    async with house.database.transaction() as tx:
        for person in (ada, bob):
            await house.storage.outbox.add(tx, NewParcel(person, Notice.REPLY, str(person), payload=b"words"), NOON)
    await damage(house, "outbox", f"person_id = {ada}")
    found = await house.storage.outbox.next(CONSOLE, NOON, 30)
    assert found
    assert found.person_id == bob


async def test_a_damaged_backup_of_the_keys_is_told_and_keeps_no_row_of_somebody_who_is_erased(house: House):
    ada = await house.person()
    await house.queued(ada)
    backup = house.storage.vault.key_backups / "figurine.sqlite3"
    await house.storage.vault.backup_keys(backup)
    backup.write_bytes(b"damaged" * 1000)
    with pytest.raises(KeysMissing):
        await house.storage.people.erase(ada, NOON)
    assert await house.count("person") == await house.count("job") == await house.count("blob") == 0


async def test_of_two_orders_of_one_photo_that_end_at_once_the_second_sees_the_first(house: House):
    """One is made and one taken back in two transactions at the same time: then nothing needs the photo any more."""
    ada = await house.person()
    photo = await house.photo(ada)
    await house.queued(ada, (photo,))
    other = await house.queued(ada, (photo,))
    claimed = await house.claim()
    assert claimed
    begun = asyncio.Event()

    async def taken_back() -> None:
        await begun.wait()
        await house.move(other.id, JobStatus.CANCELLED)

    async def made() -> None:
        async with house.database.transaction() as tx:
            await house.storage.jobs.finish(tx, claimed.job.id, claimed.job.fence, OUTCOME, (), house.clock.now())
            begun.set()
            await asyncio.sleep(0.3)

    await asyncio.gather(made(), taken_back())
    (row,) = await house.rows("SELECT due_at FROM blob")
    assert moment(row["due_at"]) == NOON + HOUR


@pytest.mark.parametrize("given", ["a\0b", "a\ud800b", "x" * 10_000, "", "\U0010ffff"])
async def test_any_text_may_be_an_id_a_locale_a_timezone_or_the_key_of_an_update(house: House, given: str):
    contact = Contact("console", given, given, given)
    person = await house.storage.people.find(contact)
    assert await house.storage.people.contact(person.id, "console") == contact
    number, new = await house.storage.inbox.receive(person.id, CONSOLE, given, b"\0", NOON)
    assert new
    assert (number, False) == await house.storage.inbox.receive(person.id, CONSOLE, given, b"", NOON)


async def test_thousands_of_messages_of_one_person_hold_nobody_up(house: House):
    """Many that came and many that go, of somebody whose turn it isn't: others are found as fast as without them."""
    ada, bob = await house.person("ada"), await house.person("bob")
    await house.storage.inbox.receive(ada, CONSOLE, "first", b"words", NOON)
    async with house.database.transaction() as tx:
        await house.storage.outbox.add(tx, NewParcel(ada, Notice.REPLY, "first", payload=b"words"), NOON)
        numbers = (
            "(SELECT value AS n FROM generate_series(1, 3000) value) numbers"
            if tx.postgres
            else "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 3000)"
            " SELECT n FROM counted) numbers"
        )
        for key, handled, sent in (("old", "received_at", "sent"), ("new", "NULL", "waiting")):
            await tx.query(
                "INSERT INTO inbox (platform, update_key, person_id, payload, received_at, attempts, handled_at,"  # noqa: S608
                f" due_at) SELECT platform, '{key}' || n, person_id, payload, received_at, 0, {handled}, due_at"
                f" FROM inbox, {numbers} WHERE update_key NOT LIKE 'old%'"
            )
            await tx.query(
                "INSERT INTO outbox (origin, person_id, platform, notice, payload, state, attempts, unsure,"  # noqa: S608
                f" created_at, next_at, due_at) SELECT '{key}' || n, person_id, platform, notice, payload, '{sent}', 0,"
                f" unsure, created_at, next_at, due_at FROM outbox, {numbers} WHERE origin = 'first'"
            )
    await house.storage.inbox.receive(bob, CONSOLE, "his", b"words", NOON)
    async with house.database.transaction() as tx:
        await house.storage.outbox.add(tx, NewParcel(bob, Notice.REPLY, "his", payload=b"words"), NOON)
    begun = asyncio.get_running_loop().time()
    updates = [await house.storage.inbox.next(CONSOLE, NOON, 30, []) for _ in range(3)]
    parcels = [await house.storage.outbox.next(CONSOLE, NOON, 30) for _ in range(3)]
    assert asyncio.get_running_loop().time() - begun < 1.5
    assert [update and update.person_id for update in updates] == [ada, bob, None]
    assert [parcel and parcel.person_id for parcel in parcels] == [ada, bob, None]

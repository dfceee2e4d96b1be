"""What every database promises of the end of things: what is due goes in batches, and nothing else does."""

from __future__ import annotations

import datetime as dt

import pytest

from core.money import NewPurchase, Rail, SubscriptionState
from core.records import Consent, JobStatus, NewParcel, Notice
from core.retention.sweep import ROWS
from storage.sql import Tx
from tests.databases import CONSOLE, NOON, OUTCOME, House

FAR = NOON + dt.timedelta(days=400)


async def names(house: House) -> set[str]:
    return {entry.name async for page in house.storage.vault.stored() for entry in page}


async def test_blobs_go_batch_by_batch_once_they_are_due_and_a_preview_changes_nothing(house: House):
    ada, attic = await house.person(), house.storage.attic
    for _ in range(5):
        await house.photo(ada)
    assert await attic.delete_blobs(NOON + dt.timedelta(hours=23, minutes=59), 10) == 0
    due = NOON + dt.timedelta(hours=24)
    assert await attic.delete_blobs(due, 3, dry=True) == 5
    assert len(await names(house)) == 5
    assert [await attic.delete_blobs(due, 3) for _ in range(3)] == [3, 2, 0]
    assert await names(house) == set()
    assert await house.count("blob", "due_at IS NULL AND gone_at IS NOT NULL") == 5
    await attic.checkpoint()


async def test_a_photo_that_an_order_needs_waits_until_the_order_has_expired(house: House):
    job, due = await house.queued(await house.person()), NOON + dt.timedelta(hours=24)
    assert await house.storage.attic.expire_orders(due - dt.timedelta(seconds=1), 10) == []
    assert await house.storage.attic.delete_blobs(due, 10) == 0
    assert await house.storage.attic.expire_orders(due, 10) == [job.id]
    await house.move(job.id, JobStatus.EXPIRED)
    assert await house.storage.attic.expire_orders(due, 10) == []
    assert await house.storage.attic.delete_blobs(due, 10) == 1


async def test_a_figurine_that_was_never_delivered_expires_with_its_files(house: House):
    await house.queued(await house.person())
    claimed = await house.claim()
    assert claimed
    made = await house.finish(claimed.job)
    assert made.kept_until
    assert await house.storage.attic.expire_orders(made.kept_until - dt.timedelta(seconds=1), 10) == []
    assert await house.storage.attic.expire_orders(made.kept_until, 10) == [made.id]


async def asked_to_pay(house: House, tx: Tx, person: int, name: str) -> None:
    """For something that was never paid, and for a plan that has ended."""
    new = NewPurchase(person, name, Rail.STRIPE, "pack:small", 5, "eur", 200)
    await house.storage.purchases.add(tx, new, NOON)
    ended = SubscriptionState.ENDED
    await house.storage.subscriptions.put(tx, person, Rail.STRIPE, name, "monthly", ended, None, True, "", NOON)


async def test_rows_go_batch_by_batch_once_they_are_due(house: House):
    ada, attic = await house.person(), house.storage.attic
    await house.storage.people.bar(ada, NOON + dt.timedelta(days=1))
    await house.storage.links.issue(ada, "123456", NOON + dt.timedelta(minutes=10))
    for number in range(3):
        await house.storage.links.missed(ada, NOON)
        await house.storage.posts.keep(ada, "console", str(number), b"where", NOON)
        await house.storage.inbox.receive(ada, CONSOLE, str(number), b"words", NOON)
        async with house.database.transaction() as tx:
            await house.storage.outbox.add(tx, NewParcel(ada, Notice.REPLY, str(number)), NOON)
            await house.storage.sessions.save(tx, ada, b"half-said", NOON)
            await asked_to_pay(house, tx, ada, str(number))
        await house.storage.provider_events.add(Rail.STRIPE, f"evt_{number}", "kind", "subject", NOON)
        await house.storage.codes.issue(str(number), 2, 1, NOON + dt.timedelta(days=1))
        job = await house.accepted(ada)
        await house.move(job.id, JobStatus.CANCELLED)
    await attic.delete_blobs(FAR, 10)
    expected = {"session": 1, "inbox": 3, "outbox": 3, "bar": 1, "job": 3, "blob": 3}
    expected |= {"post": 3, "link_code": 1, "link_try": 3}
    expected |= {"purchase": 3, "subscription": 3, "provider_event": 3, "code": 3}
    assert set(expected) == set(ROWS)
    for table, count in expected.items():
        assert await attic.delete_rows(table, NOON, 2) == 0, table
        assert await attic.delete_rows(table, FAR, 2, dry=True) == count, table
        assert await attic.delete_rows(table, FAR, 2) == min(count, 2), table
        assert await attic.delete_rows(table, FAR, 2) == max(count - 2, 0), table
        assert await house.count(table) == 0
    assert await house.count("job_step") == await house.count("job_origin") == 0


async def test_the_row_of_an_order_stays_as_long_as_its_files_do(house: House):
    await house.queued(await house.person())
    claimed = await house.claim()
    assert claimed
    blobs, job = house.storage.attic._blobs, claimed.job
    async with (
        blobs.stored(job.person_id, "result", b"solid", NOON) as stored,
        house.database.transaction() as tx,
    ):
        await house.storage.jobs.finish(tx, job.id, job.fence, OUTCOME, [], NOON)
        await stored.add_row(tx, FAR, "stl", "figurine.stl", job.id)
    await house.move(claimed.job.id, JobStatus.DELIVERED)
    assert await house.storage.attic.delete_rows("job", FAR, 10) == 0
    await house.storage.attic.delete_blobs(FAR, 10)
    assert await house.storage.attic.delete_rows("job", FAR, 10) == 1


async def test_somebody_who_never_agreed_is_told_once_nothing_of_theirs_is_under_way(house: House):
    attic = house.storage.attic
    ada, bob, eve = [await house.person(name) for name in ("ada", "bob", "eve")]
    await house.storage.people.agree(bob, Consent("1", NOON))
    await house.storage.inbox.receive(eve, CONSOLE, "1", b"hello", NOON)
    assert await attic.strangers(NOON - dt.timedelta(seconds=1), 10) == []
    assert await attic.strangers(FAR, 10) == [ada]
    async with house.database.transaction() as tx:
        await house.storage.sessions.save(tx, ada, b"half-said", NOON)
    assert await attic.strangers(FAR, 10) == []


async def test_accounts_are_told_that_were_closed_before_then(house: House):
    ada = await house.person("ada")
    await house.person("bob")
    await house.rows("UPDATE person SET closed_at = $2 WHERE id = $1", ada, NOON)
    assert await house.storage.attic.closed_people(NOON - dt.timedelta(seconds=1), 10) == []
    assert await house.storage.attic.closed_people(NOON, 10) == [ada]


@pytest.mark.parametrize("dry", [True, False])
async def test_what_a_crash_left_behind_is_found_on_both_sides_and_nothing_else_is_touched(house: House, dry):
    ada, vault = await house.person(), house.storage.vault
    kept, lost = await house.photo(ada), await house.photo(ada)
    owner = (await house.rows("SELECT owner FROM person"))[0]["owner"]
    await vault.put(owner, b"without a row", "photo")
    row = (
        await house.rows("SELECT blob.name FROM blob JOIN photo ON photo.blob_id = blob.id WHERE photo.id = $1", lost)
    )[0]
    await vault.destroy([row["name"]])
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    found = await house.storage.attic.orphans(later, dry)
    assert (found["bytes"], found["rows"]) == (1, 1)
    assert len(await names(house)) == (2 if dry else 1)
    assert [photo.id for photo in await house.storage.photos.held(ada)] == ([kept, lost] if dry else [kept])
    again = await house.storage.attic.orphans(later, dry)
    assert (again["bytes"], again["rows"]) == ((1, 1) if dry else (0, 0))


async def test_what_is_being_stored_just_now_is_no_orphan(house: House):
    await house.person()
    owner = (await house.rows("SELECT owner FROM person"))[0]["owner"]
    await house.storage.vault.put(owner, b"has no row yet", "photo")
    found = await house.storage.attic.orphans(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    assert not any(found.values())
    assert len(await names(house)) == 1

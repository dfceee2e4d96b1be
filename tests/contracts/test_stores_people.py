"""What every database promises of persons, their photos and figurines, their credits, and their end."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from core.errors import Gone, PhotoGone
from core.records import Consent, Contact, JobStatus
from storage.personal_data import DECLARATIONS, Erasure
from tests.contracts.whole import linked, lived
from tests.databases import NOON, PIXELS, SUBJECT, House

ADA = Contact("console", "ada-lovelace-1815", "fr", "Europe/Paris")


async def test_many_at_once_make_one_person_with_one_key(house: House):
    found = await asyncio.gather(*(house.storage.people.find(ADA) for _ in range(12)))
    assert len({person.id for person in found}) == 1
    assert await house.count("person") == 1
    keys = house.storage.vault.key_backups.parent / "keys.sqlite3"
    assert keys.exists()
    assert await house.storage.people.contact(found[0].id, "console") == ADA


async def test_a_person_is_another_on_another_platform_and_moves_with_their_language(house: House):
    ada = await house.storage.people.find(ADA)
    assert (await house.storage.people.find(Contact("telegram", ADA.platform_id))).id != ada.id
    moved = Contact(ADA.platform, ADA.platform_id, "en", "UTC")
    assert await house.storage.people.find(moved) == ada
    assert await house.storage.people.contact(ada.id, "console") == moved
    assert await house.storage.people.contact(99, "console") is None


async def test_how_somebody_is_reached_is_sealed_and_hashed(house: House):
    await house.storage.people.find(ADA)
    row = (await house.rows("SELECT * FROM person"))[0]
    assert not any(b"lovelace" in value for value in row.values() if isinstance(value, bytes))
    assert "lovelace" not in str(row)


async def test_the_newest_consent_holds_and_keeps_its_time(house: House):
    ada = await house.person()
    elsewhere = dt.datetime(2026, 5, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    await house.storage.people.agree(ada, Consent("1", elsewhere, 13))
    assert (await house.storage.people.find(Contact("console", "ada"))).consent == Consent("1", NOON, 13)
    await house.storage.people.agree(ada, Consent("2", NOON, 16))
    assert (await house.storage.people.find(Contact("console", "ada"))).consent == Consent("2", NOON, 16)


async def test_who_is_too_young_is_barred_until_then_also_after_erasure(house: House):
    ada = await house.storage.people.find(ADA)
    until = NOON + dt.timedelta(days=1)
    await house.storage.people.bar(ada.id, NOON)
    await house.storage.people.bar(ada.id, until)
    await house.storage.people.erase(ada.id, NOON)
    assert await house.storage.people.is_barred(ADA, until - dt.timedelta(seconds=1))
    assert not await house.storage.people.is_barred(ADA, until)
    assert not await house.storage.people.is_barred(Contact("console", "bob"), NOON)
    assert await house.count("bar") == 1


async def test_erasing_somebody_takes_every_row_and_byte_of_theirs_and_leaves_others(house: House):
    ada, bob = await linked(house, "ada", "console", "telegram"), await linked(house, "bob", "console", "telegram")
    personal = [
        table for table, declared in DECLARATIONS.items() if declared.erasure in (Erasure.DELETED, Erasure.CASCADES)
    ]
    both = {table: await house.count(table) for table in personal}
    assert not {table: count for table, count in both.items() if count < 2 or count % 2}
    piece = (await house.storage.pieces.all_of(ada))[0]
    assert await house.storage.people.erase(ada, NOON) > 1
    assert {table: await house.count(table) for table in personal} == {table: n // 2 for table, n in both.items()}
    for gone in (house.storage.pieces.read(ada, piece.files[0]), house.storage.vault.get("", "", "photo")):
        with pytest.raises(Gone):
            await gone
    stored = [entry async for page in house.storage.vault.stored() for entry in page]
    assert len(stored) == await house.count("blob", "due_at IS NOT NULL")
    theirs = (await house.storage.pieces.all_of(bob))[0]
    assert await house.storage.pieces.read(bob, theirs.files[0]) == b"solid"
    assert await house.storage.people.erase(ada, NOON) == 0


async def test_a_photo_comes_back_as_it_was_and_only_to_its_owner(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    held = await house.storage.photos.keep(ada, PIXELS, SUBJECT, NOON)
    assert held.due_at == NOON + dt.timedelta(hours=24)
    assert await house.storage.photos.get(ada, held.id) == held
    assert await house.storage.photos.get(bob, held.id) is None
    assert await house.storage.photos.load(held.id) == PIXELS
    house.clock.wait(hours=25)
    assert await house.storage.photos.get(ada, held.id) is None


async def test_forgetting_photos_spares_those_that_an_open_order_needs(house: House):
    ada = await house.person()
    needed, other = await house.photo(ada), await house.photo(ada)
    job = await house.queued(ada, (needed,))
    assert await house.storage.photos.forget(ada) == 1
    assert [photo.id for photo in await house.storage.photos.held(ada)] == [needed]
    with pytest.raises(PhotoGone):
        await house.storage.photos.load(other)
    await house.move(job.id, JobStatus.CANCELLED)
    assert await house.storage.photos.forget(ada) == 1
    assert await house.storage.photos.held(ada) == []


async def test_a_photo_of_an_order_that_has_ended_goes_an_hour_after_its_figurine(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    job = await house.queued(ada, (photo,))
    in_use = await house.storage.photos.get(ada, photo)
    await house.move(job.id, JobStatus.FAILED)
    idle = await house.storage.photos.get(ada, photo)
    assert in_use
    assert idle
    assert in_use.due_at == NOON + dt.timedelta(hours=24)
    assert idle.due_at is not None
    assert idle.due_at <= in_use.due_at


async def test_an_upload_is_kept_for_its_owner_until_it_is_dropped(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    name = await house.storage.uploads.keep(ada, b"as it came")
    with pytest.raises(Gone):
        await house.storage.uploads.load(bob, name)
    await house.storage.uploads.drop(bob, [name])
    assert await house.storage.uploads.load(ada, name) == b"as it came"
    await house.storage.uploads.drop(ada, [name])
    with pytest.raises(Gone):
        await house.storage.uploads.load(ada, name)


async def test_a_figurine_is_its_owners_until_it_is_forgotten_or_its_time_is_over(house: House):
    ada, bob = await lived(house, "ada"), await lived(house, "bob")
    piece = (await house.storage.pieces.all_of(ada))[0]
    assert await house.storage.pieces.get(bob, piece.job.id) is None
    assert not await house.storage.pieces.forget(bob, piece.job.id)
    assert await house.storage.pieces.forget(ada, piece.job.id)
    assert await house.storage.pieces.all_of(ada) == []
    assert not await house.storage.pieces.forget(ada, piece.job.id)
    assert await house.storage.pieces.all_of(bob)
    house.clock.wait(days=7)
    assert await house.storage.pieces.all_of(bob) == []


async def test_of_sixty_four_who_spend_the_same_credits_one_does(house: House):
    ada = await house.person()
    job = await house.queued(ada)
    effects: list[bool] = []

    async def spend() -> None:
        async with house.database.transaction() as tx:
            await house.credits.reserve(tx, ada, job.id, 1)
            effects.append(await house.credits._holds.capture(tx, job.id))

    await asyncio.gather(*(spend() for _ in range(64)))
    assert (effects.count(True), effects.count(False)) == (1, 63)
    async with house.database.transaction() as tx:
        await house.credits.release(tx, job.id)
        await house.credits.release(tx, job.id + 1)
    assert await house.rows("SELECT amount, state FROM hold") == [{"amount": 1, "state": "captured"}]


async def test_what_was_given_back_is_not_spent(house: House):
    job = await house.queued(await house.person())
    async with house.database.transaction() as tx:
        await house.credits.release(tx, job.id)
        await house.credits.capture(tx, job.id)
    assert await house.rows("SELECT state FROM hold") == [{"state": "released"}]


async def test_an_alert_stands_with_its_first_time_until_it_is_cleared(house: House):
    watch = house.storage.watch
    await watch.raise_alert("sweep", "late")
    house.clock.wait(minutes=5)
    await watch.raise_alert("other", "")
    await watch.raise_alert("sweep", "later")
    assert [(a.name, a.detail, a.raised_at) for a in await watch.alerts()] == [
        ("sweep", "later", NOON),
        ("other", "", house.clock.now()),
    ]
    await watch.clear("sweep")
    await watch.clear("never was")
    assert [alert.name for alert in await watch.alerts()] == ["other"]


async def test_the_last_sign_of_life_is_told(house: House):
    watch = house.storage.watch
    assert await watch.last("sweep") is None
    for _ in range(2):
        await watch.beat("sweep", house.clock.wait(seconds=1))
    assert await watch.last("sweep") == house.clock.now()

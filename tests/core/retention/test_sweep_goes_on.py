"""What one thing that can't be deleted must not keep from being deleted, and what a sweep must not take back."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import IllegalTransition, ShopAway, StoreFailed
from core.records import Contact, JobStatus
from core.retention import sweep
from storage.keys.file import FILE_NAME as KEYS
from tests.core.retention.living import SECOND, House, opened_house

DAY = dt.timedelta(days=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as there:
        yield there


async def keyed(house: House) -> set[str]:
    return {entry.name async for page in house.storage.vault.keyed() for entry in page}


def jam(folder: Path, name: str) -> None:
    """Put something that can't be removed as a file in the place of a file."""
    file = folder / "blobs" / name[:2] / name
    file.unlink()
    (file / "in the way").mkdir(parents=True)


async def test_a_file_that_can_not_be_removed_keeps_no_other_one_readable(house: House, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "BATCH", 3)
    person = await house.person()
    for _ in range(8):
        await house.photo(person)
    await house.remember(person)
    jam(tmp_path, house.rows("SELECT name FROM blob ORDER BY due_at, id")[0][0])
    house.clock.time += DAY
    with pytest.raises(StoreFailed):
        await house.sweep.run(house.now)
    assert not await keyed(house)
    assert not house.rows("SELECT 1 FROM session")


async def test_an_order_of_a_person_whose_key_is_damaged_keeps_no_photo_of_others(house: House, tmp_path):
    ada, bob = await house.person("ada"), await house.person("bob")
    for person in (ada, bob):
        await house.order(person, (await house.photo(person)).id)
    (owner,) = house.rows("SELECT owner FROM person WHERE id = ?", ada)[0]
    with contextlib.closing(sqlite3.connect(tmp_path / "keys" / KEYS)) as keys, keys:
        keys.execute("UPDATE owner_key SET wrapped = zeroblob(60) WHERE owner = ?", (owner,))
    house.clock.time += DAY
    await house.sweep.run(house.now)
    assert not await keyed(house)
    assert house.rows("SELECT status FROM job") == [("expired",), ("expired",)]


async def test_an_order_that_is_made_just_before_its_expiry_stays_made(house: House):
    """The sweep has seen that the photo's time is over; then the worker is done; then the sweep goes on."""
    person = await house.person()
    job = await house.order(person, (await house.photo(person)).id)
    house.clock.time += DAY
    assert await house.storage.attic.expire_orders(house.now, 10) == [job.id]
    await house.work()
    with pytest.raises(IllegalTransition):
        await house.workshop.endings.end(job.id, JobStatus.EXPIRED, "its time was over")
    assert await house.storage.pieces.get(person, job.id)
    assert house.rows("SELECT state FROM hold") == [("captured",)]
    house.clock.time += 7 * DAY
    await house.sweep.run(house.now)
    assert house.rows("SELECT status FROM job") == [("expired",)]


async def test_somebody_too_young_whose_erasure_was_cut_short_is_erased_by_the_sweep(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    await house.order(ada, (await house.photo(ada)).id)
    await house.storage.people.bar(ada, house.now + 30 * DAY)
    await house.sweep.run(house.now)
    assert house.rows("SELECT id FROM person") == [(bob,)]
    assert not await keyed(house)
    assert await house.storage.people.is_barred(Contact("test", "ada"), house.now)


async def test_the_key_of_a_photo_that_a_person_deletes_is_in_no_file_after_the_next_sweep(house: House, tmp_path):
    person = await house.person()
    await house.photo(person)
    with contextlib.closing(sqlite3.connect(f"file:{tmp_path / 'keys' / KEYS}?mode=ro", uri=True)) as keys:
        ((wrapped,),) = keys.execute("SELECT wrapped FROM blob_key").fetchall()
    await house.storage.vault.checkpoint()
    assert await house.storage.photos.forget(person) == 1
    house.clock.time += SECOND
    await house.sweep.run(house.now)
    assert not [file.name for file in (tmp_path / "keys").glob(f"{KEYS}*") if wrapped in file.read_bytes()]


async def test_an_account_that_a_provider_can_not_close_yet_keeps_no_other_account(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    for person in (ada, bob):
        await house.close(person)

    async def away(person: int) -> None:
        if person == ada:
            raise ShopAway

    house.storage.people.before_erasing = away
    house.clock.time += 31 * DAY
    with pytest.raises(ShopAway):
        await house.sweep.run(house.now)
    assert house.rows("SELECT id FROM person") == [(ada,)]
    house.storage.people.before_erasing = None
    await house.sweep.run(house.now)
    assert not house.rows("SELECT id FROM person")

"""Credits while there is no shop: everyone can afford everything, and each order is still counted once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.model import Photo, Subject, SubjectKind
from core.records import Contact, HeldPhoto, Job, NewJob, Wanted
from core.settings import Settings
from payments.free import FreeCredits
from storage.opened import Storage, open_storage
from tests.databases import put_migrated_file

PHOTO = Photo(2, 2, bytes(12))
THING = Subject(SubjectKind.THING, 0, True)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    await put_migrated_file(tmp_path)
    async with open_storage(Settings(data={"dir": tmp_path}), SystemClock()) as opened:
        yield opened


async def an_order(storage: Storage) -> Job:
    now = SystemClock().now()
    person = await storage.people.find(Contact("test", "ada"))
    photo: HeldPhoto = await storage.photos.keep(person.id, PHOTO, THING, now)
    async with storage.database.transaction() as tx:
        job, _ = await storage.jobs.add(tx, NewJob(person.id, (photo.id,), Wanted("collector"), "origin"), now)
    return job


async def held(storage: Storage) -> list[tuple[int, str]]:
    return [(row["amount"], row["state"]) for row in await storage.database.once("SELECT amount, state FROM hold")]


async def test_everyone_can_afford_everything_and_it_is_set_aside_once(storage: Storage):
    job, credits_ = await an_order(storage), FreeCredits()
    for amount in (1_000_000, 7):
        async with storage.database.transaction() as tx:
            assert await credits_.reserve(tx, job.person_id, job.id, amount)
    assert await held(storage) == [(1_000_000, "reserved")]


@pytest.mark.parametrize(("first", "end"), [("capture", "captured"), ("release", "released")])
async def test_whichever_of_capture_and_release_comes_first_is_the_end(storage: Storage, first, end):
    job, credits_ = await an_order(storage), FreeCredits()
    async with storage.database.transaction() as tx:
        await credits_.reserve(tx, job.person_id, job.id, 1)
        for step in (first, "capture", "release", "capture"):
            await getattr(credits_, step)(tx, job.id)
    assert await held(storage) == [(1, end)]


async def test_what_was_never_set_aside_can_be_neither_spent_nor_given_back(storage: Storage):
    job, credits_ = await an_order(storage), FreeCredits()
    async with storage.database.transaction() as tx:
        await credits_.capture(tx, job.id)
        await credits_.release(tx, job.id)
    assert await held(storage) == []

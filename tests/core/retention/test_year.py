"""A year is lived in seconds, with a clock that jumps: whatever is due is gone after each sweep, and nothing before."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from core.intake.consent import BARRED
from tests.core.retention.held import DAY, HOUR, Held, held, in_use
from tests.core.retention.living import NOON, SECOND, House, opened_house

BERLIN: Final = ZoneInfo("Europe/Berlin")
STEPS: Final = 2_000  # at most
SUMMER: Final = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # half an hour before clocks go forward in Berlin
WINTER: Final = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
KINDS: Final = {
    *("photo", "upload", "result", "job", "undelivered", "inbox", "outbox", "session", "bar", "account"),
    *("post", "code", "try"),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as there:
        yield there


def nothing_is_overdue(house: House) -> None:
    overdue = {what: due for what, due in held(house).items() if due <= house.now}
    assert not overdue, (house.now, overdue)


def nothing_went_early(house: House, before: Held) -> Counter[str]:
    """How many of each kind went. A photo whose order has just expired is as one that no order needs."""
    after = held(house)
    gone = {what: due for what, due in before.items() if what not in after}
    expired = {row for row, status in house.rows("SELECT id, status FROM job") if status == "expired"}
    closed = {row for kind, row in gone if kind == "account"}
    for (kind, row), due in gone.items():
        early = due > house.now
        if early and kind == "photo":
            early = in_use(house, row) or not _made_long_ago(house, row)
        if early and kind == "undelivered":
            early = row not in expired
        assert not early or closed, (house.now, kind, row, due)
    return Counter(kind for kind, _ in gone)


def _made_long_ago(house: House, photo: int) -> bool:
    last = house.at("SELECT id, last_made_at, NULL FROM photo WHERE id = ?", photo)
    return bool(last) and last[0][1] is not None and last[0][1] + HOUR <= house.now


async def swept(house: House) -> Counter[str]:
    """Sweep, in whatever timezone, and see that what is there is what may be there."""
    before = held(house)
    await house.sweep.run(house.now.astimezone(BERLIN))
    nothing_is_overdue(house)
    return nothing_went_early(house, before)


class Year:
    """What many people do, at random."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._chance = random.Random(seed)  # noqa: S311 -- what happens when
        self._number = 0
        self._back = 0

    async def step(self) -> None:
        """Some things happen, and then some time passes."""
        for _ in range(self._chance.randint(1, 4)):
            await self._chance.choice(self._deeds)(await self._someone())
        self._house.clock.time += self._passes()

    @property
    def _deeds(self) -> list[Callable[[int], Awaitable[object]]]:
        house = self._house
        return [
            *[self._sends, self._orders, self._again, lambda _: house.work(), lambda _: house.deliver()] * 3,
            *[
                self._writes,
                house.remember,
                house.link,
                self._takes_back,
                self._forgets,
                self._uploads,
                self._closes,
                self._is_young,
            ],
        ]

    def _passes(self) -> dt.timedelta:
        """Mostly up to a day or two, often exactly a limit; sometimes the machine is off, or its clock is set back."""
        kind = self._chance.random()
        if kind < 0.02:
            self._back += 1
            return -self._chance.choice((HOUR, DAY))
        if kind < 0.03:
            return 7 * DAY
        if kind < 0.3:
            return self._chance.choice((HOUR, DAY, DAY - HOUR)) + self._chance.choice((-SECOND, 0 * SECOND, SECOND))
        return self._chance.random() * 1.6 * DAY

    async def _someone(self) -> int:
        return await self._house.person(f"person {self._chance.randrange(12)}")

    async def _sends(self, person: int) -> None:
        await self._house.photo(person)

    async def _orders(self, person: int) -> None:
        photos = [photo.id for photo in await self._house.storage.photos.held(person)]
        if photos:
            await self._house.order(person, *self._chance.sample(photos, min(self._chance.randint(1, 3), len(photos))))

    async def _again(self, person: int) -> None:
        """Order, make, and order the same once more at the last moment that the photo is there."""
        photo = await self._house.photo(person)
        for _ in range(self._chance.randint(2, 4)):
            if await self._house.storage.photos.get(person, photo.id):
                await self._house.order(person, photo.id)
            await self._house.work()
            self._house.clock.time += HOUR - SECOND

    async def _takes_back(self, person: int) -> None:
        for job in (await self._house.workshop.orders.pending(person))[:1]:
            await self._house.workshop.orders.cancel(person, job.id)

    async def _writes(self, person: int) -> None:
        self._number += 1
        await self._house.update(person, f"update {self._number}", handled=self._chance.random() < 0.5)

    async def _uploads(self, person: int) -> None:
        await self._house.storage.uploads.keep(person, b"a file as it came")

    async def _forgets(self, person: int) -> None:
        await self._house.storage.photos.forget(person)

    async def _closes(self, person: int) -> None:
        if self._chance.random() < 0.2:
            await self._house.close(person)

    async def _is_young(self, person: int) -> None:
        """Somebody says so who has nothing there: of everybody else who is barred, the sweep takes all away at once."""
        kid = await self._house.person(f"a kid, not {person}, at {self._house.now}")
        await self._house.storage.people.bar(kid, self._house.now + BARRED)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(20 if os.environ.get("PROVE") else 1))
async def test_over_a_year_nothing_is_overdue_after_a_sweep_and_nothing_goes_before_its_time(house: House, seed: int):
    year, gone = Year(house, seed), Counter[str]()
    for _ in range(STEPS):
        await year.step()
        gone += await swept(house)
        if house.now > NOON + 400 * DAY:
            break
    assert house.now > NOON + 365 * DAY
    assert set(gone) == KINDS
    assert year._back


async def _photo_made(house: House) -> dt.datetime:
    await _figurine(house)
    return house.now + HOUR


async def _photo_unused(house: House) -> dt.datetime:
    await house.photo(await house.person())
    return house.now + DAY


async def _photo_needed(house: House) -> dt.datetime:
    person = await house.person()
    await house.order(person, (await house.photo(person)).id)
    return house.now + DAY


async def _photo_again(house: House) -> dt.datetime:
    """Made again and again, and ordered once more: what counts is the first figurine."""
    person = await house.person()
    photo, first = await house.photo(person), house.now
    for _ in range(24):
        await house.order(person, photo.id)
        await house.work()
        house.clock.time += HOUR - SECOND
    await house.order(person, photo.id)
    return first + DAY


async def _result(house: House) -> dt.datetime:
    await _figurine(house)
    await house.deliver()
    await house.deliver()
    return house.now + 7 * DAY


async def _undelivered(house: House) -> dt.datetime:
    await _figurine(house)
    return house.now + 7 * DAY


async def _job(house: House) -> dt.datetime:
    job = await house.order(person := await house.person(), (await house.photo(person)).id)
    await house.workshop.orders.cancel(person, job.id)
    return house.now + 90 * DAY


async def _upload(house: House) -> dt.datetime:
    await house.storage.uploads.keep(await house.person(), b"a file")
    return house.now + DAY


async def _unhandled(house: House) -> dt.datetime:
    await house.update(await house.person(), "1", handled=False)
    return house.now + DAY


async def _handled(house: House) -> dt.datetime:
    await house.update(await house.person(), "1", handled=True)
    return house.now + 3 * DAY


async def _sent(house: House) -> dt.datetime:
    await _figurine(house)
    while await house.deliver():
        pass
    return house.now + 3 * DAY


async def _unsent(house: House) -> dt.datetime:
    await _figurine(house)
    return house.now + 7 * DAY


async def _session(house: House) -> dt.datetime:
    await house.remember(await house.person())
    return house.now + DAY


async def _bar(house: House) -> dt.datetime:
    await house.storage.people.bar(await house.person("a kid"), house.now + BARRED)
    return house.now + BARRED


async def _post(house: House) -> dt.datetime:
    await house.link(await house.person())
    return house.now + 7 * DAY


async def _code(house: House) -> dt.datetime:
    await house.link(await house.person())
    return house.now + dt.timedelta(minutes=10)


async def _try(house: House) -> dt.datetime:
    await house.link(await house.person())
    return house.now + HOUR


async def _account(house: House) -> dt.datetime:
    await house.close(await house.person())
    return house.now + 30 * DAY


async def _figurine(house: House) -> None:
    person = await house.person()
    await house.order(person, (await house.photo(person)).id)
    await house.work()


BOUNDARIES: Final = {
    "photo": (_photo_made, _photo_unused, _photo_needed, _photo_again),
    "result": (_result,),
    "undelivered": (_undelivered,),
    "job": (_job,),
    "upload": (_upload,),
    "inbox": (_unhandled, _handled),
    "outbox": (_sent, _unsent),
    "session": (_session,),
    "bar": (_bar,),
    "post": (_post,),
    "code": (_code,),
    "try": (_try,),
    "account": (_account,),
}


@pytest.mark.parametrize("start", [NOON, SUMMER, WINTER], ids=["noon", "clocks go forward", "clocks go back"])
async def test_everything_is_there_a_second_before_its_time_and_gone_at_it(house: House, start: dt.datetime):
    house.clock.time = start
    for kind, make in [(kind, make) for kind, makers in BOUNDARIES.items() for make in makers]:
        due = await make(house)
        house.clock.time = due - SECOND
        await swept(house)
        assert due in _ends(house, kind), make
        house.clock.time = due
        assert (await swept(house))[kind] >= 1, make
        assert due not in _ends(house, kind), make
        house.clock.time = due + SECOND
        await swept(house)


def _ends(house: House, kind: str) -> list[dt.datetime]:
    return [at for (what, _), at in held(house).items() if what == kind]


async def test_a_clock_that_is_set_back_brings_nothing_back_and_lengthens_no_photo(house: House):
    due = await _photo_made(house)
    house.clock.time -= DAY
    assert not await swept(house)
    person = await house.person()
    (photo,) = await house.storage.photos.held(person)
    await house.order(person, photo.id)
    await house.work()
    (photo,) = await house.storage.photos.held(person)
    assert photo.due_at is not None
    assert photo.due_at <= due
    house.clock.time = due
    assert (await swept(house))["photo"] == 1


async def test_an_order_that_would_outlive_its_photo_expires_and_costs_nothing(house: House):
    house.clock.time = await _photo_needed(house)
    await swept(house)
    assert house.rows("SELECT status, state FROM job JOIN hold ON job_id = job.id") == [("expired", "released")]
    assert [row for (row,) in house.rows("SELECT notice FROM outbox")] == ["ended"]

"""The sweep stops for nothing but its end: stopped anywhere it leaves less, and what goes wrong with it is seen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import StoreFailed
from core.money import NewPurchase, Rail, SubscriptionState
from core.retention import sweep
from core.retention.schedule import Schedule, Task
from core.retention.sweep import Sweep
from core.supervision import in_background, stop
from tests.core.retention.held import DAY, Held, held
from tests.core.retention.living import SECOND, House, opened_house

MOMENT = dt.timedelta(seconds=0.02)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as there:
        yield there


async def lived(house: House) -> None:
    """One thing of every kind but a closed account, all due in a hundred days."""
    person = await house.person()
    await house.order(person, (await house.photo(person)).id)
    await house.work()
    await house.order(person, (await house.photo(person)).id)
    await house.update(person, "1", handled=True)
    await house.remember(person)
    await house.link(person)
    await house.storage.uploads.keep(person, b"a file")
    await house.storage.people.bar(person, house.now)
    await house.storage.codes.issue("SPRING", 1, 1, house.now)
    await house.storage.provider_events.add(Rail.STRIPE, "evt_1", "kind", "subject", house.now)
    async with house.storage.database.transaction() as tx:
        new = NewPurchase(person, "number", Rail.STRIPE, "pack:small", 5, "eur", 200)
        await house.storage.purchases.add(tx, new, house.now)
        ended = (SubscriptionState.ENDED, None, True, "", house.now)
        await house.storage.subscriptions.put(tx, person, Rail.STRIPE, "sub_1", "monthly", *ended)
    house.clock.time += 100 * DAY


def files(house: House) -> list[str]:
    """The names of the encrypted files on the disk."""
    return [file.name for file in Path(house.rows("PRAGMA database_list")[0][2]).parent.glob("blobs/??/*")]


def contents(things: Held) -> set[tuple[str, int]]:
    """Those that hold something of a person; an order that expires is told in a new message."""
    return {(kind, number) for kind, number in things if kind not in ("job", "outbox", "undelivered")}


async def test_a_preview_counts_what_the_sweep_then_deletes_and_changes_nothing(house: House):
    await lived(house)
    before = held(house)
    due = await house.sweep.preview(house.now)
    assert held(house) == before
    gone = await house.sweep.run(house.now)
    # The second order has yet to expire, which writes one more message and frees its photo's row of the order.
    assert {what: due[what] for what in ("orders", "blobs", "session rows", "inbox rows", "bar rows")} == {
        what: gone[what] for what in ("orders", "blobs", "session rows", "inbox rows", "bar rows")
    }
    assert min(gone[what] for what in gone if what not in ("accounts", "job rows", "blob rows")) >= 1
    assert not files(house)


async def test_that_there_was_a_file_is_remembered_for_three_days_and_then_not_even_that(house: House):
    await lived(house)
    await house.sweep.run(house.now)
    for days, left in ((3 * DAY - SECOND, True), (SECOND, False)):
        house.clock.time += days
        await house.sweep.run(house.now)
        assert bool(house.rows("SELECT * FROM blob")) is left
        assert bool(house.rows("SELECT * FROM photo")) is left


async def test_many_due_rows_go_in_batches_between_which_others_get_their_turn(house: House, monkeypatch):
    monkeypatch.setattr(sweep, "BATCH", 10)
    person = await house.person()
    for number in range(55):
        await house.update(person, str(number), handled=True)
    house.clock.time += 100 * DAY
    left = []

    async def look() -> None:
        while True:
            left.append(house.rows("SELECT count(*) FROM inbox")[0][0])
            await asyncio.sleep(0)

    looking = in_background(look(), "another's turn")
    await house.sweep.run(house.now)
    await stop(looking)
    assert len({count for count in left if 0 < count < 55}) >= 3


async def test_two_sweeps_at_once_take_everything_once(house: House):
    await lived(house)
    await asyncio.gather(house.sweep.run(house.now), house.sweep.run(house.now))
    assert not files(house)
    assert house.rows("SELECT job_id FROM outbox WHERE notice = 'ended' ORDER BY job_id") == [(1,), (2,)]
    assert not any((await house.sweep.run(house.now)).values())


@pytest.mark.parametrize("step", ["_keys", "_blobs", "_database"])
async def test_a_sweep_that_breaks_between_key_bytes_and_row_leaves_less_and_the_next_one_ends_it(
    house: House, monkeypatch, step: str
):
    """The three steps of a deletion: the second and third fail once, and the first before it has done anything."""
    await lived(house)
    vault = house.storage.vault
    broken, name = {"_keys": (vault._keys, "destroy"), "_blobs": (vault._blobs, "delete")}.get(
        step, (house.storage.attic._blobs._database, "checkpoint")
    )

    async def fails(*_: object) -> None:
        raise StoreFailed("no answer")

    before = held(house)
    with monkeypatch.context() as patched:
        patched.setattr(broken, name, fails)
        with pytest.raises(StoreFailed):
            await house.sweep.run(house.now)
    assert contents(held(house)) <= contents(before)
    keyed = {entry.name async for page in vault.keyed() for entry in page}
    assert keyed <= set(files(house))
    await house.sweep.run(house.now)
    assert not files(house)
    assert all(due > house.now for due in held(house).values())


async def test_a_sweep_that_fails_raises_an_alert_that_is_cleared_when_it_works_again(house: House):
    await lived(house)
    (name, *_) = files(house)
    file = next(Path(house.rows("PRAGMA database_list")[0][2]).parent.glob(f"blobs/??/{name}"))
    file.unlink()
    (file / "in the way").mkdir(parents=True)  # a folder can't be removed as a file
    watch, running = house.storage.watch, Sweep.run

    async def sweep_now() -> None:
        await running(house.sweep, house.now)

    schedule = Schedule([Task("sweep", MOMENT, sweep_now)], house.clock, watch, watch, pulse=0.05)
    task = in_background(schedule.run(), "schedule")
    try:
        await until(watch.alerts, lambda alerts: [alert.detail for alert in alerts] == ["failed with StoreFailed"])
        (alert,) = await watch.alerts()
        assert alert.name == "schedule.sweep"
        assert await watch.last("sweep") is None
        (file / "in the way").rmdir()
        file.rmdir()
        await until(watch.alerts, lambda alerts: not alerts)
        assert await watch.last("sweep") is not None
    finally:
        await stop(task)
    assert not files(house)


async def until(look, found, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not found(await look()):  # noqa: ASYNC110 -- rows tell nobody that they have changed
            await asyncio.sleep(0.02)

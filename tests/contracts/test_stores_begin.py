"""What is begun the moment it is kept, so that nobody has to look for it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from core.records import Update
from core.supervision import in_background
from storage.database import FILE_NAME
from storage.people import CONTACT
from tests.databases import CONSOLE, NOON, House, open_house

SECRET = b"a marker that stands for words"


async def begin(house: House, person: int, key: str) -> tuple[int, bool, Update | None]:
    return await house.storage.inbox.begin(person, CONSOLE, key, SECRET, house.clock.now(), "", 30)


async def take(house: House) -> Update | None:
    return await house.storage.inbox.next(CONSOLE, house.clock.now(), 30, ())


async def test_an_update_of_somebody_who_waits_for_nothing_is_begun_as_it_is_kept(house: House):
    ada = await house.person("ada")
    number, new, update = await begin(house, ada, "1")
    assert new
    if update is None:  # PostgreSQL can't tell for sure that there is no other one, so it is looked for.
        update = await take(house)
    assert update
    assert (update.id, update.person_id, update.attempts, update.payload) == (number, ada, 1, SECRET)
    assert await take(house) is None, "it is leased"
    house.clock.wait(seconds=31)
    again = await take(house)
    assert again
    assert (again.id, again.attempts) == (number, 2), "whoever began it has died"


async def test_what_comes_while_another_one_waits_is_kept_for_its_turn_and_what_came_before_is_not_new(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    first, _, _ = await begin(house, ada, "1")
    second, new, update = await begin(house, ada, "2")
    assert (new, update) == (True, None)
    assert await begin(house, ada, "1") == (first, False, None)
    begun = await asyncio.gather(*(begin(house, bob, f"his {number}") for number in range(5)))
    assert sum(update is not None for _, _, update in begun) <= 1
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, first, house.clock.now())
    numbers = {update.id for update in [await take(house), await take(house)] if update}
    assert second in numbers


async def test_while_another_process_writes_brief_transactions_and_single_changes_wait_for_it(tmp_path: Path):
    async with open_house(tmp_path) as house:
        ada = await house.person("ada")
        file = house.database.folder / FILE_NAME
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        received = in_background(house.storage.inbox.receive(ada, CONSOLE, "1", SECRET, NOON), "receiving")
        handled = in_background(_handled(house), "handling")
        _, pending = await asyncio.wait([received, handled], timeout=0.2)
        assert len(pending) == 2, "the event loop goes on meanwhile"
        other.execute("COMMIT")
        number, new = await received
        await handled
        assert new
        assert number
        other.close()


async def _handled(house: House) -> None:
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, 77, house.clock.now())


async def test_a_brief_transaction_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path):
    async with open_house(tmp_path) as house:
        for name in ("lost", "kept"):
            try:
                async with house.database.transaction() as tx:
                    tx.briefly()
                    await tx.query("INSERT INTO beat (name, at) VALUES ($1, $2)", name, house.clock.now())
                    if name == "lost":
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        assert [row["name"] for row in await house.rows("SELECT name FROM beat")] == ["kept"]


async def test_how_somebody_is_reached_is_found_without_going_through_everybody_else(tmp_path: Path):
    async with open_house(tmp_path) as house:
        plan = await house.rows("EXPLAIN QUERY PLAN " + CONTACT.replace("$1", "1").replace("$2", "'telegram'"))
        steps = [row["detail"] for row in plan]
        assert not [step for step in steps if step.startswith("SCAN") or "(platform=?)" in step]

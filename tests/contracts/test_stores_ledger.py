"""What every database promises of the ledger: nothing is lost, nothing is spent twice, nothing is ever changed."""

from __future__ import annotations

import asyncio
import datetime as dt
import os

import asyncpg
import pytest

from core.money import Balance, Book, Entry, Reason
from payments.credits import LedgerCredits
from tests.contracts.test_stores_database import REFUSALS
from tests.databases import NOON, House

SPENDERS = 64
ROUNDS = 1_000 if os.environ.get("PROVE") else 20
WRONG = "INSERT INTO transfer (cause, reason, giving, giving_purse_id, taking, taking_purse_id, amount, at) VALUES "

REFUSED = (
    "UPDATE transfer SET amount = 1",
    "UPDATE transfer SET cause = 'another'",
    "DELETE FROM transfer",
    "DELETE FROM purse",
    "UPDATE purse SET available = -1",
    "UPDATE purse SET reserved = -1",
    f"{WRONG} ('x', 'goodwill', 'available', 1, 'reserved', 1, 4, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'reserved', 1, 'revenue', NULL, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'promotion', NULL, 'available', 1, 0, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'promotion', NULL, 'available', 1, -1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'available', 1, 'refunds', NULL, -1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'promotion', NULL, 'available', NULL, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'promotion', 1, 'available', 1, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'available', 1, 'available', 1, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'sales', NULL, 'sales', NULL, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'nonsense', 'sales', NULL, 'available', 1, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'nonsense', NULL, 'available', 1, 1, '2026-05-01 12:00:00+00:00')",
    f"{WRONG} ('x', 'goodwill', 'promotion', NULL, 'available', 99, 1, '2026-05-01 12:00:00+00:00')",
    "INSERT INTO purse (person_id, available, reserved) VALUES (1, 0, 0)",
)


async def move(
    house: House,
    person: int,
    cause: str,
    amount: int,
    giving: Book = Book.PROMOTION,
    taking: Book = Book.AVAILABLE,
    reason: Reason = Reason.GOODWILL,
) -> bool:
    async with house.database.transaction() as tx:
        return await house.storage.ledger.move(tx, person, reason, cause, giving, taking, amount, house.clock.now())


async def spend(house: House, person: int, cause: str, amount: int = 1) -> bool:
    return await move(house, person, cause, amount, Book.AVAILABLE, Book.RESERVED, Reason.RESERVE)


async def take_back(house: House, person: int, cause: str, most: int) -> int:
    async with house.database.transaction() as tx:
        return await house.storage.ledger.take_back(tx, person, Reason.REFUND, cause, most, house.clock.now())


async def sound(house: House) -> None:
    assert await house.storage.ledger.contradictions() == []
    assert sum((await house.storage.ledger.totals()).values()) == 0


async def test_credits_come_are_set_aside_and_spent_and_the_books_say_why(house: House):
    ada, bob, ledger = await house.person("ada"), await house.person("bob"), house.storage.ledger
    assert await ledger.balance(ada) == Balance(0, 0)
    assert await move(house, ada, "welcome:1", 3, reason=Reason.WELCOME)
    assert await move(house, bob, "welcome:2", 5, reason=Reason.WELCOME)
    house.clock.wait(hours=1)
    assert await spend(house, ada, "job:1:reserve", 2)
    assert await ledger.balance(ada) == Balance(1, 2)
    assert await move(house, ada, "job:1:capture", 2, Book.RESERVED, Book.REVENUE, Reason.CAPTURE)
    assert await ledger.balance(ada) == Balance(1, 0)
    assert await ledger.balance(bob) == Balance(5, 0)
    later = NOON + dt.timedelta(hours=1)
    assert await ledger.entries(ada) == [
        Entry(Reason.CAPTURE, "job:1:capture", Book.RESERVED, Book.REVENUE, 2, later),
        Entry(Reason.RESERVE, "job:1:reserve", Book.AVAILABLE, Book.RESERVED, 2, later),
        Entry(Reason.WELCOME, "welcome:1", Book.PROMOTION, Book.AVAILABLE, 3, NOON),
    ]
    assert [entry.cause for entry in await ledger.entries(ada, 1)] == ["job:1:capture"]
    empty = dict.fromkeys(Book, 0)
    assert await ledger.totals() == empty | {Book.PROMOTION: -8, Book.AVAILABLE: 6, Book.REVENUE: 2}
    await sound(house)


async def test_too_few_credits_move_nothing(house: House):
    ada = await house.person()
    assert not await spend(house, ada, "a")
    await move(house, ada, "b", 2)
    assert not await spend(house, ada, "a", 3)
    assert await spend(house, ada, "a", 2)
    assert not await move(house, ada, "c", 3, Book.RESERVED, Book.REVENUE, Reason.CAPTURE)
    assert await house.storage.ledger.balance(ada) == Balance(0, 2)
    assert [entry.cause for entry in await house.storage.ledger.entries(ada)] == ["a", "b"]


async def test_a_cause_moves_credits_once_and_says_so_also_when_there_are_too_few_by_then(house: House):
    ada = await house.person()
    for _ in range(3):
        assert await move(house, ada, "welcome", 2)
    for _ in range(3):
        assert await spend(house, ada, "job", 2)
    assert await house.storage.ledger.balance(ada) == Balance(0, 2)
    async with house.database.transaction() as tx:
        assert [await house.storage.ledger.moved(tx, cause) for cause in ("job", "welcome", "no")] == [2, 2, 0]


async def test_nothing_moves_to_or_from_somebody_who_is_not_there(house: House):
    assert not await move(house, 99, "a", 1)
    assert not await spend(house, 99, "a")
    assert await take_back(house, 99, "b", 3) == 0
    assert await house.count("purse") == 0


async def test_what_a_transaction_that_fails_has_moved_never_moved(house: House):
    ada = await house.person()
    await move(house, ada, "welcome", 2)
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            assert await house.storage.ledger.move(
                tx, ada, Reason.RESERVE, "job", Book.AVAILABLE, Book.RESERVED, 2, NOON
            )
            raise RuntimeError
    assert await house.storage.ledger.balance(ada) == Balance(2, 0)
    assert await spend(house, ada, "job", 2)


async def test_of_64_who_spend_one_credit_at_once_exactly_one_does(house: House):
    ada = await house.person()
    for number in range(ROUNDS):
        assert await move(house, ada, f"one:{number}", 1)
        spent = await asyncio.gather(*(spend(house, ada, f"{number}:{each}") for each in range(SPENDERS)))
        assert spent.count(True) == 1
        assert await house.storage.ledger.balance(ada) == Balance(0, number + 1)
    await sound(house)


async def test_the_same_cause_at_the_same_time_moves_credits_once(house: House):
    people = [await house.person(name) for name in ("ada", "bob")]
    for number in range(5):
        moved = await asyncio.gather(*(move(house, people[each % 2], f"grant:{number}", 7) for each in range(16)))
        assert all(moved)
        assert sum([(await house.storage.ledger.balance(each)).available for each in people]) == 7 * (number + 1)
    for person in people:
        available = (await house.storage.ledger.balance(person)).available
        spent = await asyncio.gather(*(spend(house, person, f"spend:{person}", available or 1) for _ in range(16)))
        assert set(spent) == {available > 0}
    assert (await house.storage.ledger.totals())[Book.RESERVED] == 35
    await sound(house)


async def test_a_refund_takes_back_what_is_there_once_and_remembers_how_many_that_were(house: House):
    ada = await house.person()
    await move(house, ada, "bought", 5)
    await spend(house, ada, "job", 3)
    assert await take_back(house, ada, "refund", 5) == 2
    await move(house, ada, "bought again", 4)
    assert await take_back(house, ada, "refund", 5) == 2
    assert await take_back(house, ada, "another", 3) == 3
    assert await house.storage.ledger.balance(ada) == Balance(1, 3)
    assert (await house.storage.ledger.totals())[Book.REFUNDS] == 5
    await sound(house)


async def test_that_there_was_nothing_to_take_back_is_remembered_too(house: House):
    ada = await house.person()
    assert await take_back(house, ada, "refund", 5) == 0
    await move(house, ada, "bought", 5)
    assert await take_back(house, ada, "refund", 5) == 0
    assert await house.storage.ledger.balance(ada) == Balance(5, 0)
    assert [entry.cause for entry in await house.storage.ledger.entries(ada)] == ["bought"]


async def test_refunds_of_one_cause_at_the_same_time_take_once(house: House):
    ada = await house.person()
    await move(house, ada, "bought", 5)
    assert await asyncio.gather(*(take_back(house, ada, "refund", 2) for _ in range(16))) == [2] * 16
    assert await house.storage.ledger.balance(ada) == Balance(3, 0)


async def test_the_database_itself_refuses_what_no_book_may_say(house: House):
    ada = await house.person()
    await move(house, ada, "welcome", 3)
    for statement in REFUSED:
        with pytest.raises(REFUSALS):
            await house.rows(statement)
        assert await house.count("transfer") == await house.count("purse") == 1, statement
    assert await house.storage.ledger.balance(ada) == Balance(3, 0)
    await sound(house)


async def test_nobody_empties_the_books_by_a_way_around_either(house: House):
    ada = await house.person()
    await move(house, ada, "welcome", 3)
    if house.database.is_postgres:
        with pytest.raises(asyncpg.PostgresError):
            await house.rows("TRUNCATE transfer")
    else:
        at = "'2026-05-01 12:00:00+00:00'"
        values = f"'goodwill', 'promotion', NULL, 'available', 1, 9, {at})"
        await house.rows(f"{WRONG.replace('INSERT', 'INSERT OR REPLACE')} ('welcome', {values}")
        values = f"'goodwill', 'available', 1, 'reserved', 1, 9, {at})"
        with pytest.raises(REFUSALS):
            await house.rows(f"{WRONG.replace('INSERT', 'INSERT OR IGNORE')} ('x', {values}")
    assert await house.storage.ledger.balance(ada) == Balance(3, 0)
    await sound(house)


async def test_a_balance_that_is_not_what_was_moved_is_told_without_anything_personal(house: House):
    ada = await house.person()
    await move(house, ada, "welcome", 3)
    await house.rows("UPDATE purse SET available = 4, reserved = 1")
    assert await house.storage.ledger.contradictions() == [
        "purse 1: 4 available and 1 reserved, but 3 and 0 by its entries"
    ]


async def test_an_order_is_set_aside_and_ends_once_in_one_way(house: House):
    ada, paying = await house.person(), LedgerCredits(house.storage.ledger, house.clock)
    await move(house, ada, "welcome", 5)
    made, given_back = [await house.accepted(ada) for _ in range(2)]
    async with house.database.transaction() as tx:
        for job in (made, made, given_back):
            assert await paying.reserve(tx, ada, job.id, 2)
    assert await house.storage.ledger.balance(ada) == Balance(1, 4)
    async with house.database.transaction() as tx:
        for _ in range(2):
            await paying.capture(tx, made.id)
            await paying.release(tx, made.id)
            await paying.release(tx, given_back.id)
            await paying.capture(tx, given_back.id)
    assert await house.storage.ledger.balance(ada) == Balance(3, 0)
    assert (await house.storage.ledger.totals())[Book.REVENUE] == 2
    await sound(house)


async def test_an_order_that_costs_too_much_leaves_no_trace_and_can_be_paid_later(house: House):
    ada, paying = await house.person(), LedgerCredits(house.storage.ledger, house.clock)
    job = await house.accepted(ada)
    await move(house, ada, "welcome", 1)
    async with house.database.transaction() as tx:
        assert not await paying.reserve(tx, ada, job.id, 2)
    assert await house.count("hold") == 0
    await move(house, ada, "bought", 1)
    async with house.database.transaction() as tx:
        assert await paying.reserve(tx, ada, job.id, 2)
    assert await house.storage.ledger.balance(ada) == Balance(0, 2)


async def test_orders_of_the_time_before_credits_were_counted_end_free_and_those_of_the_time_with_end_counted(
    house: House,
):
    ada, ledger = await house.person(), house.storage.ledger
    free, counting = [LedgerCredits(ledger, house.clock, counting=each) for each in (False, True)]
    await move(house, ada, "welcome", 4)
    jobs = [await house.accepted(ada) for _ in range(3)]
    async with house.database.transaction() as tx:
        assert await free.reserve(tx, ada, jobs[0].id, 2)
        assert await counting.reserve(tx, ada, jobs[1].id, 2)
        assert await counting.reserve(tx, ada, jobs[2].id, 0)
        await counting.capture(tx, jobs[0].id)
        await counting.capture(tx, jobs[2].id)
    assert await ledger.balance(ada) == Balance(2, 2)
    async with house.database.transaction() as tx:
        await free.release(tx, jobs[1].id)
    assert await ledger.balance(ada) == Balance(4, 0)
    assert await house.count("hold", "state = 'captured'") == 2


@pytest.mark.parametrize("counted", [True, False])
async def test_nobody_spends_the_same_credit_on_many_orders_at_once(house: House, counted: bool):
    ada, paying = await house.person(), LedgerCredits(house.storage.ledger, house.clock, counting=counted)
    await move(house, ada, "welcome", 3)
    photo = await house.photo(ada)
    jobs = [await house.accepted(ada, (photo,)) for _ in range(12)]

    async def reserve(job_id: int) -> bool:
        async with house.database.transaction() as tx:
            return await paying.reserve(tx, ada, job_id, 1)

    reserved = await asyncio.gather(*(reserve(job.id) for job in jobs))
    assert reserved.count(True) == (3 if counted else 12)
    assert await house.count("hold") == reserved.count(True)
    await sound(house)

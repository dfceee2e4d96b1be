"""What every database promises of codes that are worth credits, of invitations, and of who has been welcomed."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from core.money import Book, Reason
from core.records import Contact
from tests.databases import NOON, House

DAY = dt.timedelta(days=1)
ADA = Contact("console", "ada")


async def redeem(house: House, person: int, code: str, now: dt.datetime = NOON) -> tuple[int, int] | None:
    async with house.database.transaction() as tx:
        return await house.storage.codes.redeem(tx, person, code, now)


async def invited(house: House, person: int, inviter: int) -> bool:
    async with house.database.transaction() as tx:
        return await house.storage.codes.invited(tx, person, inviter, NOON)


async def rewarded(house: House, person: int, now: dt.datetime = NOON) -> int | None:
    async with house.database.transaction() as tx:
        return await house.storage.codes.rewarded(tx, person, now)


async def invitations(house: House, inviter: int, since: dt.datetime = NOON - DAY) -> int:
    async with house.database.transaction() as tx:
        return await house.storage.codes.invitations(tx, inviter, since)


async def welcomed(house: House, contact: Contact = ADA, now: dt.datetime = NOON) -> bool:
    async with house.database.transaction() as tx:
        return await house.storage.codes.welcomed(tx, contact, now)


async def test_a_code_is_worth_its_credits_once_for_each_and_for_as_many_as_may_use_it(house: House):
    people = [await house.person(name) for name in ("ada", "bob", "eve")]
    await house.storage.codes.issue("SPRING", 7, 2, NOON + DAY)
    await house.storage.codes.issue("SPRING", 9, 9, NOON + 9 * DAY)
    assert await redeem(house, people[0], "WINTER") is None
    assert await redeem(house, people[0], "SPRING", NOON + DAY) is None
    assert await redeem(house, people[0], "SPRING") == (1, 7)
    assert await redeem(house, people[0], "SPRING") is None
    assert await redeem(house, people[1], "SPRING") == (1, 7)
    assert await redeem(house, people[2], "SPRING") is None
    assert await redeem(house, 99, "SPRING") is None
    assert await house.rows("SELECT used FROM code") == [{"used": 2}]
    assert not [row for row in await house.rows("SELECT * FROM code") if "SPRING" in str(row)]


async def test_of_many_who_use_the_last_use_of_a_code_at_once_one_has_it(house: House):
    people = [await house.person(name) for name in ("ada", "bob", "eve", "dan")]
    for number in range(8):
        await house.storage.codes.issue(str(number), 7, 1, NOON + DAY)
        had = await asyncio.gather(*(redeem(house, each, str(number)) for each in people * 3))
        assert len([each for each in had if each]) == 1
    assert await house.count("code_use") == 8


async def test_somebody_who_uses_a_code_many_times_at_once_has_it_once(house: House):
    ada = await house.person()
    await house.storage.codes.issue("SPRING", 7, 100, NOON + DAY)
    had = await asyncio.gather(*(redeem(house, ada, "SPRING") for _ in range(12)))
    assert len([each for each in had if each]) == 1
    assert await house.rows("SELECT used FROM code") == [{"used": 1}]


async def test_a_code_whose_transaction_fails_was_not_used(house: House):
    ada = await house.person()
    await house.storage.codes.issue("SPRING", 7, 1, NOON + DAY)
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            assert await house.storage.codes.redeem(tx, ada, "SPRING", NOON)
            raise RuntimeError
    assert await redeem(house, ada, "SPRING") == (1, 7)


async def test_a_word_for_inviting_stays_the_same_and_is_in_no_row(house: House):
    ada, bob, codes = await house.person("ada"), await house.person("bob"), house.storage.codes
    words = set(await asyncio.gather(*(codes.invitation(ada) for _ in range(8))))
    word = await codes.invitation(ada)
    assert word in words
    assert word != await codes.invitation(bob)
    assert word.isalnum()
    assert word.isascii()
    assert not [row for row in await house.rows("SELECT * FROM invitation") if word in str(row)]
    async with house.database.transaction() as tx:
        for each in words | {f" {word.upper()} "}:
            assert await codes.inviter(tx, each) == ada
        assert await codes.inviter(tx, "nonsense") is None
    assert await codes.invitation(99) == ""


async def test_somebody_is_invited_once_and_by_somebody_else_and_rewarded_once(house: House):
    ada, bob, eve = [await house.person(name) for name in ("ada", "bob", "eve")]
    assert not await invited(house, ada, ada)
    assert not await invited(house, ada, 99)
    assert not await invited(house, 99, ada)
    assert await invited(house, bob, ada)
    assert not await invited(house, bob, ada)
    assert not await invited(house, bob, eve)
    assert await rewarded(house, eve) is None
    assert await invitations(house, ada) == 0
    assert await asyncio.gather(*(rewarded(house, bob) for _ in range(6))) in (
        [[ada if each == first else None for each in range(6)] for first in range(6)]
    )
    assert await invitations(house, ada) == 1
    assert await invitations(house, ada, NOON) == 0
    assert await invitations(house, eve) == 0


async def test_a_guest_who_is_erased_still_counts_and_is_nobody(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    await invited(house, bob, ada)
    await rewarded(house, bob)
    await house.storage.people.erase(bob, NOON)
    assert await invitations(house, ada) == 1
    assert await house.count("guest", "person_id IS NULL") == 1
    await house.storage.people.erase(ada, NOON)
    assert await house.count("guest") == 0


async def test_somebody_is_welcomed_once_within_ninety_days(house: House):
    assert not await welcomed(house)
    assert await welcomed(house)
    assert not await welcomed(house, Contact("telegram", "ada"))
    assert await welcomed(house, now=NOON + 89 * DAY)
    assert not await welcomed(house, now=NOON + 90 * DAY)
    assert await welcomed(house, now=NOON + 100 * DAY)
    assert sorted(await asyncio.gather(*(welcomed(house, Contact("console", "bob")) for _ in range(8)))) == (
        [False] + [True] * 7
    )
    assert not await house.storage.people.is_barred(ADA, NOON)


@pytest.mark.parametrize("had", [True, False])
async def test_who_had_the_starter_credits_and_was_erased_long_after_is_known_for_a_while(house: House, had: bool):
    ada, later = await house.person(), NOON + 200 * DAY
    async with house.database.transaction() as tx:
        reason = Reason.WELCOME if had else Reason.GOODWILL
        await house.storage.ledger.move(tx, ada, reason, "x", Book.PROMOTION, Book.AVAILABLE, 3, NOON)
    await house.storage.people.erase(ada, later)
    assert await welcomed(house, now=later + 89 * DAY) is had
    assert await house.storage.attic.closed_people(later, 10) == []

"""Credits that are given: to newcomers, for codes, and for bringing somebody along."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from core.errors import CodeTries, CodeWrong
from core.model import Photo, Subject, SubjectKind
from core.records import Contact, NewJob, Wanted
from tests.payments.trading import Trade

DAYS = dt.timedelta(days=1)


async def makes(trade: Trade, name: str, price: int = 0) -> None:
    """Somebody has a figurine made."""
    person, now = await trade.person(name), trade.server.clock.now()
    photo = await trade.storage.photos.keep(person, Photo(2, 2, bytes(12)), Subject(SubjectKind.THING, 0, True), now)
    async with trade.storage.database.transaction() as tx:
        new = NewJob(person, (photo.id,), Wanted("collector"), f"order:{name}:{photo.id}")
        job, _ = await trade.storage.jobs.add(tx, new, now)
        assert await trade.opened.credits.reserve(tx, person, job.id, price)
    for _ in range(2):  # A worker that is not sure does it again.
        async with trade.storage.database.transaction() as tx:
            await trade.opened.credits.capture(tx, job.id)


async def comes_by_invitation(trade: Trade, name: str, of: str = "ada") -> bool:
    word = await trade.shop.invitation(await trade.person(of))
    return await trade.shop.invited(await trade.person(name), word)


async def test_newcomers_begin_with_credits_and_have_them_once(trade: Trade):
    contact = Contact("telegram", "ada")
    person = await trade.person()
    assert [await trade.shop.welcome(person, contact) for _ in range(3)] == [3, 0, 0]
    assert await trade.has() == 3


async def test_who_is_erased_and_comes_back_is_not_welcomed_twice(trade: Trade):
    contact = Contact("telegram", "ada")
    assert await trade.shop.welcome(await trade.person(), contact) == 3
    await trade.storage.people.erase(await trade.person(), trade.server.clock.now())
    assert await trade.shop.welcome(await trade.person(), contact) == 0
    assert await trade.has() == 0


async def issued(trade: Trade, **given: Any) -> None:
    until = trade.server.clock.now() + 30 * DAYS
    await trade.storage.codes.issue(**({"code": "ABCD1234", "worth": 7, "uses": 2, "until": until} | given))


async def test_a_code_is_worth_its_credits_once_for_each_and_orders_go_on(trade: Trade):
    await issued(trade)
    ada, bob, eve = [await trade.person(name) for name in ("ada", "bob", "eve")]
    assert await trade.shop.redeem(ada, " abcd-1234 ") == 7
    assert trade.resumed == [ada]
    for person in (ada, eve):
        if person == eve:
            assert await trade.shop.redeem(bob, "ABCD1234") == 7
        with pytest.raises(CodeWrong):
            await trade.shop.redeem(person, "ABCD1234")
    assert [await trade.has(name) for name in ("ada", "bob", "eve")] == [7, 7, 0]


async def test_a_code_that_is_over_is_worth_nothing(trade: Trade):
    await issued(trade)
    await trade.passes(days=31)
    with pytest.raises(CodeWrong):
        await trade.shop.redeem(await trade.person(), "ABCD1234")


async def test_ten_wrong_codes_an_hour_are_enough(trade: Trade):
    await issued(trade)
    person = await trade.person()
    for number in range(10):
        with pytest.raises(CodeWrong):
            await trade.shop.redeem(person, f"WRONG{number}")
    with pytest.raises(CodeTries):
        await trade.shop.redeem(person, "ABCD1234")
    await trade.passes(minutes=61)
    assert await trade.shop.redeem(person, "ABCD1234") == 7


async def test_both_have_their_credit_with_the_guests_first_figurine(trade: Trade):
    assert await comes_by_invitation(trade, "bob")
    assert (await trade.has("ada"), await trade.has("bob")) == (0, 0)
    for _ in range(2):
        await makes(trade, "bob")
        assert (await trade.has("ada"), await trade.has("bob")) == (1, 1)
    assert await trade.told() == [{"kind": "invited", "credits": 1}] * 2
    await trade.passes(minutes=1)
    await trade.opened.tasks[-1].run()
    assert sorted(trade.resumed) == sorted([await trade.person("ada"), await trade.person("bob")])


async def test_nobody_invites_themselves_or_a_regular_or_by_a_wrong_word(trade: Trade):
    assert not await comes_by_invitation(trade, "ada")
    await trade.buys(name="old")
    assert not await comes_by_invitation(trade, "old")
    assert not await trade.shop.invited(await trade.person("bob"), "nonsense")
    assert await comes_by_invitation(trade, "bob")
    assert not await comes_by_invitation(trade, "bob", of="carol")


async def test_accounts_that_become_one_reward_nobody(trade: Trade):
    ada = await trade.person("ada")
    bob = (await trade.storage.people.find(Contact("discord", "bob"))).id
    assert await trade.shop.invited(bob, await trade.shop.invitation(ada))
    await trade.storage.links.merge(ada, bob, trade.server.clock.now())
    await makes(trade, "ada")
    assert await trade.has("ada") == 0


async def test_five_invitations_a_month_count(trade: Trade):
    for number in range(7):
        await comes_by_invitation(trade, f"guest{number}")
        await makes(trade, f"guest{number}")
    assert await trade.has("ada") == 5
    assert [await trade.has(f"guest{number}") for number in range(7)] == [1, 1, 1, 1, 1, 0, 0]
    await trade.passes(days=31)
    await comes_by_invitation(trade, "late")
    await makes(trade, "late")
    assert await trade.has("ada") == 6


async def test_credits_are_set_aside_spent_and_given_back_by_the_shop_that_is_open(trade: Trade):
    await trade.buys()
    await makes(trade, "ada", price=2)
    assert await trade.has() == 3
    assert await trade.shop.priority(await trade.person()) == 0
    await trade.books_are_right()

"""What every database promises of the shop when accounts become one, and when somebody is erased."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

from core.money import Balance, Book, NewPurchase, Purchase, PurchaseState, Rail, Reason, SubscriptionState
from payments.credits import LedgerCredits
from tests.contracts.whole import give, lived, shop_of, shopped, somebody
from tests.databases import NOON, House

CLOSED = "person_id IS NULL AND closed_at IS NOT NULL AND available = 0 AND reserved = 0"


async def both(house: House) -> tuple[int, int]:
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    await shopped(house, ada, "ada", "console")
    await shopped(house, other, "ada there", "telegram")
    return ada, other


async def guests(house: House, *pairs: tuple[int, int]) -> None:
    async with house.database.transaction() as tx:
        for person, inviter in pairs:
            assert await house.storage.codes.invited(tx, person, inviter, NOON)


async def sound(house: House) -> None:
    assert await house.storage.ledger.contradictions() == []
    assert sum((await house.storage.ledger.totals()).values()) == 0


async def test_what_two_accounts_have_in_the_shop_is_one_and_the_books_say_so(house: House):
    ada, other = await both(house)
    mine, theirs = await shop_of(house, ada), await shop_of(house, other)
    assert mine["balance"] == theirs["balance"] == Balance(8, 0)
    later = NOON + dt.timedelta(hours=1)
    await house.storage.links.merge(ada, other, later)
    together = await shop_of(house, ada)
    assert together["balance"] == await house.storage.ledger.balance(other) == Balance(16, 0)
    assert together["places"] == ["place of ada", "place of ada there"]
    assert together["plans"] == ["sub_ada there", "sub_ada"]
    assert together["customer"] == "cus_ada there"
    assert together["word"] == mine["word"]
    assert len(together["codes"]) == 3  # type: ignore[arg-type] -- one was the same
    newest, *rest = await house.storage.ledger.entries(ada)
    merge = (newest.reason, newest.giving, newest.taking, newest.amount, newest.at)
    assert merge == (Reason.MERGE, Book.AVAILABLE, Book.AVAILABLE, 8, later)
    assert sorted(rest, key=str) == sorted([*mine["entries"], *theirs["entries"]], key=str)  # type: ignore[misc]
    assert [paid.payment for paid in await house.storage.purchases.of(ada)] == ["pi_ada there", "pi_ada"]
    async with house.database.transaction() as tx:
        for word in (mine["word"], theirs["word"]):
            assert await house.storage.codes.inviter(tx, str(word)) == ada
        assert await house.storage.codes.redeem(tx, ada, "for ada there", NOON) is None
        assert await house.storage.subscriptions.person_of(tx, Rail.STRIPE, "cus_ada there") == ada
    assert await house.count("purse", "closed_at IS NOT NULL AND available = 0") == 1
    await sound(house)


async def test_what_comes_for_the_old_number_after_a_merge_is_the_accounts(house: House):
    ada, other = await both(house)
    await house.storage.links.merge(ada, other, NOON)
    storage = house.storage
    async with house.database.transaction() as tx:
        await give(house, tx, other, Reason.GOODWILL, "late", 4)
        new = NewPurchase(other, "late", Rail.STRIPE, "pack:small", 5, "eur", 200, "telegram", "late place")
        late = await storage.purchases.add(tx, new, NOON)
        await storage.subscriptions.is_customer(tx, other, Rail.STRIPE, "late")
        state = SubscriptionState.ACTIVE
        await storage.subscriptions.put(tx, other, Rail.STRIPE, "late", "monthly", state, None, False, "", NOON)
        assert await storage.ledger.take_back(tx, other, Reason.REFUND, "late refund", 1, NOON) == 1
    assert (late.person_id, late.place) == (ada, "late place")
    assert await storage.ledger.balance(ada) == Balance(19, 0)
    assert await storage.subscriptions.customer(ada, Rail.STRIPE) == "late"
    assert "late" in [plan.reference for plan in await storage.subscriptions.of(ada)]
    assert await storage.codes.invitation(other) == await storage.codes.invitation(ada)
    await sound(house)


async def test_guests_stay_counted_when_accounts_merge_and_nobody_has_invited_themselves(house: House):
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    bob, eve, dan = [await somebody(house, name) for name in ("bob", "eve", "dan")]
    await guests(house, (bob, ada), (eve, other), (ada, dan), (other, ada))
    await house.storage.links.merge(ada, other, NOON)
    rows = await house.rows("SELECT person_id, inviter_id FROM guest ORDER BY id")
    assert [(row["person_id"], row["inviter_id"]) for row in rows] == [(bob, ada), (eve, ada), (ada, dan)]


async def test_of_two_who_were_invited_one_invitation_is_the_accounts_and_both_stay_counted(house: House):
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    bob, eve = await somebody(house, "bob"), await somebody(house, "eve")
    await guests(house, (ada, bob), (other, eve))
    async with house.database.transaction() as tx:
        assert await house.storage.codes.rewarded(tx, other, NOON) == eve
    await house.storage.links.merge(ada, other, NOON)
    rows = await house.rows("SELECT person_id, inviter_id FROM guest ORDER BY id")
    assert [(row["person_id"], row["inviter_id"]) for row in rows] == [(ada, bob), (None, eve)]


async def test_credits_are_neither_lost_nor_doubled_when_they_are_spent_while_accounts_merge(house: House):
    ada, other = await both(house)

    async def spend(number: int) -> bool:
        async with house.database.transaction() as tx:
            taking = (Book.AVAILABLE, Book.REVENUE)
            return await house.storage.ledger.move(tx, other, Reason.CAPTURE, f"x:{number}", *taking, 1, NOON)

    async def settle(purchase: Purchase) -> None:
        async with house.database.transaction() as tx:
            found = await house.storage.purchases.numbered(tx, purchase.number)
            assert found
            assert found.person_id
            await house.storage.purchases.paid(tx, found.id, f"late {found.id}", NOON)
            await give(house, tx, found.person_id, Reason.PURCHASE, f"purchase:{found.id}:grant", 5)

    waiting = await house.storage.purchases.open(Rail.STRIPE, NOON + dt.timedelta(days=1), 10)
    merge = house.storage.links.merge(ada, other, NOON)
    spent = await asyncio.gather(
        *(spend(each) for each in range(4)), *(settle(each) for each in waiting), merge, *(spend(9) for _ in range(4))
    )
    assert [each for each in spent if each is not None] == [True] * 8
    assert await house.storage.ledger.balance(ada) == Balance(16 + 10 - 5, 0)
    await sound(house)


async def test_erasing_somebody_leaves_the_books_and_takes_the_person_out_of_them(house: House):
    ada, bob = await lived(house, "ada"), await lived(house, "bob", "telegram")
    paying = LedgerCredits(house.storage.ledger, house.clock)
    job = await house.accepted(ada)
    async with house.database.transaction() as tx:
        assert await paying.reserve(tx, ada, job.id, 3)
    before = await shop_of(house, bob)
    totals, transfers = await house.storage.ledger.totals(), await house.count("transfer")
    (paid,) = await house.storage.purchases.of(ada)
    later = NOON + dt.timedelta(hours=1)
    assert await house.storage.people.erase(ada, later)
    assert await shop_of(house, bob) == before
    own = dict.fromkeys((Book.AVAILABLE, Book.RESERVED), 0)
    assert await house.storage.ledger.totals() == {
        **(totals | own),
        Book.AVAILABLE: totals[Book.AVAILABLE] - 5,
        Book.CLOSED: 8,
    }
    assert await house.count("transfer") == transfers + 2
    assert await house.count("purse", CLOSED) == 1
    kept = await house.storage.purchases.get(paid.id)
    assert kept == dataclasses.replace(paid, person_id=None, platform="")
    assert kept.state is PurchaseState.PAID
    assert await house.count("purchase", "person_id IS NULL") == 2
    assert not await house.count("purchase", "person_id IS NULL AND (payload IS NOT NULL OR platform <> '')")
    for table in ("subscription", "customer", "invitation"):
        assert await house.count(table) == 1, table
    assert await house.count("code_use") == 2
    assert await house.storage.ledger.entries(ada) == []
    async with house.database.transaction() as tx:
        await paying.release(tx, job.id)
        assert await house.storage.purchases.numbered(tx, "paid by ada") == kept
        cause = f"purchase:{paid.id}:refund"
        assert await house.storage.ledger.take_back(tx, ada, Reason.REFUND, cause, 5, NOON) == 0
    await sound(house)


async def test_who_comes_back_after_being_erased_begins_with_nothing(house: House):
    ada = await lived(house, "ada")
    await house.storage.people.erase(ada, NOON)
    again = await somebody(house, "ada")
    assert again != ada
    assert await house.storage.ledger.balance(again) == Balance(0, 0)
    async with house.database.transaction() as tx:
        await give(house, tx, again, Reason.GOODWILL, "anew", 2)
    assert await house.storage.ledger.balance(again) == Balance(2, 0)
    assert [entry.cause for entry in await house.storage.ledger.entries(again)] == ["anew"]


async def test_erasing_an_account_of_two_closes_the_purses_of_both(house: House):
    ada, other = await both(house)
    await house.storage.links.merge(ada, other, NOON)
    assert await house.storage.people.erase(other, NOON)
    assert await house.count("purse", CLOSED) == await house.count("purse") == 2
    assert (await house.storage.ledger.totals())[Book.CLOSED] == 16
    await sound(house)


async def test_before_somebody_is_erased_there_is_a_moment_to_cancel_what_they_have_elsewhere(house: House):
    ada = await lived(house, "ada")
    asked: list[tuple[int, int]] = []

    async def away(person: int) -> None:
        asked.append((person, len(await house.storage.subscriptions.of(person))))
        if len(asked) == 1:
            raise ConnectionError

    house.storage.people.before_erasing = away
    with pytest.raises(ConnectionError):
        await house.storage.people.erase(ada, NOON)
    assert len(await house.storage.pieces.all_of(ada)) == 1
    assert await house.storage.people.erase(ada, NOON)
    assert asked == [(ada, 1)] * 2
    assert await house.storage.people.erase(ada, NOON) == 0


async def test_credits_that_move_while_somebody_is_erased_end_in_the_closed_book(house: House):
    ada = await somebody(house, "ada")
    await shopped(house, ada, "ada", "console")
    paying = LedgerCredits(house.storage.ledger, house.clock)
    jobs = [await house.accepted(ada) for _ in range(6)]

    async def through(job_id: int) -> None:
        async with house.database.transaction() as tx:
            if not await tx.query("SELECT id FROM job WHERE id = $1 FOR KEY SHARE", job_id):
                return
            await paying.reserve(tx, ada, job_id, 1)
        async with house.database.transaction() as tx:
            await paying.capture(tx, job_id)

    begun = [through(job.id) for job in jobs]
    await asyncio.gather(*begun[:3], house.storage.people.erase(ada, NOON), *begun[3:])
    totals = await house.storage.ledger.totals()
    assert totals[Book.AVAILABLE] == totals[Book.RESERVED] == 0
    assert totals[Book.REVENUE] + totals[Book.CLOSED] == 8
    await sound(house)

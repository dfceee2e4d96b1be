"""What every database promises of payments, plans, and what providers tell."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from typing import Any

import pytest

from core.errors import Gone
from core.money import NewPurchase, ProviderEvent, Purchase, PurchaseState, Rail, Subscription, SubscriptionState
from storage.models import moment
from tests.contracts.test_stores_database import REFUSALS
from tests.databases import NOON, House

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ACTIVE, PAUSED, ENDED = SubscriptionState.ACTIVE, SubscriptionState.PAUSED, SubscriptionState.ENDED


def asked(person: int, number: str = "n1", **given: Any) -> NewPurchase:
    usual = NewPurchase(person, number, Rail.STRIPE, "pack:small", 5, "eur", 200, "console", "the place")
    return dataclasses.replace(usual, **given)


async def added(house: House, new: NewPurchase, now: dt.datetime = NOON) -> Purchase:
    async with house.database.transaction() as tx:
        return await house.storage.purchases.add(tx, new, now)


async def paid(house: House, purchase: Purchase, payment: str = "pi_1", now: dt.datetime = NOON) -> None:
    async with house.database.transaction() as tx:
        await house.storage.purchases.paid(tx, purchase.id, payment, now)


async def closed(house: House, purchase: Purchase, failed: bool = False) -> bool:
    async with house.database.transaction() as tx:
        return await house.storage.purchases.closed(tx, purchase.id, failed)


async def due_at(house: House, purchase: Purchase) -> dt.datetime:
    return moment((await house.rows("SELECT due_at FROM purchase WHERE id = $1", purchase.id))[0]["due_at"])


async def test_a_payment_is_there_before_the_provider_is_asked_and_is_found_by_all_its_names(house: House):
    ada, purchases = await house.person(), house.storage.purchases
    new = await added(house, asked(ada))
    assert new == Purchase(
        *(new.id, "n1", ada, Rail.STRIPE, "pack:small", 5, "eur", 200, PurchaseState.OPEN, NOON),
        *("console", "the place"),
    )
    async with house.database.transaction() as tx:
        await purchases.named(tx, new.id, "cs_1", NOON + HOUR)
    named = dataclasses.replace(new, reference="cs_1", expires_at=NOON + HOUR)
    await paid(house, new, "pi_1", NOON + HOUR)
    expected = dataclasses.replace(named, state=PurchaseState.PAID, payment="pi_1", paid_at=NOON + HOUR, place="")
    assert await purchases.get(new.id) == expected
    async with house.database.transaction() as tx:
        assert await purchases.numbered(tx, "n1") == expected
        for name in ("cs_1", "pi_1"):
            assert await purchases.referred(tx, Rail.STRIPE, name) == expected
            assert await purchases.referred(tx, Rail.STARS, name) is None
        assert await purchases.referred(tx, Rail.STRIPE, "") is None
        assert await purchases.numbered(tx, "n2") is None
    assert await purchases.get(99) is None
    assert await purchases.of(ada) == [expected]


async def test_the_same_invoice_is_one_payment_however_often_and_at_once_it_is_told(house: House):
    ada = await house.person()
    told = await asyncio.gather(*(added(house, asked(ada, f"n{each}", reference="in_1")) for each in range(16)))
    assert len({purchase.id for purchase in told}) == 1
    assert await house.count("purchase") == 1
    again = await added(house, asked(ada, told[0].number, reference="in_1", amount=999))
    assert again == told[0]
    others = [await added(house, asked(ada, f"m{each}")) for each in range(3)]
    elsewhere = await added(house, asked(ada, "m9", reference="in_1", rail=Rail.STARS))
    assert len({told[0].id, elsewhere.id, *(other.id for other in others)}) == 5


async def test_nobody_who_is_not_there_buys_anything(house: House):
    with pytest.raises(Gone):
        await added(house, asked(99))


async def test_where_somebody_asked_is_sealed_and_emptied_when_it_is_over(house: House):
    ada = await house.person()
    open_, bought, expired, failed = [await added(house, asked(ada, name)) for name in "abcd"]
    row = (await house.rows("SELECT payload FROM purchase WHERE id = $1", open_.id))[0]
    assert b"place" not in bytes(row["payload"])
    await paid(house, bought)
    assert await closed(house, expired)
    assert await closed(house, failed, failed=True)
    states = {}
    for each in (open_, bought, expired, failed):
        now = await house.storage.purchases.get(each.id)
        assert now
        states[now.state] = now.place
    assert states == {
        PurchaseState.OPEN: "the place", PurchaseState.PAID: "", PurchaseState.EXPIRED: "", PurchaseState.FAILED: "",
    }  # fmt: skip
    await house.rows("UPDATE purchase SET payload = $1", b"\x01" + bytes(60))
    damaged = await house.storage.purchases.get(open_.id)
    assert damaged
    assert damaged.place == ""


async def test_only_an_open_payment_is_closed_and_one_that_was_paid_after_all_is_paid(house: House):
    ada = await house.person()
    purchase = await added(house, asked(ada))
    assert await closed(house, purchase)
    assert not await closed(house, purchase, failed=True)
    now = await house.storage.purchases.get(purchase.id)
    assert now
    assert now.state is PurchaseState.EXPIRED
    await paid(house, purchase)
    assert not await closed(house, purchase)
    await paid(house, purchase, "pi_1", NOON + DAY)
    now = await house.storage.purchases.get(purchase.id)
    assert now
    assert (now.state, now.paid_at) == (PurchaseState.PAID, NOON)


async def test_what_was_never_paid_goes_soon_and_what_was_stays_as_the_law_asks(house: House):
    ada, attic = await house.person(), house.storage.attic
    bought, expired, forgotten = [await added(house, asked(ada, name)) for name in "abc"]
    await paid(house, bought)
    house.clock.wait(days=1)
    await closed(house, expired)
    assert await due_at(house, expired) == NOON + 31 * DAY
    assert await due_at(house, forgotten) == NOON + 90 * DAY
    assert await due_at(house, bought) == NOON.replace(year=NOON.year + 10)
    await paid(house, bought, now=NOON + DAY)
    assert await due_at(house, bought) == NOON.replace(year=NOON.year + 10)
    assert await attic.delete_rows("purchase", NOON + 31 * DAY, 10) == 1
    assert await attic.delete_rows("purchase", NOON + 90 * DAY, 10) == 1
    assert await attic.delete_rows("purchase", NOON + 3_000 * DAY, 10) == 0
    assert await attic.delete_rows("purchase", NOON.replace(year=NOON.year + 10), 10) == 1


async def test_payments_are_listed_for_those_who_look_for_the_open_the_own_and_the_new_ones(house: House):
    ada, bob, purchases = await house.person("ada"), await house.person("bob"), house.storage.purchases
    made = [await added(house, asked(ada, f"n{each}"), NOON + each * HOUR) for each in range(6)]
    others = await added(house, asked(bob, "bob"), NOON)
    stars = await added(house, asked(ada, "stars", rail=Rail.STARS), NOON)
    for each in (1, 3):
        await paid(house, made[each], f"pi_{each}", NOON + each * DAY)
    await closed(house, made[2])
    before = NOON + 5 * HOUR
    assert [each.id for each in await purchases.open(Rail.STRIPE, before, 10)] == [made[0].id, others.id, made[4].id]
    assert [each.id for each in await purchases.open(Rail.STRIPE, before, 1)] == [made[0].id]
    assert [each.id for each in await purchases.open(Rail.STARS, before, 10)] == [stars.id]
    assert [each.id for each in await purchases.of(ada)] == [made[3].id, made[1].id]
    assert [each.id for each in await purchases.of(ada, 1)] == [made[3].id]
    assert await purchases.of(bob) == []
    assert [each.id for each in await purchases.since(Rail.STRIPE, NOON + DAY)] == [made[1].id, made[3].id]
    assert [each.id for each in await purchases.since(Rail.STRIPE, NOON + 2 * DAY)] == [made[3].id]
    assert await purchases.since(Rail.STARS, NOON) == []


async def test_what_came_back_is_told_all_in_all(house: House):
    ada = await house.person()
    purchase = await added(house, asked(ada))
    await paid(house, purchase)
    async with house.database.transaction() as tx:
        await house.storage.purchases.returned(tx, purchase.id, 100, 2, 1, True)
        await house.storage.purchases.returned(tx, purchase.id, 200, 3, 2, False)
    now = await house.storage.purchases.get(purchase.id)
    assert now
    assert (now.state, now.refunded, now.taken_back, now.missing, now.disputed) == (
        *(PurchaseState.PAID, 200, 3, 2, False),
    )


async def test_the_database_itself_refuses_a_payment_that_can_not_be(house: House):
    impossible = (
        "state = 'nonsense'",
        "rail = 'nonsense'",
        "state = 'paid'",
        "paid_at = created_at",
        "refunded = -1",
        "amount = -1",
        "credits = -1",
        "number = 'the same'",
        "reference = 'the same'",
        "person_id = 99",
    )
    ada = await house.person()
    for number in ("a", "b"):
        await added(house, asked(ada, number))
    for change in impossible:
        with pytest.raises(REFUSALS):
            await house.rows(f"UPDATE purchase SET {change}")  # noqa: S608


async def test_of_two_who_settle_one_payment_the_second_sees_what_the_first_has_done(house: House):
    ada = await house.person()
    purchase = await added(house, asked(ada))
    first_paid: list[bool] = []

    async def settle() -> None:
        async with house.database.transaction() as tx:
            found = await house.storage.purchases.numbered(tx, "n1")
            assert found
            first_paid.append(found.state is PurchaseState.OPEN)
            if found.state is PurchaseState.OPEN:
                await asyncio.sleep(0)
                await house.storage.purchases.paid(tx, purchase.id, "pi_1", NOON)

    await asyncio.gather(*(settle() for _ in range(8)))
    assert first_paid == [True] + [False] * 7


async def put(
    house: House, person: int, state: SubscriptionState, now: dt.datetime = NOON, reference: str = "sub_1"
) -> Subscription | None:
    async with house.database.transaction() as tx:
        return await house.storage.subscriptions.put(
            *(tx, person, Rail.STRIPE, reference, "monthly", state, NOON + 30 * DAY, state is PAUSED, "console", now)
        )


async def test_a_plan_tells_how_it_stood_before_and_is_never_left_once_it_has_ended(house: House):
    ada, subscriptions = await house.person(), house.storage.subscriptions
    assert await put(house, ada, ACTIVE) is None
    (active,) = await subscriptions.of(ada)
    assert active == Subscription(
        *(active.id, ada, Rail.STRIPE, "monthly", "sub_1", ACTIVE, NOON + 30 * DAY, False, NOON, "console")
    )
    assert await put(house, ada, PAUSED, NOON + HOUR) == active
    (paused,) = await subscriptions.of(ada)
    assert paused == dataclasses.replace(active, state=PAUSED, ends=True, changed_at=NOON + HOUR)
    assert await put(house, ada, ENDED, NOON + DAY) == paused
    assert await subscriptions.of(ada) == []
    ended = dataclasses.replace(active, state=ENDED, changed_at=NOON + DAY)
    for state in (ACTIVE, PAUSED, ENDED):
        assert await put(house, ada, state, NOON + 2 * DAY) == ended
    async with house.database.transaction() as tx:
        assert await subscriptions.referred(tx, Rail.STRIPE, "sub_1") == ended
        assert await subscriptions.referred(tx, Rail.STARS, "sub_1") is None
    assert await put(house, ada, ACTIVE, reference="sub_2") is None
    assert await put(house, ada, ACTIVE, reference="sub_3") is None
    assert [each.reference for each in await subscriptions.of(ada)] == ["sub_3", "sub_2"]
    assert await house.storage.attic.delete_rows("subscription", NOON + 91 * DAY, 10) == 1
    assert await put(house, 99, ACTIVE, reference="sub_4") is None
    assert await house.count("subscription") == 2


async def test_a_plan_that_is_told_many_times_at_once_is_new_once(house: House):
    ada = await house.person()
    told = await asyncio.gather(*(put(house, ada, ACTIVE) for _ in range(12)))
    assert told.count(None) == 1
    assert await house.count("subscription") == 1


async def test_a_provider_knows_somebody_by_the_newest_name_and_by_the_older_ones(house: House):
    ada, bob, subscriptions = await house.person("ada"), await house.person("bob"), house.storage.subscriptions
    assert await subscriptions.customer(ada, Rail.STRIPE) == ""
    async with house.database.transaction() as tx:
        for name in ("cus_1", "cus_2", "cus_1"):
            await subscriptions.is_customer(tx, ada, Rail.STRIPE, name)
        await subscriptions.is_customer(tx, 99, Rail.STRIPE, "cus_9")
    assert await subscriptions.customer(ada, Rail.STRIPE) == "cus_1"
    assert await subscriptions.customer(ada, Rail.STARS) == await subscriptions.customer(bob, Rail.STRIPE) == ""
    async with house.database.transaction() as tx:
        assert [await subscriptions.person_of(tx, Rail.STRIPE, name) for name in ("cus_1", "cus_2")] == [ada, ada]
        assert await subscriptions.person_of(tx, Rail.STARS, "cus_1") is None
        assert await subscriptions.person_of(tx, Rail.STRIPE, "cus_9") is None


async def test_what_a_provider_tells_is_kept_once_and_given_to_one_at_a_time(house: House):
    events = house.storage.provider_events
    assert await asyncio.gather(*(events.add(Rail.STRIPE, "evt_1", "kind", "cs_1", NOON) for _ in range(8))) == (
        [True] + [False] * 7
    )
    assert await events.add(Rail.STARS, "evt_1", "kind", "cs_2", NOON + HOUR)
    given = await asyncio.gather(*(events.next(NOON + HOUR, 30) for _ in range(8)))
    first = ProviderEvent(1, Rail.STRIPE, "evt_1", "kind", "cs_1", 1, NOON)
    assert [event for event in given if event and event.rail is Rail.STRIPE] == [first]
    assert len([event for event in given if event]) == 2
    assert await events.next(NOON + HOUR + dt.timedelta(seconds=29), 30) is None
    again = await events.next(NOON + HOUR + dt.timedelta(seconds=30), 30)
    assert again == dataclasses.replace(first, attempts=2)


async def test_what_could_not_be_handled_comes_again_at_its_time_and_what_was_never_does(house: House):
    events = house.storage.provider_events
    for name in ("evt_1", "evt_2"):
        await events.add(Rail.STRIPE, name, "kind", name, NOON)
    first = await events.next(NOON, 30)
    assert first
    await events.failed(first.id, NOON + HOUR)
    second = await events.next(NOON, 30)
    assert second
    async with house.database.transaction() as tx:
        await events.handled(tx, second.id, NOON)
    await events.failed(second.id, NOON)
    assert await events.next(NOON + HOUR - dt.timedelta(seconds=1), 30) is None
    again = await events.next(NOON + HOUR, 30)
    assert again
    assert (again.id, again.attempts) == (first.id, 2)
    assert not await events.add(Rail.STRIPE, "evt_2", "kind", "evt_2", NOON + DAY)
    assert await house.storage.attic.delete_rows("provider_event", NOON + 30 * DAY, 10) == 1
    assert await house.storage.attic.delete_rows("provider_event", NOON + 90 * DAY, 10) == 1

"""Events late, twice, out of order, all at once or never: the end is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.payments.trading import Trade, trading
from tests.servers.stripe import StripeServer


@pytest.mark.parametrize("seed", range(3))
async def test_events_twice_and_in_any_order_come_to_the_same_end(trade: Trade, seed: int):
    trade.server.webhooks.twice()
    trade.server.webhooks.shuffle(seed)
    for product in ("pack:small", "plan:monthly", "pack:large"):
        await (await trade.opens(product)).pays()
    trade.server.refunds(trade.server.of_kind("checkout.session")[0]["id"], 300)
    await trade.settles()
    assert await trade.has() == 5 + 40 + 10
    await trade.books_are_right()
    kinds = await trade.kinds()
    assert sorted(kinds) == ["paid", "paid", "refunded", "subscribed"]


async def test_an_event_of_long_ago_undoes_nothing(trade: Trade):
    await trade.buys("plan:monthly")
    old = [event["id"] for event in trade.server.of_kind("event")]
    await trade.passes(days=32)
    await trade.told()
    for name in old:
        await trade.storage.database.once("DELETE FROM provider_event RETURNING id")  # They were long forgotten.
        await trade.server.webhooks.resend(name)
    await trade.settles()
    assert (await trade.has(), await trade.kinds()) == (80, [])


async def test_late_by_three_days_is_as_good_as_at_once(trade: Trade):
    trade.server.webhooks.late(72 * 3600)
    await (await trade.opens()).pays()
    await trade.settles()
    assert await trade.has() == 0
    await trade.passes(days=3, minutes=1)
    assert await trade.has() == 5
    assert await trade.kinds() == ["paid"]


async def test_with_every_webhook_lost_each_payment_is_credited_within_ten_minutes(trade: Trade):
    trade.server.webhooks.never()
    await (await trade.opens("pack:small")).pays()
    await (await trade.opens("plan:monthly")).pays()
    await trade.passes(minutes=5)
    await trade.polls()
    assert await trade.has() == 45
    for day in range(32):  # The renewal comes at some time in between, and is found by the next look.
        await trade.passes(days=1)
        await trade.polls()
        assert await trade.has() == (45 if day < 29 else await trade.has())
    assert await trade.has() == 85
    trade.server.refunds(trade.server.of_kind("invoice")[0]["id"])
    await trade.passes(minutes=5)
    await trade.polls()
    assert await trade.has() == 45
    await trade.books_are_right()


async def test_what_happened_while_the_service_was_away_is_found(trade: Trade):
    await trade.polls()
    trade.server.webhooks.never()
    await (await trade.opens("plan:monthly")).pays()
    await trade.passes(days=25)
    await trade.polls()
    assert await trade.has() == 40


async def test_two_who_settle_at_once_grant_once(trade: Trade):
    trade.server.webhooks.never()
    for product in ("pack:small", "plan:monthly"):
        await (await trade.opens(product)).pays()
    names = [session["id"] for session in trade.server.of_kind("checkout.session")]
    invoice = trade.server.of_kind("invoice")[0]["id"]
    checkouts, invoices = trade.events.checkouts, trade.events.invoices
    await asyncio.gather(*(checkouts.settle(name) for name in names * 4), *(invoices.settle(invoice) for _ in range(4)))
    assert await trade.has() == 45
    assert sorted(await trade.kinds()) == ["paid", "subscribed"]
    intent = trade.server.of_kind("payment_intent")[-1]["id"]
    trade.server.refunds(intent)
    await asyncio.gather(*(trade.events.payments.settle(intent) for _ in range(6)))
    assert await trade.has() == 40
    assert await trade.kinds() == ["refunded"]
    await trade.books_are_right()


async def test_while_stripe_is_away_events_wait_and_are_handled_later(trade: Trade):
    await (await trade.opens()).pays()
    trade.server.faults.fail("GET /v1/*", times=1_000, status=400)  # One that the library does not try again.
    await trade.settles()
    assert (await trade.has(), await trade.told()) == (0, [])
    trade.server.faults.clear()
    await trade.passes(minutes=10)
    assert await trade.has() == 5


async def test_whoever_dies_after_the_commit_leaves_orders_that_still_go_on(trade: Trade):
    """The event is not marked as handled then: it comes again, and the orders are resumed."""
    await (await trade.opens()).pays()
    await trade.server.quiet()
    handled = trade.storage.provider_events.handled

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    object.__setattr__(trade.events._events, "handled", dies)
    with pytest.raises(asyncio.CancelledError):
        await trade.events.handle_next()
    object.__setattr__(trade.events._events, "handled", handled)
    trade.resumed.clear()
    await trade.passes(minutes=5)
    assert trade.resumed
    assert await trade.has() == 5


async def test_what_was_asked_before_somebody_knew_more_does_not_count(trade: Trade, monkeypatch: pytest.MonkeyPatch):
    """One asks, and before it writes, something changes and another one settles that: the first asks again."""
    trade.server.webhooks.never()
    await (await trade.opens("plan:monthly")).pays()
    await trade.polls()
    gateway, events = type(trade.events._counter.gateway), trade.events
    [purchase] = await trade.bought()
    subscription = trade.server.of_kind("subscription")[0]

    def overtaken(name: str, happens: Callable[[], object], settle: Callable[[str], Awaitable[object]]) -> None:
        asks = getattr(gateway, name)

        async def slowly(self: object, reference: str) -> object:
            old = await asks(self, reference)
            monkeypatch.setattr(gateway, name, asks)
            happens()
            await settle(reference)
            return old

        monkeypatch.setattr(gateway, name, slowly)

    trade.server.refunds(purchase.payment, 90)
    overtaken("payment_state", lambda: trade.server.refunds(purchase.payment, 180), events.payments.settle)
    await events.payments.settle(purchase.payment)
    assert (await trade.has(), (await trade.bought())[0].refunded) == (28, 270)
    overtaken("plan_state", lambda: subscription.update(cancel_at_period_end=True), events.plans.settle)
    await events.plans.settle(subscription["id"])
    found = await trade.shop.subscription(await trade.person())
    assert found is not None
    assert found.ends
    assert (await trade.kinds())[-1] == "ends"


async def test_without_any_webhook_at_stripe_renewals_are_found_as_well(server: StripeServer, tmp_path: Path):
    async with trading(server, tmp_path / "data", hooked=False) as trade:
        await (await trade.opens("plan:monthly")).pays()
        await trade.polls()
        await trade.passes(days=31)
        await trade.polls()
        assert await trade.has() == 80

"""Subscriptions: each paid period brings its credits, and each change is told in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import AlreadySubscribed
from core.money import SubscriptionState
from tests.payments.trading import Trade
from tests.servers.stripe import Payer

State = SubscriptionState


async def portal(trade: Trade) -> Payer:
    payer = trade.server.payer()
    await payer.opens(await trade.shop.portal(await trade.buyer()))
    return payer


async def plan(trade: Trade) -> Any:
    found = await trade.shop.subscription(await trade.person())
    assert found is not None
    return found


async def test_who_subscribes_has_the_first_months_credits_and_the_priority(trade: Trade):
    await trade.buys("plan:monthly")
    assert await trade.has() == 40
    [told] = await trade.told()
    subscription = await plan(trade)
    assert told == {
        "kind": "subscribed", "plan": "monthly", "credits": 40, "until": subscription.period_end.isoformat()
    }  # fmt: skip
    assert (subscription.plan, subscription.state, subscription.ends) == ("monthly", State.ACTIVE, False)
    assert subscription.platform == "telegram"
    assert await trade.shop.priority(await trade.person()) == 1
    [purchase] = await trade.bought()
    assert (purchase.amount, purchase.product) == (900, "plan:monthly")
    assert purchase.reference == trade.server.of_kind("invoice")[0]["id"]
    await trade.books_are_right()


async def test_each_month_brings_its_credits_once(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    for month in (1, 2):
        await trade.passes(days=32)
        assert await trade.has() == 40 * (month + 1)
        assert await trade.kinds() == ["renewed"]
    assert len(await trade.bought()) == 3
    receipts = await trade.shop.receipts(await trade.person())
    assert [receipt.amount for receipt in receipts] == [900] * 3
    assert all(receipt.url.startswith("http") for receipt in receipts)
    await trade.books_are_right()


async def test_a_plan_that_is_cancelled_runs_until_its_end(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    payer = await portal(trade)
    await payer.cancels_plan()
    await trade.settles()
    ends = (await plan(trade)).period_end
    assert await trade.told() == [{"kind": "ends", "until": ends.isoformat()}]
    await payer.stays()
    await trade.settles()
    assert await trade.kinds() == ["stays"]
    await payer.cancels_plan()
    await trade.settles()
    await trade.passes(days=32)
    assert await trade.kinds() == ["ends", "ended"]
    assert await trade.shop.subscription(await trade.person()) is None
    assert await trade.shop.priority(await trade.person()) == 0
    assert await trade.has() == 40


async def test_nobody_has_two_plans(trade: Trade):
    first = await trade.link("plan:monthly")
    second = await trade.link("plan:maker")
    payer = trade.server.payer()
    assert (await payer.opens(first.url)).expired
    await payer.opens(second.url)
    await payer.pays()
    with pytest.raises(AlreadySubscribed):
        await trade.link("plan:monthly")  # Nothing was told yet; the provider itself says so.
    await trade.settles()
    with pytest.raises(AlreadySubscribed):
        await trade.link("plan:monthly")
    assert await trade.kinds() == ["subscribed"]
    assert await trade.has() == 100


async def test_a_change_in_the_middle_counts_from_the_next_period_on(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    await trade.passes(days=10)
    await (await portal(trade)).changes_plan_to("figurine-plan-maker-eur-2000")
    await trade.settles()
    assert await trade.told() == [{"kind": "changed", "plan": "maker"}]
    assert await trade.has() == 40
    await trade.passes(days=25)
    assert await trade.has() == 140
    assert await trade.kinds() == ["renewed"]
    await trade.books_are_right()


async def test_a_card_without_money_makes_the_plan_wait_until_there_is_some(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    trade.server.card_becomes(trade.server.of_kind("customer")[0]["id"], "refuses")
    await trade.passes(days=32)
    assert await trade.kinds() == ["past-due"]
    assert (await plan(trade)).state is State.PAST_DUE
    assert (await trade.shop.priority(await trade.person()), await trade.has()) == (0, 40)
    trade.server.card_becomes(trade.server.of_kind("customer")[0]["id"], "good")
    await trade.passes(days=8)
    assert await trade.kinds() == ["renewed"]
    assert ((await plan(trade)).state, await trade.has()) == (State.ACTIVE, 80)


async def test_a_plan_that_nobody_pays_for_ends_in_the_end(trade: Trade):
    await trade.buys("plan:monthly")
    trade.server.card_becomes(trade.server.of_kind("customer")[0]["id"], "refuses")
    await trade.passes(days=32)
    await trade.passes(days=48)
    assert await trade.kinds() == ["subscribed", "past-due", "ended"]
    assert await trade.has() == 40


async def test_a_card_that_asks_is_confirmed_on_the_invoices_page(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    trade.server.card_becomes(trade.server.of_kind("customer")[0]["id"], "asks")
    await trade.passes(days=32)
    told = await trade.told()
    assert [one["kind"] for one in told] == ["action-needed"]
    payer = trade.server.payer()
    await payer.opens(told[0]["url"])
    await payer.pays_with_3ds()
    await trade.settles()
    assert await trade.kinds() == ["renewed"]
    assert await trade.has() == 80


async def test_a_plan_stands_still_and_goes_on(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.told()
    payer = await portal(trade)
    await payer.pauses()
    await trade.settles()
    assert await trade.kinds() == ["paused"]
    assert (await plan(trade)).state is State.PAUSED
    await trade.passes(days=40)
    assert await trade.has() == 40
    await (await portal(trade)).resumes()
    await trade.settles()
    assert "resumed" in await trade.kinds()
    assert (await plan(trade)).state is State.ACTIVE


async def test_a_subscription_that_was_never_paid_is_none(trade: Trade):
    payer = await trade.opens("plan:monthly")
    assert await payer.is_declined()
    await trade.settles()
    assert await trade.shop.subscription(await trade.person()) is None
    await trade.passes(days=2)
    assert set(await trade.kinds()) <= {"link-expired"}
    assert await trade.has() == 0


async def test_an_old_price_goes_on_bringing_its_plans_credits(trade: Trade):
    from tests.payments.trading import MONTHLY, settings_for, sync

    await trade.buys("plan:monthly")
    dearer = {**MONTHLY, "prices": {"eur": 1100, "usd": 1110}}
    changed = settings_for(trade.server, trade.settings.data.dir, plans=[dearer])
    assert ("new price", "figurine-plan-monthly-eur-1100") in await sync(changed)
    await trade.passes(days=32)
    assert await trade.has() == 80
    assert [one.amount for one in await trade.bought()] == [900, 900]

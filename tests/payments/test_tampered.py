"""What does not fit what was asked for is not credited, and operators are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.money import PurchaseState
from tests.payments.trading import Trade, trading
from tests.servers.stripe import StripeServer


def session(trade: Trade) -> Any:
    return trade.server.of_kind("checkout.session")[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_total": 1, "amount_subtotal": 1},
        {"amount_total": 1},
        {"amount_total": 20_000, "amount_subtotal": 20_000},
        {"currency": "usd"},
        {"client_reference_id": "f" * 32},
        {"client_reference_id": None},
        {"metadata": {}},
        {"metadata": {"purchase": "f" * 32}},
    ],
    ids=str,
)
async def test_another_amount_currency_or_number_is_not_credited(trade: Trade, changed: dict[str, Any]):
    await (await trade.opens()).pays()
    session(trade).update(changed)
    await trade.settles()
    assert (await trade.has(), await trade.told()) == (0, [])
    assert any("not credited" in line for line in trade.opened.reports)
    assert await trade.bought() == []


async def test_somebody_elses_number_brings_nothing(trade: Trade):
    """Eve's checkout is made to name Ada's purchase: neither is credited for it."""
    await trade.link("pack:large", "ada")
    adas = session(trade)
    await (await trade.opens("pack:small", "eve")).pays()
    number = adas["client_reference_id"]
    session(trade).update({"client_reference_id": number, "metadata": {"purchase": number}})
    await trade.settles()
    assert (await trade.has("ada"), await trade.has("eve")) == (0, 0)
    assert [one.state for one in await trade.storage.purchases.open_of(await trade.person("ada"))] == [
        PurchaseState.OPEN
    ]
    assert any("not credited" in line for line in trade.opened.reports)


async def test_somebody_elses_link_credits_whoever_it_was_made_for(trade: Trade):
    link = await trade.link(name="ada")
    eve = trade.server.payer("eve@example.org")
    await eve.opens(link.url)
    await eve.pays()
    await trade.settles()
    assert (await trade.has("ada"), await trade.has("eve")) == (5, 0)


@pytest.mark.parametrize("field", ["currency", "total", "number", "quantity"])
async def test_an_invoice_that_does_not_fit_is_not_credited(trade: Trade, field: str):
    await (await trade.opens("plan:monthly")).pays()
    invoice = trade.server.of_kind("invoice")[0]
    if field == "number":
        invoice["parent"]["subscription_details"]["metadata"] = {"purchase": "f" * 32}
    elif field == "quantity":
        invoice["lines"]["data"][0]["quantity"] = 2
    else:
        invoice[field] = {"currency": "usd", "total": 1}[field]
    await trade.settles()
    assert (await trade.has(), await trade.kinds()) == (0, [])
    assert any("not credited" in line for line in trade.opened.reports)


async def test_what_is_sold_to_others_from_the_same_account_is_none_of_ours(trade: Trade):
    await (await trade.opens()).pays()
    session(trade).update({"client_reference_id": "order-17", "metadata": {}, "id": "cs_test_other"})
    trade.server.world.objects["cs_test_other"] = session(trade)
    await trade.events.checkouts.settle("cs_test_other")
    assert (await trade.has(), trade.opened.reports) == (0, [])


async def test_a_live_object_is_nothing_to_a_test_key(trade: Trade):
    await (await trade.opens()).pays()
    session(trade)["livemode"] = True
    await trade.settles()
    assert await trade.has() == 0
    assert any("live mode" in line for line in trade.opened.reports)


async def test_a_live_key_takes_live_events(tmp_path: Path):
    async with StripeServer(live=True) as server, trading(server, tmp_path / "data") as trade:
        await trade.buys()
        assert (await trade.has(), trade.opened.reports) == (5, [])


async def test_a_plan_that_is_not_in_the_settings_any_more_is_told_to_operators(trade: Trade, tmp_path: Path):
    await trade.buys("plan:maker")
    object.__setattr__(trade.settings.shop, "plans", trade.settings.shop.plans[:1])
    await trade.passes(days=32)
    assert await trade.has() == 100
    assert any("not in the settings" in line for line in trade.opened.reports)


async def test_a_second_checkout_for_a_purchase_brings_nothing(trade: Trade):
    await (await trade.opens()).pays()
    second = {**session(trade), "id": "cs_test_second"}
    await trade.settles()
    trade.server.world.objects["cs_test_second"] = second
    await trade.events.checkouts.settle("cs_test_second")
    assert (await trade.has(), await trade.kinds()) == (5, ["paid"])
    assert any("belongs to another one" in line for line in trade.opened.reports)


async def test_a_subscription_of_another_customer_than_the_buyer_is_nobodys(trade: Trade):
    await trade.buys(name="bob")
    bobs = trade.server.of_kind("customer")[0]["id"]
    await (await trade.opens("plan:monthly", "ada")).pays()
    trade.server.of_kind("subscription")[0]["customer"] = bobs
    await trade.settles()
    assert (await trade.has("ada"), await trade.has("bob")) == (0, 5)
    for name in ("ada", "bob"):
        assert await trade.shop.subscription(await trade.person(name)) is None
    assert any("Nobody here has" in line for line in trade.opened.reports)
    assert any("somebody else's" in line for line in trade.opened.reports)

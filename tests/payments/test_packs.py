"""Packs: bought once, credited once, whatever happens on the way."""

from __future__ import annotations

import pytest

from core.errors import NotForSale, ShopAway, TooManyLinks
from core.money import PurchaseState, Rail
from tests.payments.trading import PUBLIC, Trade


async def test_who_pays_has_the_credits_within_a_moment_and_is_thanked(trade: Trade):
    payer = await trade.opens()
    assert (payer.seen.amount, payer.seen.state) == ("€2.00", "open")
    led = await payer.pays()
    await trade.settles()
    [purchase] = await trade.bought()
    assert led == f"{PUBLIC}/paid?number={purchase.number}&lang=de"
    assert await trade.has() == 5
    assert await trade.told() == [{"kind": "paid", "credits": 5, "balance": 5}]
    assert trade.resumed and set(trade.resumed) == {await trade.person()}
    assert (purchase.state, purchase.amount, purchase.currency) == (PurchaseState.PAID, 200, "eur")
    assert not trade.opened.reports
    await trade.books_are_right()


async def test_a_card_that_asks_is_confirmed_and_a_declined_one_costs_nothing(trade: Trade):
    payer = await trade.opens()
    assert await payer.is_declined()
    await trade.settles()
    assert await trade.has() == 0
    assert await trade.told() == []
    await payer.pays_with_3ds()
    await trade.settles()
    assert await trade.has() == 5


async def test_the_price_is_in_the_currency_of_the_buyers_country(trade: Trade):
    for locale, currency, amount in (("en-US", "usd", 210), ("en", "eur", 200), ("pt_BR", "eur", 200)):
        buyer = await trade.buyer(locale=locale)
        packs = trade.shop.packs(buyer)
        assert [offer.product for offer in packs] == ["pack:small", "pack:large"]
        assert (packs[0].currency, packs[0].amount, packs[0].rail) == (currency, amount, Rail.STRIPE)
    payer = trade.server.payer()
    assert (await payer.opens((await trade.link(locale="en-US")).url)).amount == "$2.10"


async def test_a_link_that_nobody_used_dies_and_says_so(trade: Trade):
    payer = await trade.opens()
    await trade.passes(minutes=61)
    assert await trade.told() == [{"kind": "link-expired", "product": "pack:small"}]
    assert (await payer.opens(payer.seen.url)).expired
    assert await trade.has() == 0


async def test_money_that_comes_by_bank_is_credited_when_it_arrives(trade: Trade):
    await (await trade.opens()).pays_by_bank()
    await trade.settles()
    assert (await trade.has(), await trade.told()) == (0, [])
    await trade.passes(days=3)
    trade.server.money_arrives(trade.server.of_kind("checkout.session")[0]["id"])
    await trade.settles()
    assert await trade.has() == 5


async def test_money_that_never_arrives_is_not_credited_and_is_told(trade: Trade):
    await (await trade.opens()).pays_by_bank()
    trade.server.money_arrives(trade.server.of_kind("checkout.session")[0]["id"], good=False)
    await trade.settles()
    assert await trade.has() == 0
    assert await trade.kinds() == ["payment-failed"]


async def test_stripe_learns_a_random_number_and_nothing_else(trade: Trade):
    await trade.buys(name="zoroaster")
    session, customer = trade.server.of_kind("checkout.session")[0], trade.server.of_kind("customer")[0]
    assert session["metadata"] == {"purchase": session["client_reference_id"]}
    assert list(customer["metadata"]) == ["number"]
    asked = " ".join(str(request) for request in trade.server.requests)
    assert "telegram" not in asked
    assert "zoroaster" not in asked


async def test_a_person_is_one_customer_however_often_they_buy(trade: Trade):
    for product in ("pack:small", "pack:large", "pack:small"):
        await trade.buys(product)
    assert len(trade.server.of_kind("customer")) == 1
    assert await trade.has() == 30


async def test_nobody_has_more_than_five_open_links(trade: Trade):
    for _ in range(5):
        await trade.link()
    with pytest.raises(TooManyLinks):
        await trade.link()
    await trade.link(name="bob")
    await trade.passes(minutes=61)
    await trade.link()


async def test_what_is_not_offered_is_not_sold(trade: Trade):
    buyer = await trade.buyer()
    for product, rail in (("pack:huge", Rail.STRIPE), ("small", Rail.STRIPE), ("pack:small", Rail.STARS)):
        with pytest.raises(NotForSale):
            await trade.shop.checkout(buyer, product, rail)


async def test_a_customer_who_was_deleted_at_stripe_is_made_anew(trade: Trade):
    await trade.buys()
    first = trade.server.of_kind("customer")[0]["id"]
    await trade.opened.forget(await trade.person())
    await trade.buys()
    assert trade.server.of_kind("customer")[0]["id"] != first
    assert await trade.has() == 10


async def test_receipts_lead_to_stripes_own_pages(trade: Trade):
    await trade.buys()
    [receipt] = await trade.shop.receipts(await trade.person())
    assert (receipt.product, receipt.amount, receipt.credits, receipt.refunded) == ("pack:small", 200, 5, 0)
    assert receipt.url.startswith("http")


async def test_without_the_prices_at_stripe_nothing_is_sold_and_operators_hear_why(trade: Trade):
    for price in trade.server.of_kind("price"):
        price["active"] = False
    with pytest.raises(ShopAway):
        await trade.link()
    assert "shop sync" in trade.opened.reports[0]
    assert await trade.storage.purchases.open_of(await trade.person()) == []

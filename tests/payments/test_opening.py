"""Opening the shop, its prices at Stripe, and the worst moments of a link."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.bells import Bells
from core.clock import SystemClock
from core.errors import NothingToManage, ShopAway
from core.money import PurchaseState, Rail
from core.settings import Settings
from payments.catalogue import Catalogue
from payments.opening import open_shop
from payments.stripe_gateway.shelf import open_shelf
from payments.sync import synchronise
from storage.opened import open_storage
from tests.databases import put_migrated_file
from tests.payments.trading import LARGE, PUBLIC, SMALL, Trade, settings_for, sync, trading
from tests.servers.stripe import StripeServer


async def test_without_a_key_everything_is_free(tmp_path: Path):
    await put_migrated_file(tmp_path)
    settings, clock = Settings(data={"dir": tmp_path}), SystemClock()

    async def resume(_: int) -> None:
        raise AssertionError

    async with (
        open_storage(settings, clock) as storage,
        open_shop(settings, storage, clock, Bells(), resume) as opened,
    ):
        assert not opened.shop.is_open
        assert (opened.shop.price("collector"), opened.hooks, opened.services, opened.tasks) == (0, {}, [], [])


async def test_prices_come_to_stripe_once_and_a_changed_one_takes_the_place_of_the_old(
    server: StripeServer, tmp_path: Path
):
    first = settings_for(server, tmp_path)
    done = await sync(first)
    assert [name for what, name in done if what == "new product"] == [
        "figurine-pack-large", "figurine-pack-small", "figurine-plan-monthly", "figurine-plan-maker",
    ]  # fmt: skip
    assert ("new price", "figurine-pack-small-eur-200") in done
    assert await sync(first) == []
    changed = settings_for(server, tmp_path, packs=[{**SMALL, "credits": 6, "prices": {"eur": 250, "usd": 210}}])
    async with open_shelf(changed.stripe, changed.shop) as shelf:
        articles = list(Catalogue(changed.shop, frozenset()).articles())
        planned = await synchronise(shelf, articles, changed.shop.tax, dry=True)
        assert planned == await synchronise(shelf, articles, changed.shop.tax)
    assert sorted((change.what, change.name) for change in planned) == [
        ("archive price", "figurine-pack-large-eur-600"),
        ("archive price", "figurine-pack-large-usd-610"),
        ("archive price", "figurine-pack-small-eur-200"),
        ("archive product", "figurine-pack-large"),
        ("new price", "figurine-pack-small-eur-250"),
        ("rename product", "figurine-pack-small"),
    ]
    assert await sync(changed) == []
    assert sorted(await sync(first))[-1] == ("rename product", "figurine-pack-small")
    assert await sync(first) == []


async def test_tax_on_top_is_paid_and_credited_and_refunded_in_proportion(server: StripeServer, tmp_path: Path):
    async with trading(server, tmp_path / "data", tax="exclusive") as trade:
        checkout = await trade.buys("pack:small")
        await trade.buys("plan:monthly")
        plan, pack = await trade.bought()
        assert pack.amount > 200
        assert plan.amount > 900
        server.refunds(checkout, pack.amount // 2)
        await trade.settles()
        assert await trade.has() == 43
        assert trade.opened.reports == []
        await trade.books_are_right()


async def test_tax_in_the_price_changes_nothing_for_the_buyer(server: StripeServer, tmp_path: Path):
    async with trading(server, tmp_path / "data", tax="inclusive") as trade:
        await trade.buys()
        assert ((await trade.bought())[0].amount, await trade.has()) == (200, 5)
        await trade.books_are_right()


async def test_without_pages_of_our_own_people_come_back_to_their_chat(trade: Trade):
    object.__setattr__(trade.settings.web, "public_url", "")
    link = await trade.shop.checkout(await trade.buyer(home="https://chat.example/bot"), "pack:small", Rail.STRIPE)
    payer = trade.server.payer()
    await payer.opens(link.url)
    assert await payer.leaves() == "https://chat.example/bot"
    await payer.opens((await trade.link()).url)
    assert (await payer.leaves()).startswith("http://127.0.0.1:8080/cancelled?number=")


async def test_who_leaves_the_page_comes_back_to_ours(trade: Trade):
    payer = await trade.opens()
    [purchase] = await trade.storage.purchases.open_of(await trade.person())
    assert await payer.leaves() == f"{PUBLIC}/cancelled?number={purchase.number}&lang=de"
    assert trade.opened.look is not None
    assert await trade.opened.look(purchase.number) == (PurchaseState.OPEN, "telegram")
    assert await trade.opened.look("nobody's") is None


async def test_who_never_paid_has_nothing_to_manage(trade: Trade):
    with pytest.raises(NothingToManage):
        await trade.shop.portal(await trade.buyer())


async def test_an_answer_that_is_lost_makes_no_second_checkout(trade: Trade):
    trade.server.faults.lose_answer("checkout")
    trade.server.faults.lose_answer("customer")
    await (await trade.opens()).pays()
    await trade.settles()
    assert len(trade.server.of_kind("checkout.session")) == len(trade.server.of_kind("customer")) == 1
    assert await trade.has() == 5


async def test_a_stripe_that_is_away_sells_nothing_and_leaves_nothing_open(trade: Trade):
    trade.server.faults.fail("checkout", times=3)
    with pytest.raises(ShopAway):
        await trade.link()
    await trade.passes(minutes=70)
    await trade.polls()
    assert await trade.storage.purchases.open_of(await trade.person()) == []
    assert (await trade.told(), trade.opened.reports) == ([], [])


async def test_who_dies_before_the_checkout_is_written_down_still_credits_it(trade: Trade):
    """Its buyer was never told the address; but if Stripe says that it is paid, it is."""
    named = trade.storage.purchases.named

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    object.__setattr__(trade.storage.purchases, "named", dies)
    with pytest.raises(asyncio.CancelledError):
        await trade.link()
    object.__setattr__(trade.storage.purchases, "named", named)
    payer = trade.server.payer()
    await payer.opens(trade.server.of_kind("checkout.session")[0]["url"])
    await payer.pays()
    await trade.settles()
    assert await trade.has() == 5


async def test_many_links_asked_for_at_once_are_one_customers(trade: Trade):
    await asyncio.gather(*(trade.link(product) for product in ("pack:small", "pack:large", "plan:monthly")))
    assert len(trade.server.of_kind("customer")) == 1


async def test_before_somebody_is_erased_stripe_forgets_them(trade: Trade):
    await trade.buys("plan:monthly")
    open_link = await trade.link()
    person = await trade.person()
    await trade.opened.forget(person)
    await trade.storage.people.erase(person, trade.server.clock.now())
    payer = trade.server.payer()
    assert (await payer.opens(open_link.url)).expired
    await trade.passes(days=40)
    assert len([one for one in trade.server.of_kind("invoice") if one["status"] == "paid"]) == 1
    assert trade.server.of_kind("subscription")[0]["status"] == "canceled"
    await trade.books_are_right()


async def test_a_price_by_style_is_told(server: StripeServer, tmp_path: Path):
    async with trading(server, tmp_path / "data", prices={"bronze": 2}, packs=[SMALL, LARGE]) as trade:
        assert (trade.shop.price("bronze"), trade.shop.price("collector")) == (2, 1)
        plans = trade.shop.plans(await trade.buyer())
        assert [(offer.product, offer.monthly, offer.priority) for offer in plans] == [
            ("plan:monthly", True, 1), ("plan:maker", True, 1),
        ]  # fmt: skip


async def test_the_comparison_finds_what_does_not_fit(trade: Trade):
    await trade.buys()
    [purchase] = await trade.bought()
    trade.server.charge_of(purchase.payment)["amount_captured"] = 150
    await trade.storage.database.once("UPDATE purchase SET credits = 6 WHERE id = $1 RETURNING id", purchase.id)
    await trade.opened.tasks[3].run()
    assert len(trade.opened.reports) == 2
    assert "200 eur here, 150 eur at Stripe" in trade.opened.reports[0]
    assert "6 credits were bought, and the ledger has 5" in trade.opened.reports[1]
    await trade.storage.database.once("UPDATE purchase SET payment = 'pi_gone' WHERE id = $1 RETURNING id", purchase.id)
    lines = await trade.opened.compare(purchase.created_at)
    assert any("Stripe does not know its payment" in line for line in lines)

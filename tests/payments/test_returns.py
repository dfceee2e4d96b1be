"""Refunds and disputes: the credits go back with the money, as far as they are there."""

from __future__ import annotations

from tests.payments.trading import Trade


async def test_a_refund_takes_the_credits_back(trade: Trade):
    checkout = await trade.buys()
    await trade.told()
    trade.server.refunds(checkout)
    await trade.settles()
    assert await trade.has() == 0
    assert await trade.told() == [{"kind": "refunded", "credits": 5, "amount": 200, "currency": "eur"}]
    [purchase] = await trade.bought()
    assert (purchase.refunded, purchase.taken_back, purchase.missing) == (200, 5, 0)
    await trade.books_are_right()


async def test_a_part_is_taken_in_proportion_and_the_odd_credit_is_left(trade: Trade):
    checkout = await trade.buys()
    for part, left in ((90, 3), (50, 2), (60, 0)):
        trade.server.refunds(checkout, part)
        await trade.settles()
        assert await trade.has() == left
    assert (await trade.bought())[0].taken_back == 5
    assert await trade.kinds() == ["paid", "refunded", "refunded", "refunded"]
    await trade.books_are_right()


async def test_credits_that_are_spent_are_missing_and_no_balance_is_below_zero(trade: Trade):
    checkout = await trade.buys()
    await trade.spends(4)
    trade.server.refunds(checkout)
    await trade.settles()
    assert await trade.has() == 0
    [purchase] = await trade.bought()
    assert (purchase.taken_back, purchase.missing) == (1, 4)
    await trade.buys()
    assert await trade.has() == 5


async def test_a_refund_that_fails_gives_the_credits_back_and_may_be_made_again(trade: Trade):
    trade.server.world.refunds_pend = True
    checkout = await trade.buys()
    refund = trade.server.refunds(checkout)
    await trade.settles()
    assert await trade.has() == 0
    trade.server.refund_ends(refund["id"], succeeded=False)
    await trade.settles()
    assert await trade.has() == 5
    assert any("has failed" in line for line in trade.opened.reports)
    trade.server.refund_ends(trade.server.refunds(checkout)["id"])
    await trade.settles()
    assert await trade.has() == 0
    await trade.books_are_right()


async def test_a_dispute_that_is_won_gives_back_what_it_took(trade: Trade):
    checkout = await trade.buys()
    await trade.spends(2)
    await trade.told()
    trade.server.disputes(checkout)
    await trade.settles()
    assert (await trade.has(), await trade.kinds()) == (0, ["disputed"])
    assert (await trade.bought())[0].missing == 2
    trade.server.dispute_ends(won=True)
    await trade.settles()
    assert await trade.has() == 3
    assert await trade.told() == [{"kind": "dispute-won", "credits": 3}]
    [purchase] = await trade.bought()
    assert (purchase.taken_back, purchase.missing, purchase.disputed) == (0, 0, False)
    await trade.books_are_right()


async def test_a_dispute_that_is_lost_leaves_it_so(trade: Trade):
    checkout = await trade.buys()
    trade.server.disputes(checkout)
    trade.server.dispute_ends(won=False)
    await trade.settles()
    assert await trade.has() == 0
    assert await trade.kinds() == ["paid", "disputed"]
    assert sum("dispute" in line for line in trade.opened.reports) == 2
    assert (await trade.bought())[0].disputed


async def test_the_bill_of_a_plan_is_refunded_as_a_pack_is(trade: Trade):
    await trade.buys("plan:monthly")
    await trade.passes(days=32)
    trade.server.refunds(trade.server.of_kind("invoice")[0]["id"], 450)
    await trade.settles()
    assert await trade.has() == 60
    assert [one.refunded for one in await trade.bought()] == [450, 0]
    await trade.books_are_right()


async def test_what_is_refunded_before_it_was_credited_ends_the_same(trade: Trade):
    trade.server.webhooks.never("checkout.session.*")
    payer = await trade.opens()
    await payer.pays()
    trade.server.refunds(trade.server.of_kind("checkout.session")[0]["id"], 100)
    await trade.settles()
    assert await trade.has() == 3
    assert await trade.kinds() == ["paid", "refunded"]


async def test_the_bill_of_a_plan_that_is_refunded_before_it_was_credited_too(trade: Trade):
    for kind in ("checkout.session.*", "invoice.*", "customer.*"):
        trade.server.webhooks.never(kind)
    payer = await trade.opens("plan:monthly")
    await payer.pays()
    trade.server.refunds(trade.server.of_kind("invoice")[0]["id"])
    await trade.settles()
    assert await trade.has() == 0
    assert (await trade.bought())[0].taken_back == 40

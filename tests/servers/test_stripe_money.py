"""The stand-in for Stripe: what becomes of payments, refunds and disputes."""

from __future__ import annotations

import aiohttp
import pytest
import stripe

from tests.servers.stripe_shop import CANCEL, SUCCESS, shop


async def test_a_person_reads_what_it_costs_and_pays() -> None:
    async with shop() as made:
        page = await made.opened(await made.checkout(line_items=[{"price": made.pack, "quantity": 3}]))
        assert (page.state, page.amount, page.lines) == ("open", "€6.00", ["3 × Figurine credits: €6.00"])
        assert await made.payer.pays() == SUCCESS


async def test_the_way_back_names_the_session_where_it_is_asked_to() -> None:
    async with shop() as made:
        session = await made.checkout(success_url="https://shop.example/paid?id={CHECKOUT_SESSION_ID}")
        await made.opened(session)
        assert await made.payer.pays() == f"https://shop.example/paid?id={session.id}"


async def test_a_paid_session_is_complete_and_everything_fits_together() -> None:
    async with shop() as made:
        session = await made.bought(client_reference_id="17", metadata={"number": "17"},
                                    payment_intent_data={"metadata": {"number": "17"}})  # fmt: skip
        session = await made.again(session, "payment_intent.latest_charge")
        intent = session.payment_intent
        assert (session.status, session.payment_status, session.client_reference_id) == ("complete", "paid", "17")
        assert (intent.status, intent.amount_received, intent.metadata["number"]) == ("succeeded", 200, "17")
        assert (intent.latest_charge.paid, intent.latest_charge.amount_captured) == (True, 200)
        assert session.url is None
        assert (await made.events())[-4:] == [
            "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
        ]  # fmt: skip


async def test_a_card_that_is_declined_leaves_the_session_open_for_another() -> None:
    async with shop() as made:
        session = await made.checkout()
        await made.opened(session)
        assert "declined" in await made.payer.is_declined("stolen_card")
        found = await made.again(session, "payment_intent")
        assert (found.status, found.payment_intent.status) == ("open", "requires_payment_method")
        assert found.payment_intent.last_payment_error.decline_code == "stolen_card"
        assert await made.payer.pays() == SUCCESS
        again = await made.again(session)
        assert (again.status, again.payment_intent) == ("complete", found.payment_intent.id)


async def test_a_card_that_asks_whose_it_is_takes_the_money_after_a_yes_only() -> None:
    async with shop() as made:
        session = await made.checkout()
        await made.opened(session)
        assert "authenticate" in await made.payer.pays_with_3ds(yes=False)
        assert (await made.again(session)).payment_status == "unpaid"
        assert await made.payer.pays_with_3ds() == SUCCESS
        assert (await made.again(session)).payment_status == "paid"
        assert "payment_intent.requires_action" in await made.events()


async def test_whoever_leaves_pays_nothing_and_may_come_back() -> None:
    async with shop() as made:
        session = await made.checkout()
        await made.opened(session)
        assert await made.payer.leaves() == CANCEL
        assert (await made.again(session)).status == "open"
        assert (await made.opened(session)).state == "open"


async def test_a_link_expires_by_the_clock() -> None:
    async with shop() as made:
        soon = made.server.clock.seconds() + 1802
        session = await made.checkout(expires_at=soon)
        await made.opened(session)
        await made.server.passes(minutes=29)
        assert (await made.again(session)).status == "open"
        await made.server.passes(minutes=2)
        assert (await made.again(session)).status == "expired"
        assert (await made.payer.opens(made.payer.seen.url)).expired
        assert (await made.events())[-1] == "checkout.session.expired"
        with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
            await made.v1.checkout.sessions.expire_async(session.id)


async def test_a_link_lives_half_an_hour_at_least_and_a_day_at_most() -> None:
    async with shop() as made:
        for minutes in (29, 24 * 60 + 1):
            with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
                await made.checkout(expires_at=made.server.clock.seconds() + 60 * minutes)
        assert len(made.server.take_violations()) == 2


async def test_a_link_that_was_taken_back_cannot_be_paid_and_one_paid_is_not_paid_twice() -> None:
    async with shop() as made:
        session = await made.checkout()
        page = await made.opened(session)
        await made.v1.checkout.sessions.expire_async(session.id)
        async with aiohttp.ClientSession() as browser, browser.post(page.url, data={"action": "pay"}) as answer:
            assert "expired" in await answer.text()
        paid = await made.checkout()
        page = await made.opened(paid)
        await made.payer.pays()
        async with aiohttp.ClientSession() as browser, browser.post(page.url, data={"action": "pay"}) as answer:
            assert "already" in await answer.text()
        assert len(made.server.of_kind("charge")) == 1


@pytest.mark.parametrize("good", [True, False])
async def test_money_by_bank_arrives_days_after_the_session_was_complete(good: bool) -> None:
    async with shop() as made:
        session = await made.checkout()
        await made.opened(session)
        assert await made.payer.pays_by_bank() == SUCCESS
        found = await made.again(session)
        assert (found.status, found.payment_status) == ("complete", "unpaid")
        made.server.money_arrives(session.id, good)
        assert (await made.again(session)).payment_status == ("paid" if good else "unpaid")
        assert (await made.events())[-1].endswith("succeeded" if good else "failed")


async def test_a_payment_can_have_an_invoice_with_its_paper_and_a_receipt() -> None:
    async with shop() as made, aiohttp.ClientSession() as browser:
        session = await made.again(await made.bought(invoice_creation={"enabled": True}), "invoice.payments")
        invoice = session.invoice
        assert (invoice.status, invoice.total, invoice.amount_paid) == ("paid", 200, 200)
        assert invoice.payments.data[0].payment.payment_intent == session.payment_intent
        async with browser.get(invoice.invoice_pdf) as answer:
            assert (await answer.read()).startswith(b"%PDF")
        assert (await made.payer.opens(invoice.hosted_invoice_url)).state == "paid"
        intent = await made.v1.payment_intents.retrieve_async(session.payment_intent, {"expand": ["latest_charge"]})
        assert (await made.payer.opens(intent.latest_charge.receipt_url)).amount == "€2.00"


@pytest.mark.parametrize(("behaviour", "total", "tax"), [("inclusive", 200, 32), ("exclusive", 238, 38)])
async def test_tax_is_in_the_price_or_on_top(behaviour: str, total: int, tax: int) -> None:
    async with shop() as made:
        product = (await made.v1.prices.retrieve_async(made.pack)).product
        price = await made.v1.prices.create_async(
            {"product": product, "currency": "eur", "unit_amount": 200, "tax_behavior": behaviour}
        )
        session = await made.bought(
            line_items=[{"price": price.id, "quantity": 1}],
            automatic_tax={"enabled": True},
            invoice_creation={"enabled": True},
        )
        invoice = (await made.invoices())[0]
        assert (session.amount_subtotal, session.amount_total, session.total_details.amount_tax) == (200, total, tax)
        assert (invoice.total, invoice.total_taxes[0].amount, session.automatic_tax.status) == (total, tax, "complete")


async def test_refunds_in_parts_come_to_the_whole_and_never_to_more() -> None:
    async with shop() as made:
        session = await made.bought()
        refund = await made.v1.refunds.create_async({"payment_intent": session.payment_intent, "amount": 50})
        assert (refund.status, refund.amount) == ("succeeded", 50)
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            await made.v1.refunds.create_async({"payment_intent": session.payment_intent, "amount": 151})
        made.server.refunds(session.id, 150)
        charge = await made.v1.charges.retrieve_async(made.server.charge_of(session.id)["id"], {"expand": ["refunds"]})
        assert (charge.amount_refunded, charge.refunded, len(charge.refunds.data)) == (200, True, 2)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await made.v1.refunds.create_async({"payment_intent": session.payment_intent})
        assert refused.value.code == "charge_already_refunded"
        assert (await made.events()).count("charge.refunded") == 2


async def test_a_refund_may_be_under_way_and_come_back() -> None:
    async with shop() as made:
        session = await made.bought()
        made.server.world.refunds_pend = True
        refund = made.server.refunds(session.id)
        assert (await made.v1.refunds.retrieve_async(refund["id"])).status == "pending"
        made.server.refund_ends(refund["id"], succeeded=False)
        assert (await made.v1.refunds.retrieve_async(refund["id"])).status == "failed"
        assert made.server.charge_of(session.id)["amount_refunded"] == 0
        again = made.server.refunds(session.id)
        made.server.refund_ends(again["id"])
        assert (await made.v1.refunds.list_async({"charge": refund["charge"]})).data[0].status == "succeeded"
        third = await made.bought()
        pending = made.server.refunds(third.id, 70)
        assert (await made.v1.refunds.cancel_async(pending["id"])).status == "canceled"


@pytest.mark.parametrize(("won", "left"), [(True, 200 - 28 - 2000), (False, -28 - 2000)])
async def test_a_dispute_takes_the_money_and_gives_it_back_if_it_is_won(won: bool, left: int) -> None:
    async with shop() as made:
        session = await made.bought()
        dispute = made.server.disputes(session.id)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await made.v1.refunds.create_async({"payment_intent": session.payment_intent})
        assert refused.value.code == "charge_disputed"
        answered = await made.v1.disputes.update_async(dispute["id"], {"evidence": {"uncategorized_text": "it came"}})
        assert (answered.status, answered.evidence_details.submission_count) == ("under_review", 1)
        made.server.dispute_ends(won=won)
        found = (await made.v1.disputes.list_async({"payment_intent": session.payment_intent})).data[0]
        assert found.status == ("won" if won else "lost")
        assert (await made.v1.balance.retrieve_async()).pending[0].amount == left
        kinds = [kind for kind in await made.events() if "dispute" in kind]
        assert kinds[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
        assert ("charge.dispute.funds_reinstated" in kinds) == won
        assert kinds[-1] == "charge.dispute.closed"


async def test_a_dispute_that_nobody_answers_is_lost() -> None:
    async with shop() as made:
        first = made.server.disputes((await made.bought()).id)
        second = made.server.disputes((await made.bought()).id)
        assert (await made.v1.disputes.close_async(second["id"])).status == "lost"
        await made.server.passes(days=10)
        assert (await made.v1.disputes.retrieve_async(first["id"])).status == "lost"


async def test_with_its_link_a_payment_that_nobody_made_is_called_off() -> None:
    async with shop() as made:
        session = await made.checkout()
        await made.opened(session)
        await made.payer.is_declined()
        await made.v1.checkout.sessions.expire_async(session.id)
        assert (await made.again(session, "payment_intent")).payment_intent.status == "canceled"


async def test_live_mode_is_another_world() -> None:
    async with shop(live=True) as made:
        session = await made.bought()
        assert (made.server.key[:8], session.livemode, session.id[:8]) == ("sk_live_", True, "cs_live_")

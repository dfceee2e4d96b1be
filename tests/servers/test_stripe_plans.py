"""The stand-in for Stripe: what becomes of subscriptions and their invoices as time goes by."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe

from tests.servers.stripe import Payer
from tests.servers.stripe.periods import after
from tests.servers.stripe_shop import Shop, shop


async def test_a_plan_begins_with_a_paid_invoice_and_renews_every_month() -> None:
    async with shop() as made:
        plan = await made.subscribed(subscription_data={"metadata": {"number": "7"}})
        assert (plan.status, plan.latest_invoice.status, plan.metadata["number"]) == ("active", "paid", "7")
        await made.server.passes(days=63)
        invoices = await made.invoices()
        assert [(i.billing_reason, i.status, i.total) for i in invoices] == [
            ("subscription_cycle", "paid", 900),
            ("subscription_cycle", "paid", 900),
            ("subscription_create", "paid", 900),
        ]
        assert len({invoice.number for invoice in invoices}) == 3
        line = invoices[0].lines.data[0]
        item = (await made.subscription(plan.id))["items"].data[0]
        assert line.pricing.price_details.price == made.plan == item.price.id
        assert line.period.end == item.current_period_end > made.server.clock.seconds()
        assert invoices[0].parent.subscription_details.subscription == plan.id
        assert invoices[0].parent.subscription_details.metadata["number"] == "7"


async def test_the_invoice_of_a_renewal_is_a_draft_for_an_hour() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        end = plan["items"].data[0].current_period_end
        await made.server.passes(seconds=end - made.server.clock.seconds() + 60)
        assert (await made.invoices())[0].status == "draft"
        await made.server.passes(hours=1)
        assert (await made.invoices())[0].status == "paid"


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    start = int(dt.datetime(2027, 1, 31, 12, tzinfo=dt.UTC).timestamp())
    ends = [
        dt.datetime.fromtimestamp(after(start, {"interval": "month", "interval_count": 1}, n), dt.UTC) for n in (1, 2)
    ]
    assert [(end.month, end.day, end.hour) for end in ends] == [(2, 28, 12), (3, 31, 12)]


async def test_a_declined_card_begins_no_plan() -> None:
    async with shop() as made:
        session = await made.checkout(mode="subscription", line_items=[{"price": made.plan, "quantity": 1}])
        await made.opened(session)
        assert "declined" in await made.payer.is_declined()
        assert await made.invoices() == []
        assert await made.payer.pays_with_3ds()
        assert (await made.subscription((await made.again(session)).subscription)).status == "active"


async def test_a_renewal_that_cannot_be_paid_is_tried_again_and_mended_by_another_card() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        made.server.card_becomes(plan.customer, "refuses")
        await made.server.passes(days=32)
        found = await made.subscription(plan.id)
        owed = found.latest_invoice
        assert (found.status, owed.status, owed.attempt_count) == ("past_due", "open", 1)
        assert owed.next_payment_attempt > made.server.clock.seconds()
        await made.server.passes(days=3)
        assert (await made.subscription(plan.id)).latest_invoice.attempt_count == 2
        payer = made.server.payer()
        await payer.opens(owed.hosted_invoice_url)
        await payer.pays()
        found = await made.subscription(plan.id)
        assert (found.status, found.latest_invoice.status) == ("active", "paid")
        await made.server.passes(days=29)
        assert (await made.subscription(plan.id)).status == "active"


@pytest.mark.parametrize("end", ["canceled", "unpaid"])
async def test_a_plan_ends_when_every_try_failed(end: str) -> None:
    async with shop() as made:
        made.server.world.dunning_ends_in = end
        plan = await made.subscribed()
        made.server.card_becomes(plan.customer, "refuses")
        await made.server.passes(days=31 + 16)
        found = await made.subscription(plan.id)
        assert (found.status, found.latest_invoice.attempt_count, found.latest_invoice.status) == (end, 4, "open")
        if end == "canceled":
            assert found.cancellation_details.reason == "payment_failed"


async def test_a_renewal_whose_card_asks_waits_for_its_owner() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        made.server.card_becomes(plan.customer, "asks")
        await made.server.passes(days=32)
        found = await made.subscription(plan.id)
        assert found.status == "past_due"
        assert "invoice.payment_action_required" in await made.events()
        payer = made.server.payer()
        await payer.opens(found.latest_invoice.hosted_invoice_url)
        await payer.answers()
        assert payer.seen.state == "paid"
        assert (await made.subscription(plan.id)).status == "active"


async def portal(made: Shop, plan: Any, **more: Any) -> Payer:
    session = await made.v1.billing_portal.sessions.create_async(
        {"customer": plan.customer, "return_url": "https://shop.example/back", **more}
    )
    payer = made.server.payer()
    await payer.opens(session.url)
    return payer


async def test_in_the_portal_a_plan_is_cancelled_for_the_end_of_its_period() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        payer = await portal(made, plan)
        await payer.cancels_plan()
        found = await made.subscription(plan.id)
        assert (found.status, found.cancel_at_period_end) == ("active", True)
        await payer.stays()
        assert (await made.subscription(plan.id)).cancel_at_period_end is False
        await payer.cancels_plan()
        assert await payer.leaves() == "https://shop.example/back"
        await made.server.passes(days=32)
        found = await made.subscription(plan.id)
        assert (found.status, found.cancellation_details.reason) == ("canceled", "cancellation_requested")
        assert (await made.events())[-1] == "customer.subscription.deleted"
        assert len(await made.invoices()) == 1


async def test_in_the_portal_another_plan_is_settled_with_the_next_invoice() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        item = plan["items"].data[0]
        await made.server.passes(seconds=(item.current_period_end - item.current_period_start) / 2)
        payer = await portal(made, plan)
        await payer.changes_plan_to("bigger")
        found = await made.subscription(plan.id)
        assert found["items"].data[0].price.lookup_key == "bigger"
        updated = await made.v1.events.list_async({"type": "customer.subscription.updated", "limit": 1})
        assert "items" in updated.data[0].data.previous_attributes
        assert len(await made.invoices()) == 1
        await made.server.passes(days=18)
        newest = (await made.invoices())[0]
        amounts = [line.amount for line in newest.lines.data]
        assert amounts[0] == pytest.approx(-450, abs=1)
        assert amounts[1] == pytest.approx(900, abs=1)
        assert (amounts[2], newest.total) == (1800, sum(amounts))
        assert newest.lines.data[0].parent.subscription_item_details.proration


async def test_another_plan_can_be_settled_at_once_or_not_at_all() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        change = {"items": [{"id": plan["items"].data[0].id, "price": made.bigger}]}
        await made.v1.subscriptions.update_async(plan.id, {**change, "proration_behavior": "always_invoice"})
        newest = (await made.invoices())[0]
        assert (newest.billing_reason, newest.status) == ("subscription_update", "paid")
        assert newest.total == pytest.approx(900, abs=1)
        change["items"][0]["price"] = made.plan
        await made.v1.subscriptions.update_async(plan.id, {**change, "proration_behavior": "none"})
        assert len(await made.invoices()) == 2
        made.server.card_becomes(plan.customer, "refuses")
        change["items"][0]["price"] = made.bigger
        strict = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
        with pytest.raises(stripe.CardError):
            await made.v1.subscriptions.update_async(plan.id, {**change, **strict})
        assert (await made.subscription(plan.id))["items"].data[0].price.id == made.plan


async def test_a_smaller_plan_leaves_money_for_the_next_invoices() -> None:
    async with shop() as made:
        session = await made.checkout(mode="subscription", line_items=[{"price": made.bigger, "quantity": 1}])
        await made.opened(session)
        await made.payer.pays()
        plan = await made.subscription((await made.again(session)).subscription)
        change = {
            "items": [{"id": plan["items"].data[0].id, "price": made.plan}],
            "proration_behavior": "always_invoice",
        }
        await made.v1.subscriptions.update_async(plan.id, change)
        settled = (await made.invoices())[0]
        assert (settled.status, settled.amount_due) == ("paid", 0)
        left = (await made.v1.customers.retrieve_async(plan.customer)).balance
        assert left == settled.total == pytest.approx(-900, abs=1)
        await made.server.passes(days=32)
        newest = (await made.invoices())[0]
        assert newest.amount_due == newest.total + left
        assert (await made.v1.customers.retrieve_async(plan.customer)).balance == 0


async def test_in_the_portal_a_plan_stands_still_and_goes_on() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        payer = await portal(made, plan)
        await payer.pauses()
        found = await made.subscription(plan.id)
        assert (found.status, found.status_details.paused.subscription.type) == ("paused", "pause_requested")
        assert (await made.events())[-1] == "customer.subscription.paused"
        await made.server.passes(days=40)
        assert len(await made.invoices()) == 1
        payer = await portal(made, plan)
        await payer.resumes()
        assert (await made.subscription(plan.id)).status == "active"
        assert [invoice.status for invoice in await made.invoices()] == ["paid", "paid"]
        assert "customer.subscription.resumed" in await made.events()


@pytest.mark.parametrize(
    ("behaviour", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
async def test_a_plan_can_go_on_while_nothing_is_collected(behaviour: str, status: str) -> None:
    async with shop() as made:
        plan = await made.subscribed()
        until = made.server.clock.seconds() + 45 * 86_400
        pause = {"behavior": behaviour, "resumes_at": until}
        await made.v1.subscriptions.update_async(plan.id, {"pause_collection": pause})
        await made.server.passes(days=33)
        found = await made.subscription(plan.id)
        assert (found.status, found.latest_invoice.status) == ("active", status)
        await made.server.passes(days=31)
        found = await made.subscription(plan.id)
        assert (found.pause_collection, found.latest_invoice.status) == (None, "paid")


async def test_collection_goes_on_when_it_is_asked_to() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        update = made.v1.subscriptions.update_async
        await update(plan.id, {"pause_collection": {"behavior": "void"}})
        assert (await update(plan.id, {"pause_collection": ""})).pause_collection is None


async def test_a_plan_can_be_cancelled_at_once_and_is_listed_as_ended() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        asked = {"cancellation_details": {"comment": "moved"}}
        assert (await made.v1.subscriptions.cancel_async(plan.id, asked)).cancellation_details.comment == "moved"
        listed = made.v1.subscriptions.list_async
        assert (await listed({"customer": plan.customer})).data == []
        assert [one.id for one in (await listed({"status": "ended"})).data] == [plan.id]
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.subscriptions.cancel_async(plan.id)


async def test_a_plan_whose_first_payment_never_came_expires_within_a_day() -> None:
    async with shop() as made:
        customer = await made.v1.customers.create_async({})
        plan = await made.v1.subscriptions.create_async(
            {"customer": customer.id, "items": [{"price": made.plan}], "payment_behavior": "default_incomplete"}
        )
        assert plan.status == "incomplete"
        await made.server.passes(hours=24)
        found = await made.subscription(plan.id)
        assert (found.status, found.latest_invoice.status) == ("incomplete_expired", "void")


async def test_a_plan_begins_when_its_first_invoice_is_paid_after_all() -> None:
    async with shop() as made:
        customer = await made.v1.customers.create_async({})
        plan = await made.v1.subscriptions.create_async(
            {"customer": customer.id, "items": [{"price": made.plan}], "payment_behavior": "default_incomplete",
             "expand": ["latest_invoice"]}
        )  # fmt: skip
        payer = made.server.payer()
        await payer.opens(plan.latest_invoice.hosted_invoice_url)
        assert "declined" in await payer.is_declined()
        assert (await made.subscription(plan.id)).status == "incomplete"
        await payer.pays()
        assert (await made.subscription(plan.id)).status == "active"


async def test_invoices_are_paid_voided_and_given_up_by_hand() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        made.server.card_becomes(plan.customer, "refuses")
        await made.server.passes(days=32)
        name = (await made.invoices())[0].id
        with pytest.raises(stripe.CardError):
            await made.v1.invoices.pay_async(name)
        assert (await made.v1.invoices.mark_uncollectible_async(name)).status == "uncollectible"
        assert (await made.v1.invoices.pay_async(name, {"paid_out_of_band": True})).status == "paid"
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.invoices.void_invoice_async(name)
        await made.server.passes(days=31)
        newest = (await made.invoices())[0]
        assert (await made.v1.invoices.void_invoice_async(newest.id)).status == "void"
        assert [one.id for one in (await made.v1.invoices.list_async({"status": "void"})).data] == [newest.id]
        payments = await made.v1.invoice_payments.list_async({"invoice": (await made.invoices())[2].id})
        assert [payment.status for payment in payments.data] == ["paid"]


async def test_the_portal_offers_what_its_configuration_says() -> None:
    async with shop(portal_saved=False) as made:
        plan = await made.subscribed()
        with pytest.raises(stripe.InvalidRequestError, match="default configuration"):
            await portal(made, plan)
        features = {
            "invoice_history": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "immediately"},
        }
        chosen = await made.v1.billing_portal.configurations.create_async({"features": features})
        payer = await portal(made, plan, configuration=chosen.id)
        assert set(payer.seen.buttons) == {"cancel", "leave"}
        assert any("Invoice" in line for line in payer.seen.lines)
        await payer.cancels_plan()
        assert (await made.subscription(plan.id)).status == "canceled"


async def test_a_portal_link_that_nobody_opened_is_over_after_five_minutes() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        session = await made.v1.billing_portal.sessions.create_async({"customer": plan.customer})
        await made.server.passes(minutes=6)
        assert (await made.server.payer().opens(session.url)).expired


async def test_a_card_can_be_changed_in_the_portal() -> None:
    async with shop() as made:
        plan = await made.subscribed()
        payer = await portal(made, plan)
        await payer.changes_card("refuses")
        await made.server.passes(days=32)
        assert (await made.subscription(plan.id)).status == "past_due"

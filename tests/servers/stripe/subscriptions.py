"""How subscriptions begin."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.stripe import invoices, lines
from tests.servers.stripe.calls import list_of
from tests.servers.stripe.catalogue import plan_of
from tests.servers.stripe.periods import HOUR, after, next_turn
from tests.servers.stripe.world import Object, World

TO_BEGIN: Final = 23 * HOUR


def begin(
    world: World,
    customer: Object,
    price: Object,
    quantity: int,
    card: Object | None,
    *,
    present: bool,
    wait: bool = False,
    **values: Any,
) -> Object:
    """A new subscription with its first invoice. `present`: its owner has just confirmed the payment, `wait`: will."""
    now = world.clock.seconds()
    made = world.make(
        "subscription",
        **{
            "automatic_tax": {"enabled": False, "liability": None, "disabled_reason": None},
            "billing_cycle_anchor": now,
            "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None},
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": {"comment": None, "feedback": None, "reason": None},
            "collection_method": "charge_automatically",
            "currency": price["currency"],
            "customer": customer["id"],
            "default_payment_method": card["id"] if card else None,
            "default_tax_rates": [],
            "discounts": [],
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "start_date": now,
            "status": "incomplete",
            "_pending": [],
            "_anchor": (now, 0),
            "_turn": 0,
            **values,
        },
    )
    end = after(now, price["recurring"], 1)
    item = world.make(
        "subscription_item",
        current_period_start=now,
        current_period_end=end,
        discounts=[],
        plan=plan_of(world, price),
        price=price,
        quantity=quantity,
        subscription=made["id"],
        tax_rates=[],
    )
    made["items"] = list_of([item], f"/v1/subscription_items?subscription={made['id']}")
    world.happened("customer.subscription.created", made)
    part = lines.line(world, price, quantity, (now, end), item=item, automatic=made["automatic_tax"])
    invoice = lines.new_invoice(world, customer, [part], "subscription_create", made)
    invoices.finalize(world, invoice)
    if not wait or not invoice["amount_due"]:
        invoices.collect(world, invoice, card)
    intent = world.objects.get(invoice.get("_intent", ""))
    if present and intent and intent["status"] == "requires_action":
        invoices.authenticated(world, invoice, good=True)
    next_turn(world, made, now, price["recurring"])
    world.timeline.deed(now + TO_BEGIN, lambda: _never_began(world, made, invoice))
    return made


def _never_began(world: World, subscription: Object, invoice: Object) -> None:
    if subscription["status"] == "incomplete":
        now = world.clock.seconds()
        invoices.ends(world, invoice, "void")
        world.change(subscription, "customer.subscription.updated", status="incomplete_expired", ended_at=now)

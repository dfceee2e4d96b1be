"""Invoices: draft, open, paid, uncollectible, void."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.servers.stripe import payments
from tests.servers.stripe.calls import list_of
from tests.servers.stripe.tax import exclusive, tax_on
from tests.servers.stripe.world import Object, World

# What becomes of the subscription when its invoice is paid or could not be; kept here so that imports go one way.
AFTERWARDS: Final[list[Callable[[World, Object], None]]] = []


def line(
    world: World,
    price: Object,
    quantity: int,
    period: tuple[int, int],
    *,
    item: Object | None = None,
    amount: int | None = None,
    text: str = "",
    automatic: Object | None = None,
) -> Object:
    """A line of an invoice. `amount`: another than the price comes to, as in a proration."""
    whole = price["unit_amount"] * quantity if amount is None else amount
    taxes = tax_on(world, whole, price, automatic or {"enabled": False})[2]
    parent = item and {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": amount is not None,
            "proration_details": {"credited_items": None},
            "subscription": item["subscription"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }
    product = world.objects[price["product"]]
    made = world.make(
        "line_item",
        amount=whole,
        currency=price["currency"],
        description=text or f"{quantity} × {product['name']}",
        discount_amounts=[],
        discountable=amount is None,
        discounts=[],
        parent=parent,
        period={"start": period[0], "end": period[1]},
        pricing={
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
            "price_details": {"price": price["id"], "product": price["product"]},
        },
        quantity=quantity,
        subscription=item["subscription"] if item else None,
        subtotal=whole,
        taxes=taxes,
    )
    del world.objects[made["id"]]
    return made


def new_invoice(
    world: World, customer: Object, lines: list[Object], reason: str, subscription: Object | None = None, **values: Any
) -> Object:
    """A draft."""
    subtotal = sum(part["amount"] for part in lines)
    taxes = [tax for part in lines for tax in part["taxes"]]
    total = subtotal + exclusive(taxes)
    automatic = (subscription or values)["automatic_tax"]
    parent = subscription and {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }
    now = world.clock.seconds()
    status = {"status": "complete" if automatic["enabled"] else None, "disabled_reason": None, "provider": None}
    invoice = world.make(
        "invoice",
        **{
            "account_country": "DE",
            "account_name": "Figurines",
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_shipping": 0,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": True,
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "currency": lines[0]["currency"],
            "customer": customer["id"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_tax_exempt": customer.get("tax_exempt", "none"),
            "customer_tax_ids": [],
            "default_tax_rates": [],
            "discounts": [],
            "issuer": {"type": "self"},
            "parent": parent,
            "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
            "period_start": now,
            "period_end": now,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "starting_balance": customer["balance"],
            "status": "draft",
            "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
            "subtotal": subtotal,
            "subtotal_excluding_tax": total - sum(tax["amount"] for tax in taxes),
            "total": total,
            "total_discount_amounts": [],
            "total_excluding_tax": total - sum(tax["amount"] for tax in taxes),
            "total_taxes": taxes,
            **values,
            "automatic_tax": {**automatic, **status},
        },
    )
    invoice["amount_due"] = invoice["amount_remaining"] = max(0, total + customer["balance"])
    invoice["lines"] = list_of(lines, f"/v1/invoices/{invoice['id']}/lines")
    for part in lines:
        part["invoice"] = invoice["id"]
    if subscription:
        world.change(subscription, latest_invoice=invoice["id"])
        invoice["_subscription"] = subscription["id"]
    world.happened("invoice.created", invoice)
    return invoice


def finalize(world: World, invoice: Object, intent: Object | None = None) -> None:
    """No more changes: it has a number, and can be paid. `intent`: what it was paid with already."""
    customer, now = world.objects[invoice["customer"]], world.clock.seconds()
    number = customer["next_invoice_sequence"]
    total, balance = invoice["total"], customer["balance"]
    due = max(0, total + balance)
    after = balance + total if total + balance < 0 else (0 if balance < 0 else balance)
    world.change(customer, next_invoice_sequence=number + 1, balance=after)
    world.change(
        invoice,
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04}",
        hosted_invoice_url=f"{world.url}/invoices/{invoice['id']}",
        invoice_pdf=f"{world.url}/invoices/{invoice['id']}/pdf",
        effective_at=now,
        starting_balance=balance,
        ending_balance=after,
        amount_due=due,
        amount_remaining=due,
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    world.happened("invoice.finalized", invoice)
    if due:
        intent = intent or payments.new_intent(world, due, invoice["currency"], invoice["customer"], description=None)
        invoice["_intent"] = intent["id"]
        world.make(
            "invoice_payment",
            amount_paid=None,
            amount_requested=due,
            currency=invoice["currency"],
            invoice=invoice["id"],
            is_default=True,
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status="open",
            status_transitions={"canceled_at": None, "paid_at": None},
        )


def collect(world: World, invoice: Object, card: Object | None, code: str = "") -> str:
    """Try to have an open invoice paid; the invoice's status then."""
    if invoice["status"] == "draft":
        finalize(world, invoice)
    intent = world.objects.get(invoice.get("_intent", ""))
    if intent is None:
        settled(world, invoice)
        return "paid"
    invoice["attempted"], invoice["attempt_count"] = True, invoice["attempt_count"] + 1
    if card is None:
        state = "requires_payment_method"
    else:
        state = payments.attempt(world, intent, card, code=code)
    return _after(world, invoice, state)


def authenticated(world: World, invoice: Object, *, good: bool) -> str:
    """The card's owner was asked for it, and answered."""
    return _after(world, invoice, payments.authenticate(world, world.objects[invoice["_intent"]], good=good))


def _after(world: World, invoice: Object, state: str) -> str:
    if state == "succeeded":
        settled(world, invoice)
    elif state != "processing":
        if state == "requires_action":
            world.happened("invoice.payment_action_required", invoice)
        world.happened("invoice.payment_failed", invoice)
        for tell in AFTERWARDS:
            tell(world, invoice)
    return str(invoice["status"])


def settled(world: World, invoice: Object, *, out_of_band: bool = False) -> None:
    """It is paid."""
    now = world.clock.seconds()
    world.change(
        invoice,
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": now},
    )
    payment = world.find("invoice_payment", invoice=invoice["id"])
    if payment and not out_of_band:
        changed = {**payment["status_transitions"], "paid_at": now}
        world.change(payment, status="paid", amount_paid=invoice["amount_due"], status_transitions=changed)
        world.happened("invoice_payment.paid", payment)
    world.happened("invoice.paid", invoice)
    world.happened("invoice.payment_succeeded", invoice)
    for tell in AFTERWARDS:
        tell(world, invoice)


def ends(world: World, invoice: Object, status: str) -> None:
    """It is void or uncollectible."""
    field, event = {
        "void": ("voided_at", "invoice.voided"),
        "uncollectible": ("marked_uncollectible_at", "invoice.marked_uncollectible"),
    }[status]
    if invoice["status"] == "draft":
        finalize(world, invoice)
    changed = {**invoice["status_transitions"], field: world.clock.seconds()}
    world.change(invoice, status=status, status_transitions=changed, next_payment_attempt=None, auto_advance=False)
    if status == "void":
        world.change(invoice, amount_remaining=0)
        if (intent := world.objects.get(invoice.get("_intent", ""))) and intent["status"] != "succeeded":
            world.change(intent, status="canceled", canceled_at=world.clock.seconds())
    world.happened(event, invoice)

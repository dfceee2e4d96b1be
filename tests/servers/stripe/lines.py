"""Invoices as drafts, and their lines."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe.calls import list_of
from tests.servers.stripe.tax import exclusive, tax_on
from tests.servers.stripe.world import Object, World


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

"""What automatic tax comes to: one rate for everybody."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe.world import Object, World


def tax_on(world: World, amount: int, price: Object, automatic: Object) -> tuple[int, int, list[Object]]:
    """(net, tax, Stripe's words for it) of what a price comes to. The whole is net and tax together."""
    if not automatic["enabled"] or not world.tax_percent:
        return amount, 0, []
    behaviour = "inclusive" if price["tax_behavior"] == "inclusive" else "exclusive"
    rate = world.tax_percent
    tax = round(amount * rate / (100 + rate)) if behaviour == "inclusive" else round(amount * rate / 100)
    net = amount - tax if behaviour == "inclusive" else amount
    words: Object = {"amount": tax, "tax_behavior": behaviour, "taxability_reason": "standard_rated",
                     "taxable_amount": net, "tax_rate_details": None, "type": "tax_rate_details"}  # fmt: skip
    return net, tax, [words]


def automatic_tax(values: Any) -> Object:
    """How an object says whether tax is computed."""
    enabled = bool((values or {}).get("enabled"))
    return {"enabled": enabled, "liability": {"type": "self"} if enabled else None}


def exclusive(taxes: list[Object]) -> int:
    """The tax that comes on top."""
    return sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")

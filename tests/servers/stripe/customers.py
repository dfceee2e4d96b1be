"""Customers, and the cards that they pay with."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.world import Object, World

FIELDS: Final = "address description email metadata name phone preferred_locales"
# What a card does, and the number that does so in Stripe's test mode.
CARDS: Final = {
    "good": "4242424242424242",
    "asks": "4000002760003184",  # wants to know each time that it is its owner who pays
    "refuses": "4000000000000341",  # no money is on it
    "bank": "DE89370400440532013000",  # not a card: the money comes days later
}


@plays("customer.create", f"{FIELDS} tax_exempt")
def create_customer(world: World, call: Call) -> Object:
    return new_customer(world, **{key: value for key, value in call.values.items() if key != "expand"})


def new_customer(world: World, **values: Any) -> Object:
    """A customer without a card."""
    basics = {"balance": 0, "delinquent": False, "next_invoice_sequence": 1, "preferred_locales": [],
              "tax_exempt": "none", "invoice_prefix": world.new_id("x", 8)[2:].upper(),
              "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None,
                                   "rendering_options": None}}  # fmt: skip
    customer = world.make("customer", **basics | {k: v if v != "" else None for k, v in values.items()})
    world.happened("customer.created", customer)
    return customer


@plays("customer.retrieve")
def customer(world: World, call: Call) -> Object:
    return world.get("customer", call.name)


@plays("customer.update", f"{FIELDS} tax_exempt")
def update_customer(world: World, call: Call) -> Object:
    found = world.active_customer(call.name, "id")
    values = {key: None if value == "" else value for key, value in call.values.items() if key != "expand"}
    world.change(found, "customer.updated", **values | {"metadata": world.merged(found, call.values.get("metadata"))})
    return found


@plays("customer.list", "created email")
def customers(world: World, call: Call) -> Object:
    return page(call, world.of_kind("customer"), email=True)


@plays("customer_payment_method.list", "type")
def cards(world: World, call: Call) -> Object:
    found = [pm for pm in world.of_kind("payment_method") if pm["customer"] == call.name]
    return page(call, found, type=True)


def new_card(world: World, behaviour: str, customer: Object | None = None) -> Object:
    """A way to pay that behaves as CARDS says."""
    kind = "sepa_debit" if behaviour == "bank" else "card"
    details: dict[str, Any] = {"last4": CARDS[behaviour][-4:]}
    if kind == "card":
        details |= {"brand": "visa", "country": "DE", "exp_month": 12, "exp_year": 2034, "funding": "credit",
                    "checks": None, "fingerprint": world.new_id("f", 16)[2:], "networks": None, "wallet": None,
                    "three_d_secure_usage": {"supported": True}, "regulated_status": None,
                    "display_brand": "visa", "generated_from": None}  # fmt: skip
    billing = {"address": no_address(), "email": None, "name": None, "phone": None, "tax_id": None}
    card: Object = {"id": world.new_id("pm"), "object": "payment_method", "type": kind, kind: details,
                    "billing_details": billing, "created": world.clock.seconds(), "livemode": world.live,
                    "metadata": {}, "customer": customer["id"] if customer else None, "allow_redisplay": "limited",
                    "_behaviour": behaviour}  # fmt: skip
    world.objects[card["id"]] = card
    return card


def no_address(country: str | None = None) -> Object:
    """An address of which at most the country is known."""
    return {"city": None, "country": country, "line1": None, "line2": None, "postal_code": None, "state": None}

"""Checkout sessions: open, complete, expired."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.stripe import paying, payments
from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.catalogue import new_price
from tests.servers.stripe.checkout_rules import LONGEST, check
from tests.servers.stripe.refusals import misfit, refused
from tests.servers.stripe.tax import automatic_tax
from tests.servers.stripe.world import Object, World

PLAYED: Final = (
    "adaptive_pricing allow_promotion_codes allowed_payment_method_types automatic_tax billing_address_collection"
    " cancel_url client_reference_id consent_collection currency custom_text customer customer_creation customer_email"
    " customer_update expires_at invoice_creation line_items locale metadata mode name_collection payment_intent_data"
    " payment_method_collection phone_number_collection submit_type subscription_data success_url tax_id_collection"
    " ui_mode"
)
KEPT: Final = ("allow_promotion_codes", "allowed_payment_method_types", "billing_address_collection", "cancel_url",
               "client_reference_id", "consent_collection", "customer_email", "locale", "submit_type",
               "success_url", "tax_id_collection")  # fmt: skip


@plays("checkout._session.create", PLAYED)
def create(world: World, call: Call) -> Object:
    mode = call.get("mode")
    now = world.clock.seconds()
    check(world, call)
    customer = world.active_customer(call.values["customer"]) if call.get("customer") else None
    prices = [_price(world, item, mode, n) for n, item in enumerate(call.get("line_items", []))]
    if not prices:
        raise misfit("You must provide at least one line item.", "line_items")
    currency = prices[0][0]["currency"]
    if any(price["currency"] != currency for price, _ in prices):
        raise refused("All prices on a Checkout Session must use the same currency.", param="line_items")
    if (wanted := call.get("currency")) and wanted != currency:
        raise refused(f"The price specified only supports `{currency}`.", param="currency")
    expires = call.get("expires_at", now + LONGEST)
    made = world.make("checkout.session", **_basics(world, call, customer))
    made["id"] = _renamed(world, made, f"cs_{'live' if world.live else 'test'}_{world.new_id('a', 56)[2:]}")
    made |= {"currency": currency, "expires_at": expires, "mode": mode, "url": f"{world.url}/checkout/{made['id']}"}
    made["_line_items"] = [_item(world, price, quantity) for price, quantity in prices]
    made["_intent_data"] = call.get("payment_intent_data", {})
    made["_subscription_data"] = call.get("subscription_data", {})
    paying.total(world, made, taxed=False)
    if made["amount_total"] < payments.SMALLEST:
        raise refused("The Checkout Session's total amount must be at least 0.50.", code="amount_too_small")
    world.timeline.deed(expires, lambda: paying.expire(world, made))
    return made


def _price(world: World, item: Object, mode: str, number: int) -> tuple[Object, int]:
    where = f"line_items[{number}]"
    if beyond := sorted(set(item) - {"price", "price_data", "quantity"}):
        raise misfit(f"the stand-in does not play {beyond[0]} of a line item", where)
    quantity = item.get("quantity")
    if quantity is None or quantity < 1:
        raise misfit("Quantity is required. Add `quantity` to the line item.", f"{where}[quantity]")
    if data := item.get("price_data"):
        price = new_price(world, data, _inline=True)
        price["active"] = False
    else:
        price = world.get("price", item.get("price", ""), f"{where}[price]")
        if not price["active"] or not world.objects[price["product"]]["active"]:
            raise refused("The price specified is inactive. This field only accepts active prices.",
                          param=f"{where}[price]")  # fmt: skip
    if price["recurring"] and mode == "payment":
        raise misfit("You specified `payment` mode but passed a recurring price. Either switch to `subscription`"
                     " mode or use only one-time prices.", "mode")  # fmt: skip
    if not price["recurring"] and mode == "subscription":
        raise misfit("You must provide at least one recurring price in `subscription` mode.", "mode")
    return price, quantity


def _basics(world: World, call: Call, customer: Object | None) -> Object:
    texts = dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"))
    taxed = automatic_tax(call.get("automatic_tax"))
    values: dict[str, Any] = {
        "automatic_tax": {
            **taxed, "provider": "stripe" if taxed["enabled"] else None,
            "status": "requires_location_inputs" if taxed["enabled"] else None,
        },
        "custom_fields": [],
        "custom_text": texts | {key: value or None for key, value in call.get("custom_text", {}).items()},
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else call.get("customer_creation", _creates(call)),
        "metadata": call.get("metadata", {}),
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    }  # fmt: skip
    if call.get("mode") == "payment":
        asked = call.get("invoice_creation", {"enabled": False})
        values["invoice_creation"] = {"enabled": asked["enabled"], "invoice_data": {
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None, "issuer": None,
            "rendering_options": None, "metadata": {}} | asked.get("invoice_data", {})}  # fmt: skip
    return values | {key: call.get(key) for key in KEPT if key in call.values}


def _creates(call: Call) -> str:
    return "always" if call.get("mode") == "subscription" else "if_required"


def _renamed(world: World, one: Object, name: str) -> str:
    del world.objects[one["id"]]
    world.objects[name] = one
    return name


def _item(world: World, price: Object, quantity: int) -> Object:
    item = world.make("item", currency=price["currency"], price=price, quantity=quantity,
                      description=world.objects[price["product"]]["name"])  # fmt: skip
    del world.objects[item["id"]]
    return item


@plays("checkout._session.retrieve")
def retrieve(world: World, call: Call) -> Object:
    return world.get("checkout.session", call.name)


@plays("checkout._session.list", "created customer payment_intent status subscription")
def listed(world: World, call: Call) -> Object:
    return page(call, world.of_kind("checkout.session"), customer=True, payment_intent=True, status=True,
                subscription=True)  # fmt: skip


@plays("checkout._session.update", "metadata")
def update(world: World, call: Call) -> Object:
    found = world.get("checkout.session", call.name)
    world.change(found, metadata=world.merged(found, call.values.get("metadata")))
    return found


@plays("checkout._session.expire")
def expire_call(world: World, call: Call) -> Object:
    found = world.get("checkout.session", call.name)
    if found["status"] != "open":
        raise refused(f"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a"
                      f" status of {found['status']}.")  # fmt: skip
    paying.expire(world, found)
    return found


@plays("checkout._session_line_item.list")
def line_items(world: World, call: Call) -> Object:
    return page(call, world.get("checkout.session", call.name)["_line_items"])

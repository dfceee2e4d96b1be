"""Checkout sessions: open, complete, expired."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.stripe import invoices, payments, subscriptions
from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.catalogue import new_price
from tests.servers.stripe.customers import new_card, new_customer, no_address
from tests.servers.stripe.refusals import misfit, refused
from tests.servers.stripe.tax import automatic_tax, tax_on
from tests.servers.stripe.world import Object, World

SHORTEST: Final = 30 * 60
LONGEST: Final = 24 * 3600
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
INNER: Final = {
    "payment_intent_data": {"description", "metadata", "receipt_email", "setup_future_usage", "statement_descriptor",
                            "statement_descriptor_suffix"},
    "subscription_data": {"description", "metadata"},
}  # fmt: skip


@plays("checkout._session.create", PLAYED)
def create(world: World, call: Call) -> Object:
    mode = call.get("mode")
    now = world.clock.seconds()
    _check(world, call)
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
    total(world, made, taxed=False)
    if made["amount_total"] < payments.SMALLEST:
        raise refused("The Checkout Session's total amount must be at least 0.50.", code="amount_too_small")
    world.timeline.deed(expires, lambda: expire(world, made))
    return made


def _check(world: World, call: Call) -> None:
    if call.get("mode") not in ("payment", "subscription"):
        raise misfit("the stand-in plays the modes payment and subscription", "mode")
    if call.get("ui_mode", "hosted_page") != "hosted_page":
        raise misfit("the stand-in plays hosted pages", "ui_mode")
    for key, known in INNER.items():
        if beyond := sorted(set(call.get(key, {})) - known):
            raise misfit(f"the stand-in does not play {key}[{beyond[0]}]", key)
        if key in call.values and (call.get("mode") == "payment") == (key == "subscription_data"):
            raise misfit(f"You can not pass `{key}` in `{call.get('mode')}` mode.", key)
    if call.get("mode") == "subscription" and (call.get("customer_creation") or call.get("invoice_creation")):
        raise misfit("`customer_creation` and `invoice_creation` can only be used in `payment` mode.", "mode")
    if call.get("customer") and (call.get("customer_email") or call.get("customer_creation")):
        raise misfit("You may only specify one of these parameters: customer, customer_email, customer_creation.")
    if call.get("customer_update") and not call.get("customer"):
        raise misfit("`customer_update` can only be used with `customer`.", "customer_update")
    if len(call.get("client_reference_id", "")) > 200:
        raise misfit("Invalid string: client_reference_id must be at most 200 characters", "client_reference_id")
    if not call.get("success_url"):
        raise misfit("Missing required param: success_url.", "success_url")
    for key in ("success_url", "cancel_url"):
        if (url := call.get(key)) and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise misfit("Not a valid URL", key)
    if expires := call.get("expires_at"):
        ahead = expires - world.clock.seconds()
        if ahead < SHORTEST:
            raise misfit("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
                         "expires_at")  # fmt: skip
        if ahead > LONGEST:
            raise misfit("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                         "expires_at")  # fmt: skip


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
        raise misfit("You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or"
                     " use only one-time prices.", "mode")  # fmt: skip
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


def total(world: World, session: Object, *, taxed: bool) -> None:
    """Add it up; tax is known once it is known where the payer lives."""
    taxes = 0
    for item in session["_line_items"]:
        whole = item["price"]["unit_amount"] * item["quantity"]
        net, tax, words = tax_on(world, whole, item["price"], session["automatic_tax"] if taxed else {"enabled": False})
        on_top = sum(w["amount"] for w in words if w["tax_behavior"] == "exclusive")
        item |= {"amount_discount": 0, "amount_subtotal": whole, "amount_tax": tax, "amount_total": whole + on_top}
        taxes += tax
    session["amount_subtotal"] = sum(item["amount_subtotal"] for item in session["_line_items"])
    session["amount_total"] = sum(item["amount_total"] for item in session["_line_items"])
    session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": taxes}
    if taxed and session["automatic_tax"]["enabled"]:
        session["automatic_tax"] = {**session["automatic_tax"], "status": "complete"}


def submit(world: World, session: Object, behaviour: str, email: str | None, country: str, code: str = "") -> str:
    """The payer pressed the button with a card; how the payment stands then."""
    if session["status"] != "open":
        raise refused("This Checkout Session is no longer open.")
    total(world, session, taxed=True)
    session["_payer"] = {"email": email, "country": country}
    card = new_card(world, behaviour, world.objects.get(session["customer"] or ""))
    if session["mode"] == "subscription":
        if code or behaviour == "refuses":
            return "requires_payment_method"
        session["_card"] = card["id"]
        return confirmed(world, session) if behaviour != "asks" else "requires_action"
    data = session["_intent_data"]
    intent = world.objects.get(session["payment_intent"] or "")
    if intent is None:
        intent = payments.new_intent(world, session["amount_total"], session["currency"], session["customer"],
                                     **{"description": None, **data})  # fmt: skip
        session["payment_intent"] = intent["id"]
    state = payments.attempt(world, intent, card, code=code)
    if state in ("succeeded", "processing"):
        complete(world, session)
    return state


def answer(world: World, session: Object, *, good: bool) -> str:
    """The payer was asked whether the card is theirs."""
    if session["mode"] == "subscription":
        return confirmed(world, session) if good else "requires_payment_method"
    state = payments.authenticate(world, world.objects[session["payment_intent"]], good=good)
    if state == "succeeded":
        complete(world, session)
    return state


def confirmed(world: World, session: Object) -> str:
    """The subscription begins."""
    customer, item = _customer(world, session), session["_line_items"][0]
    card = world.objects[session["_card"]]
    card["customer"] = customer["id"]
    automatic = {key: session["automatic_tax"][key] for key in ("enabled", "liability")}
    data = session["_subscription_data"]
    made = subscriptions.begin(
        world, customer, item["price"], item["quantity"], card, present=True,
        automatic_tax={**automatic, "disabled_reason": None},
        description=data.get("description"), metadata=data.get("metadata", {}),
    )  # fmt: skip
    session["subscription"], session["invoice"] = made["id"], made["latest_invoice"]
    complete(world, session)
    return "succeeded"


def _customer(world: World, session: Object) -> Object:
    payer = session["_payer"]
    if session["customer"] is None:
        session["customer"] = new_customer(world, email=payer["email"])["id"]
    return world.objects[session["customer"]]


def complete(world: World, session: Object) -> None:
    """It is done; the money may still be under way."""
    payer = session["_payer"]
    if session["mode"] == "payment" and session["customer_creation"] == "always":
        customer = _customer(world, session)
        world.change(world.objects[session["payment_intent"]], customer=customer["id"])
    intent = world.objects.get(session["payment_intent"] or "")
    paid = intent is None or intent["status"] == "succeeded"
    if paid and session["mode"] == "payment" and session["invoice_creation"]["enabled"]:
        _invoice(world, session)
    session |= {"status": "complete", "payment_status": "paid" if paid else "unpaid", "url": None,
                "customer_details": {
                    "address": no_address(payer["country"]), "business_name": None, "individual_name": None,
                    "email": payer["email"], "name": None, "phone": None, "tax_exempt": "none", "tax_ids": []}}  # fmt: skip
    world.happened("checkout.session.completed", session)


def _invoice(world: World, session: Object) -> None:
    now, data = world.clock.seconds(), session["invoice_creation"]["invoice_data"]
    lines = [invoices.line(world, item["price"], item["quantity"], (now, now), automatic=session["automatic_tax"])
             for item in session["_line_items"]]  # fmt: skip
    taxed = {key: session["automatic_tax"][key] for key in ("enabled", "liability")}
    made = invoices.new_invoice(world, _customer(world, session), lines, "manual", automatic_tax=taxed,
                                metadata=data["metadata"] or {}, description=data["description"])  # fmt: skip
    invoices.finalize(world, made, intent=world.objects[session["payment_intent"]])
    invoices.settled(world, made)
    session["invoice"] = made["id"]


def money_arrives(world: World, session: Object, *, good: bool) -> None:
    """What was under way has arrived, or never will."""
    intent = world.objects[session["payment_intent"]]
    if good:
        payments.succeed(world, intent)
        if session["invoice_creation"]["enabled"]:
            _invoice(world, session)
        world.change(session, payment_status="paid")
    else:
        payments.fail(world, intent, "payment_method_provider_decline", "", "The payment was declined.")
    world.happened(f"checkout.session.async_payment_{'succeeded' if good else 'failed'}", session)


def expire(world: World, session: Object) -> None:
    """Nobody can pay it any more."""
    if session["status"] == "open":
        world.change(session, status="expired", url=None)
        if (intent := world.objects.get(session["payment_intent"] or "")) and intent["status"] != "succeeded":
            world.change(intent, status="canceled", canceled_at=world.clock.seconds(), next_action=None)
            world.happened("payment_intent.canceled", intent)
        world.happened("checkout.session.expired", session)


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
    expire(world, found)
    return found


@plays("checkout._session_line_item.list")
def line_items(world: World, call: Call) -> Object:
    return page(call, world.get("checkout.session", call.name)["_line_items"])

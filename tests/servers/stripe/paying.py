"""What happens on a checkout page: the payer pays, is asked, or comes too late."""

from __future__ import annotations

from tests.servers.stripe import invoices, lines, payments, subscriptions
from tests.servers.stripe.customers import new_card, new_customer, no_address
from tests.servers.stripe.refusals import refused
from tests.servers.stripe.tax import tax_on
from tests.servers.stripe.world import Object, World


def total(world: World, session: Object, *, taxed: bool) -> None:
    """Add it up; tax is known once it is known where the payer lives."""
    taxes = 0
    for item in session["_line_items"]:
        whole = item["price"]["unit_amount"] * item["quantity"]
        _, tax, words = tax_on(world, whole, item["price"], session["automatic_tax"] if taxed else {"enabled": False})
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
    if world.objects.get(session["customer"] or "", {}).get("deleted"):
        raise refused("The customer of this Checkout Session was deleted.")
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
                    "email": payer["email"], "name": None, "phone": None, "tax_exempt": "none",
                    "tax_ids": []}}  # fmt: skip
    world.happened("checkout.session.completed", session)


def _invoice(world: World, session: Object) -> None:
    now, data = world.clock.seconds(), session["invoice_creation"]["invoice_data"]
    parts = [lines.line(world, item["price"], item["quantity"], (now, now), automatic=session["automatic_tax"])
             for item in session["_line_items"]]  # fmt: skip
    taxed = {key: session["automatic_tax"][key] for key in ("enabled", "liability")}
    made = lines.new_invoice(world, _customer(world, session), parts, "manual", automatic_tax=taxed,
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

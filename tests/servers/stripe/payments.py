"""Payment intents and the charges that come of them."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import refused
from tests.servers.stripe.world import Object, World

SMALLEST = 50  # of the currency's smallest unit


def new_intent(world: World, amount: int, currency: str, customer: str | None, **values: Any) -> Object:
    """An intent that waits for a card."""
    intent = world.make(
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        capture_method="automatic_async",
        confirmation_method="automatic",
        currency=currency,
        customer=customer,
        payment_method_options={},
        payment_method_types=["card"],
        status="requires_payment_method",
        **values,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{world.new_id('s')[2:]}"
    world.happened("payment_intent.created", intent)
    return intent


def attempt(world: World, intent: Object, card: Object, *, present: bool = True, code: str = "") -> str:
    """Try to take the money; how the intent stands then. `present`: somebody is there who may be asked."""
    intent["payment_method"] = card["id"]
    behaviour = card["_behaviour"]
    if behaviour == "refuses" or code:
        return fail(world, intent, "card_declined", code or "insufficient_funds", "Your card was declined.")
    if behaviour == "asks":
        return _ask(world, intent, present=present)
    if behaviour == "bank":
        world.change(intent, status="processing", payment_method_types=["sepa_debit"])
        world.happened("payment_intent.processing", intent)
        return "processing"
    return succeed(world, intent)


def _ask(world: World, intent: Object, *, present: bool) -> str:
    if not present:
        message = "Your card was declined. This transaction requires authentication."
        return fail(world, intent, "authentication_required", "authentication_required", message)
    sdk = {"type": "three_d_secure_redirect", "stripe_js": f"{world.url}/authenticate/{intent['id']}"}
    world.change(intent, status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": sdk})
    world.happened("payment_intent.requires_action", intent)
    return "requires_action"


def authenticate(world: World, intent: Object, *, good: bool) -> str:
    """The owner of the card showed that it is theirs, or did not."""
    if intent["status"] != "requires_action":
        raise refused(
            "This PaymentIntent is not waiting for an authentication.", code="payment_intent_unexpected_state"
        )
    if good:
        return succeed(world, intent)
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    return fail(world, intent, "payment_intent_authentication_failure", "", message)


def succeed(world: World, intent: Object) -> str:
    """The money is there."""
    charge = _charge(world, intent, paid=True)
    world.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
        last_payment_error=None,
    )
    world.happened("charge.succeeded", charge)
    world.happened("payment_intent.succeeded", intent)
    return "succeeded"


def fail(world: World, intent: Object, code: str, decline_code: str, message: str) -> str:
    """The money is not there; another card may be tried."""
    card = world.objects.get(intent["payment_method"] or "")
    error: Object = {"type": "card_error", "code": code, "message": message, "payment_method": card,
                     "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}  # fmt: skip
    if decline_code:
        error["decline_code"] = decline_code
    charge = _charge(world, intent, paid=False, failure_code=code, failure_message=message)
    world.change(
        intent,
        status="requires_payment_method",
        last_payment_error=error | {"charge": charge["id"]},
        latest_charge=charge["id"],
        next_action=None,
        payment_method=None,
    )
    world.happened("charge.failed", charge)
    world.happened("payment_intent.payment_failed", intent)
    return "requires_payment_method"


def _charge(world: World, intent: Object, *, paid: bool, **values: Any) -> Object:
    card = world.objects[intent["payment_method"]]
    outcome = {"advice_code": None, "network_advice_code": None, "network_decline_code": None, "reason": None,
               "network_status": "approved_by_network" if paid else "declined_by_network", "seller_message": None,
               "type": "authorized" if paid else "issuer_declined"}  # fmt: skip
    charge = world.make(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        billing_details=card["billing_details"],
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=outcome,
        paid=paid,
        payment_intent=intent["id"],
        payment_method=card["id"],
        payment_method_details={"type": card["type"]},
        refunded=False,
        status="succeeded" if paid else "failed",
        **values,
    )
    if paid:
        fee = 25 + intent["amount"] * 15 // 1000
        charge["balance_transaction"] = balance(world, charge, intent["amount"], "charge", fee)["id"]
        charge["receipt_url"] = f"{world.url}/receipts/{charge['id']}"
    charge.pop("refunds", None)
    return charge


def balance(world: World, source: Object, amount: int, kind: str, fee: int = 0) -> Object:
    """A movement of the account's own money."""
    details = [{"amount": fee, "application": None, "currency": source["currency"], "description": "Stripe fees",
                "type": "stripe_fee"}] if fee else []  # fmt: skip
    return world.make(
        "balance_transaction", amount=amount, available_on=world.clock.seconds() + 2 * 86_400,
        balance_type="payments", currency=source["currency"], description=None, fee=fee, fee_details=details,
        net=amount - fee, reporting_category={"adjustment": "dispute"}.get(kind, kind), source=source["id"],
        status="pending", type=kind,
    )  # fmt: skip


@plays("payment_intent.retrieve")
def intent(world: World, call: Call) -> Object:
    return world.get("payment_intent", call.name)


@plays("payment_intent.list", "created customer")
def intents(world: World, call: Call) -> Object:
    return page(call, world.of_kind("payment_intent"), customer=True)


@plays("payment_intent.update", "description metadata")
def update_intent(world: World, call: Call) -> Object:
    return _described(world, call, "payment_intent", "")


@plays("charge.retrieve")
def charge(world: World, call: Call) -> Object:
    return world.get("charge", call.name)


@plays("charge.list", "created customer payment_intent")
def charges(world: World, call: Call) -> Object:
    return page(call, world.of_kind("charge"), customer=True, payment_intent=True)


@plays("charge.update", "description metadata")
def update_charge(world: World, call: Call) -> Object:
    return _described(world, call, "charge", "charge.updated")


def _described(world: World, call: Call, kind: str, event: str) -> Object:
    found = world.get(kind, call.name)
    values: dict[str, Any] = {"metadata": world.merged(found, call.values.get("metadata"))}
    if "description" in call.values:
        values["description"] = call.get("description")
    world.change(found, event, **values)
    return found

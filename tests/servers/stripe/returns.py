"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from typing import Final

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.payments import balance
from tests.servers.stripe.refusals import misfit, refused
from tests.servers.stripe.world import Object, World

DAY: Final = 86_400
DISPUTE_FEE: Final = 2000
TO_RESPOND: Final = 9 * DAY
OPEN: Final = ("needs_response", "under_review")


@plays("refund.create", "amount charge metadata payment_intent reason")
def create_refund(world: World, call: Call) -> Object:
    charge = _charge(world, call)
    return refund(world, charge, call.get("amount"), call.get("reason"), call.get("metadata", {}))


def _charge(world: World, call: Call) -> Object:
    if name := call.get("charge"):
        return world.get("charge", name, "charge")
    if name := call.get("payment_intent"):
        intent = world.get("payment_intent", name, "payment_intent")
        if intent["status"] != "succeeded":
            raise refused(f"This PaymentIntent ({name}) does not have a successful charge to refund.")
        return world.get("charge", intent["latest_charge"])
    raise misfit("One of the following params should be provided for this request: payment_intent or charge.")


def refund(
    world: World, charge: Object, amount: int | None = None, reason: str | None = None, metadata: Object | None = None
) -> Object:
    """Give money back; all that is left if no amount is named.

    Raises:
        Refusal: so much is not left.
    """
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["paid"] or left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"] and (found := world.find("dispute", charge=charge["id"])) and found["status"] != "won":
        raise refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = left if amount is None else amount
    if amount <= 0:
        raise misfit("Invalid positive integer", "amount")
    if amount > left:
        raise refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    made = world.make(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={
            "type": "card",
            "card": {"type": "pending", "reference_type": "acquirer_reference_number"},
        },
        metadata=metadata or {},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="pending" if world.refunds_pend else "succeeded",
    )
    made["balance_transaction"] = balance(world, made, -amount, "refund")["id"]
    both = charge["amount_refunded"] + amount
    world.change(charge, amount_refunded=both, refunded=both == charge["amount_captured"])
    world.happened("refund.created", made)
    world.happened("charge.refunded", charge)
    return made


def refund_ends(world: World, one: Object, *, succeeded: bool) -> None:
    """A pending refund arrived, or came back (then the money is the account's again)."""
    if succeeded:
        world.change(one, "refund.updated", status="succeeded")
        world.happened("charge.refund.updated", one)
        return
    failing = balance(world, one, one["amount"], "refund_failure")["id"]
    values = {"status": "failed", "failure_reason": "lost_or_stolen_card", "failure_balance_transaction": failing}
    world.change(one, "refund.updated", **values)
    world.happened("charge.refund.updated", one)
    _undo(world, one)
    world.happened("refund.failed", one)


def _undo(world: World, one: Object) -> None:
    charge = world.objects[one["charge"]]
    world.change(charge, "charge.updated", amount_refunded=charge["amount_refunded"] - one["amount"], refunded=False)


@plays("refund.retrieve")
def retrieve_refund(world: World, call: Call) -> Object:
    return world.get("refund", call.name)


@plays("refund.list", "charge created payment_intent")
def refunds(world: World, call: Call) -> Object:
    return page(call, world.of_kind("refund"), charge=True, payment_intent=True)


@plays("refund.update", "metadata")
def update_refund(world: World, call: Call) -> Object:
    found = world.get("refund", call.name)
    world.change(found, "refund.updated", metadata=world.merged(found, call.values.get("metadata")))
    return found


@plays("refund.cancel")
def cancel_refund(world: World, call: Call) -> Object:
    found = world.get("refund", call.name)
    if found["status"] not in ("pending", "requires_action"):
        raise refused("This refund can no longer be canceled.")
    world.change(found, "refund.updated", status="canceled")
    _undo(world, found)
    return found


def dispute(world: World, charge: Object, reason: str = "fraudulent") -> Object:
    """The card's owner told the bank that this was not their payment: the money is gone until that is settled."""
    if world.find("dispute", charge=charge["id"]):
        raise AssertionError("a charge is disputed once")
    evidence = dict.fromkeys(world.specification.examples["dispute"]["evidence"])
    made = world.make(
        "dispute",
        amount=charge["amount_captured"] - charge["amount_refunded"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=evidence | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": world.clock.seconds() + TO_RESPOND,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    world.change(charge, disputed=True)
    world.happened("charge.dispute.created", made)
    _moves(world, made, -made["amount"], DISPUTE_FEE)
    world.happened("charge.dispute.funds_withdrawn", made)

    def unanswered() -> None:
        if made["status"] == "needs_response":
            dispute_ends(world, made, won=False)

    world.timeline.deed(world.clock.seconds() + TO_RESPOND, unanswered)
    return made


def dispute_ends(world: World, made: Object, *, won: bool) -> None:
    """The bank has decided."""
    if made["status"] not in OPEN:
        raise AssertionError(f"the dispute is {made['status']} already")
    world.change(made, status="won" if won else "lost")
    if won:
        _moves(world, made, made["amount"], 0)
        world.happened("charge.dispute.funds_reinstated", made)
    world.happened("charge.dispute.closed", made)


def _moves(world: World, made: Object, amount: int, fee: int) -> None:
    made["balance_transactions"] = [*made["balance_transactions"], balance(world, made, amount, "adjustment", fee)]


@plays("dispute.retrieve")
def retrieve_dispute(world: World, call: Call) -> Object:
    return world.get("dispute", call.name)


@plays("dispute.list", "charge created payment_intent")
def disputes(world: World, call: Call) -> Object:
    return page(call, world.of_kind("dispute"), charge=True, payment_intent=True)


@plays("dispute.update", "evidence metadata submit")
def update_dispute(world: World, call: Call) -> Object:
    found = world.get("dispute", call.name)
    if found["status"] not in OPEN:
        raise refused("This dispute is already closed.")
    given = {key: value for key, value in call.get("evidence", {}).items() if value != ""}
    details = {**found["evidence_details"], "has_evidence": bool(given) or found["evidence_details"]["has_evidence"]}
    values: Object = {"evidence": found["evidence"] | given, "evidence_details": details}
    if call.get("submit", True) and given:
        details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
        values["status"] = "under_review"
    world.change(found, "charge.dispute.updated", **values, metadata=world.merged(found, call.values.get("metadata")))
    return found


@plays("dispute.close")
def close_dispute(world: World, call: Call) -> Object:
    found = world.get("dispute", call.name)
    if found["status"] not in OPEN:
        raise refused("This dispute is already closed.")
    dispute_ends(world, found, won=False)
    return found

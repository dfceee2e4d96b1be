"""Invoices: draft, open, paid, uncollectible, void."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.servers.stripe import payments
from tests.servers.stripe.world import Object, World

# What becomes of the subscription when its invoice is paid or could not be; kept here so that imports go one way.
AFTERWARDS: Final[list[Callable[[World, Object], None]]] = []


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
    state = payments.attempt(world, intent, card, code=code) if card else "requires_payment_method"
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

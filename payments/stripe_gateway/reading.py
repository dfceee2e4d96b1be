"""Stripe's objects, read as the shop's own values. Whatever is not as it must be is left empty, and fits nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import stripe
from stripe import checkout

from core.money import SubscriptionState
from payments.ports import (
    CheckoutState,
    CheckoutStep,
    InvoiceLine,
    InvoiceState,
    PaymentState,
    PlanState,
    PricedArticle,
)

PURCHASE: Final = "purchase"  # the metadata's one key
STATES: Final[Mapping[str, SubscriptionState]] = {
    "incomplete": SubscriptionState.INCOMPLETE,
    "trialing": SubscriptionState.ACTIVE,
    "active": SubscriptionState.ACTIVE,
    "past_due": SubscriptionState.PAST_DUE,
    "unpaid": SubscriptionState.PAST_DUE,
    "paused": SubscriptionState.PAUSED,
    "canceled": SubscriptionState.ENDED,
    "incomplete_expired": SubscriptionState.ENDED,
}
TAKEN: Final = ("needs_response", "under_review", "lost")  # a dispute for which the bank has taken the money
ABANDONED: Final = ("requires_payment_method", "canceled")  # a payment that nobody goes on with


def checkout_of(session: checkout.Session) -> CheckoutState:
    """A checkout. Its `payment_intent` is to be expanded."""
    number = session.client_reference_id or ""
    intent = session.payment_intent
    step, later = _step(session, intent if isinstance(intent, stripe.PaymentIntent) else None)
    return CheckoutState(
        reference=session.id,
        number=number if _number(session.metadata) == number else "",
        step=step,
        live=session.livemode,
        currency=session.currency or "",
        net=session.amount_subtotal or 0,
        total=session.amount_total or 0,
        url=session.url or "",
        expires_at=moment(session.expires_at),
        payment=name_of(intent),
        invoice=name_of(session.invoice),
        subscription=name_of(session.subscription),
        customer=name_of(session.customer),
        settles_later=later,
    )


def invoice_of(invoice: stripe.Invoice) -> InvoiceState:
    """An invoice. Its payments' `payment_intent`s are to be expanded."""
    details = invoice.parent.subscription_details if invoice.parent else None
    intents = [(one.status, one.payment.payment_intent) for one in invoice.payments or []]
    paying = [intent for status, intent in intents if status == "paid"] or [intent for _, intent in intents]
    intent = paying[0] if paying else None
    waits = isinstance(intent, stripe.PaymentIntent) and intent.status == "requires_action"
    return InvoiceState(
        reference=invoice.id,
        number=_number(details.metadata) if details else "",
        live=invoice.livemode,
        paid=invoice.status == "paid",
        first=invoice.billing_reason == "subscription_create",
        currency=invoice.currency,
        total=invoice.total,
        lines=tuple(_line(line) for line in invoice.lines),
        subscription=name_of(details.subscription) if details else "",
        customer=name_of(invoice.customer),
        payment=name_of(intent),
        url=invoice.hosted_invoice_url or "",
        action_url=invoice.hosted_invoice_url or "" if waits and invoice.status == "open" else "",
    )


def plan_of(subscription: stripe.Subscription) -> PlanState:
    """A subscription. It has one item; of one with several, only the first counts."""
    state = STATES.get(subscription.status, SubscriptionState.PAST_DUE)
    if state is SubscriptionState.ACTIVE and subscription.pause_collection:
        state = SubscriptionState.PAUSED
    item = next(iter(subscription["items"]), None)
    return PlanState(
        reference=subscription.id,
        number=_number(subscription.metadata),
        live=subscription.livemode,
        state=state,
        product=name_of(item.price.product) if item else "",
        customer=name_of(subscription.customer),
        period_end=moment(item.current_period_end if item else subscription.created),
        ends=subscription.cancel_at_period_end or subscription.cancel_at is not None,
        latest_invoice=name_of(subscription.latest_invoice),
    )


def payment_of(intent: stripe.PaymentIntent, disputes: Iterable[stripe.Dispute]) -> PaymentState:
    """A payment. Its latest charge is to be expanded, with the refunds."""
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    refunds = [f"{refund.id} {refund.status}" for refund in charge.refunds or []] if charge else []
    stand = {dispute.id: dispute.status for dispute in disputes}
    refunded = charge.amount_refunded if charge else 0
    parts = [str(refunded), *sorted(refunds), *(f"{name} {status}" for name, status in sorted(stand.items()))]
    return PaymentState(
        reference=intent.id,
        number=_number(intent.metadata),
        live=intent.livemode,
        succeeded=intent.status == "succeeded",
        currency=intent.currency,
        amount=intent.amount_received,
        refunded=refunded,
        disputed=any(status in TAKEN for status in stand.values()),
        lost="lost" in stand.values(),
        version=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
    )


def charge_of(charge: stripe.Charge) -> PaymentState:
    """A payment as its charge tells of it."""
    return PaymentState(
        reference=name_of(charge.payment_intent),
        number=_number(charge.metadata),
        live=charge.livemode,
        succeeded=charge.paid and charge.status == "succeeded",
        currency=charge.currency,
        amount=charge.amount_captured,
        refunded=charge.amount_refunded,
        disputed=charge.disputed,
        lost=False,
        version="",
    )


def price_of(price: stripe.Price) -> PricedArticle:
    """A price."""
    return PricedArticle(
        reference=price.id,
        product=name_of(price.product),
        key=price.lookup_key or "",
        currency=price.currency,
        amount=price.unit_amount or 0,
        monthly=bool(price.recurring and price.recurring.interval == "month" and price.recurring.interval_count == 1),
        tax=price.tax_behavior or "unspecified",
    )


def name_of(thing: object) -> str:
    """The name of something that may be given by its name or as a whole."""
    return thing if isinstance(thing, str) else str(getattr(thing, "id", None) or "")


def moment(seconds: int) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _step(session: checkout.Session, intent: stripe.PaymentIntent | None) -> tuple[CheckoutStep, bool]:
    """How far it is, and whether the money is on its way."""
    if session.status == "expired":
        return CheckoutStep.EXPIRED, False
    if session.status != "complete":
        return CheckoutStep.OPEN, False
    if session.payment_status in ("paid", "no_payment_required"):
        return CheckoutStep.PAID, False
    if intent and intent.status in ABANDONED:
        return CheckoutStep.FAILED, False
    return CheckoutStep.OPEN, True


def _line(line: stripe.InvoiceLineItem) -> InvoiceLine:
    details = line.pricing.price_details if line.pricing else None
    unit = line.pricing.unit_amount_decimal if line.pricing else None
    item = line.parent.subscription_item_details if line.parent else None
    return InvoiceLine(
        product=details.product if details else "",
        amount=line.amount,
        unit=int(unit) if unit is not None and Decimal(unit) == int(unit) else -1,
        quantity=line.quantity or 0,
        proration=item.proration if item else True,
        until=moment(line.period.end),
    )


def _number(metadata: object) -> str:
    """The purchase's number out of an object's metadata."""
    found = metadata[PURCHASE] if metadata and PURCHASE in metadata else ""  # type: ignore[operator,index]
    return found if isinstance(found, str) else ""

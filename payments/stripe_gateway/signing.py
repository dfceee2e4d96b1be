"""What Stripe sends by itself: whether it is genuine and fresh, and what it is about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import stripe

from payments.ports import Event, Forged
from payments.stripe_gateway.reading import moment

TOLERANCE: Final = dt.timedelta(minutes=5)
LONGEST: Final = 255  # characters of a name
LONGEST_KIND: Final = 80
KINDS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "payment_intent.payment_failed",
)
"""What matters, and what the operator's webhook is to be sent. Stripe's list of events takes twenty kinds at most."""
ABOUT_MONEY: Final = ("charge.", "refund.")  # what these are about is told by the payment that they belong to


def verified(body: bytes, signature: str, secrets: Sequence[str], now: dt.datetime) -> Event:
    """The event in a request's body, signed by one of the secrets, and not long ago.

    Raises:
        Forged: it is not.
    """
    if not any(_signed(body, signature, secret) for secret in secrets):
        raise Forged("signature")
    try:
        sent_at = moment(next(int(part[2:]) for part in signature.split(",") if part.startswith("t=")))
        if abs(now - sent_at) > TOLERANCE:
            raise Forged("old")
        return event(json.loads(body))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, StopIteration) as error:
        raise Forged(type(error).__name__) from None


def event(told: Mapping[str, Any]) -> Event:
    """An event out of Stripe's own words. Only names are taken from it."""
    kind, thing = str(told["type"]), told["data"]["object"]
    subject = thing.get("payment_intent") if kind.startswith(ABOUT_MONEY) else thing.get("id")
    if told["object"] != "event" or not isinstance(told["livemode"], bool) or isinstance(thing, str):
        raise ValueError("no event")
    name, about = str(told["id"]), subject if isinstance(subject, str) else ""
    if not 0 < len(name) <= LONGEST or len(about) > LONGEST or len(kind) > LONGEST_KIND:
        raise ValueError("no name")
    return Event(name, kind, about, told["livemode"], moment(int(told["created"])))


def _signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False

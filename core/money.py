"""Credits, payments and subscriptions, as immutable values. Money is in the currency's smallest unit, as an integer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Rail(StrEnum):
    """Who takes the money."""

    STRIPE = "stripe"
    STARS = "stars"
    DISCORD = "discord"


class Book(StrEnum):
    """The accounts of the ledger, all in credits. The first two are each person's own, and never below zero.

    SALES and PROMOTION give, so they stand below zero by what was sold and given away; REVENUE is what was spent on
    figurines, REFUNDS what was taken back with a payment, CLOSED what was left when an account was erased.
    """

    AVAILABLE = "available"
    RESERVED = "reserved"
    SALES = "sales"
    PROMOTION = "promotion"
    REVENUE = "revenue"
    REFUNDS = "refunds"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why credits moved."""

    WELCOME = "welcome"
    PURCHASE = "purchase"
    SUBSCRIPTION = "subscription"
    CODE = "code"
    INVITATION = "invitation"
    GOODWILL = "goodwill"
    RESERVE = "reserve"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute-won"
    MERGE = "merge"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Balance:
    """A person's credits: to spend, and set aside for orders that are under way."""

    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Credits that moved from one book to another, once for `cause`.

    `cause` names what it was for in the service's own numbers, such as "job:12:capture" or "purchase:7:grant".
    """

    reason: Reason
    cause: str
    giving: Book
    taking: Book
    amount: int
    at: dt.datetime


class PurchaseState(StrEnum):
    """How far a payment is. What was refunded or is disputed stays PAID, and says so in its own fields."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A payment, asked for or made. A pack that is bought is one, and so is each period of a subscription.

    `number` is what the provider knows it by: random, and says nothing of the person. `product` is "pack:ID" or
    "plan:ID". `reference` is the provider's name of the whole (a checkout, an invoice), `payment` of the money itself.
    `amount` and `refunded` are in the currency's smallest unit, with tax; `taken_back` and `missing` are credits: those
    that a refund took, and those that it could not since they were spent. `platform` is where it was asked for.
    `person_id` is None once that person is erased.
    """

    id: int
    number: str
    person_id: int | None
    rail: Rail
    product: str
    credits: int
    currency: str
    amount: int
    state: PurchaseState
    created_at: dt.datetime
    platform: str = ""
    place: str = ""
    reference: str = ""
    payment: str = ""
    expires_at: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    refunded: int = 0
    taken_back: int = 0
    missing: int = 0
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A payment to be asked for. `reference` is empty until the provider has named it."""

    person_id: int
    number: str
    rail: Rail
    product: str
    credits: int
    currency: str
    amount: int
    platform: str = ""
    place: str = ""
    reference: str = ""
    expires_at: dt.datetime | None = None


class SubscriptionState(StrEnum):
    """How a subscription stands. Credits come with each paid period, whatever the state; the priority goes with ACTIVE.

    INCOMPLETE waits for its first payment, PAST_DUE for a later one, PAUSED by the person; ENDED is over for good.
    """

    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past-due"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A plan that a person has. `reference` is the provider's name of it; `ends`: it is not renewed."""

    id: int
    person_id: int | None
    rail: Rail
    plan: str
    reference: str
    state: SubscriptionState
    period_end: dt.datetime | None
    ends: bool
    changed_at: dt.datetime
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """Something that a provider told, kept until it is handled. `subject` is the provider's name of what it is about.

    Nothing but names is kept: whoever handles it asks the provider how that thing stands now.
    """

    id: int
    rail: Rail
    name: str
    kind: str
    subject: str
    attempts: int
    received_at: dt.datetime

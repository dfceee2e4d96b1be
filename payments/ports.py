"""What the shop needs of a payment provider. Names are the provider's own, amounts in the currency's smallest unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.errors import ShopAway
from core.money import Rail, SubscriptionState


class Refused(ShopAway):
    """The provider understood, and won't: a wrong key, or a request that does not fit. To ask again is of no use."""


class Unknown(Refused):
    """The provider knows nothing of that name, or not any more."""


class Forged(Exception):
    """What claims to come from the provider does not, or came too late, or is none of its events."""


@dataclass(frozen=True, slots=True)
class Article:
    """Something on sale, as the provider keeps it. `key` finds its price, `product` is the same for all its prices."""

    product: str
    name: str
    key: str
    currency: str
    amount: int
    monthly: bool


@dataclass(frozen=True, slots=True)
class PricedArticle:
    """A price that the provider has now. `tax` is its tax behaviour."""

    reference: str
    product: str
    key: str
    currency: str
    amount: int
    monthly: bool
    tax: str


@dataclass(frozen=True, slots=True)
class Order:
    """A checkout to be made. `number` is the purchase's, and all that the provider is told of who buys."""

    number: str
    article: Article
    customer: str
    locale: str
    paid_url: str
    cancelled_url: str
    expires_at: dt.datetime


class CheckoutStep(StrEnum):
    """OPEN can be paid or is still being paid; the others are the end."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """How a checkout stands. `net` is what was asked for, `total` what was paid, with tax that comes on top.

    `settles_later`: the person has done all that is theirs, and the money is on its way.
    """

    reference: str
    number: str
    step: CheckoutStep
    live: bool
    currency: str
    net: int
    total: int
    url: str
    expires_at: dt.datetime
    payment: str = ""
    invoice: str = ""
    subscription: str = ""
    customer: str = ""
    settles_later: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What an invoice is for. `amount` is what it asks for, `unit` what one costs; `proration`: a part of a period."""

    product: str
    amount: int
    unit: int
    quantity: int
    proration: bool
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """How the bill for one period of a subscription stands. `number` is that of the purchase that began it.

    `first`: it is the subscription's first. `action_url` is set where a person has to confirm the payment there.
    """

    reference: str
    number: str
    live: bool
    paid: bool
    first: bool
    currency: str
    total: int
    lines: tuple[InvoiceLine, ...]
    subscription: str = ""
    customer: str = ""
    payment: str = ""
    url: str = ""
    action_url: str = ""


@dataclass(frozen=True, slots=True)
class PlanState:
    """How a subscription stands. `ends`: it is not renewed at `period_end`."""

    reference: str
    number: str
    live: bool
    state: SubscriptionState
    product: str
    customer: str
    period_end: dt.datetime
    ends: bool
    latest_invoice: str = ""


@dataclass(frozen=True, slots=True)
class PaymentState:
    """How the money itself stands. `version` differs for each state that it can be in, and never comes again.

    `disputed`: the bank has taken it back for now or for good; `lost`: for good.
    """

    reference: str
    number: str
    live: bool
    succeeded: bool
    currency: str
    amount: int
    refunded: int
    disputed: bool
    lost: bool
    version: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the provider tells. `subject` is what it is about; how that stands now is to be asked."""

    name: str
    kind: str
    subject: str
    live: bool
    at: dt.datetime


class Gateway(Protocol):
    """A payment provider. Everything but `verify` asks it over the network.

    Raises:
        ShopAway: it can't be reached now; the same call may be made again, and does nothing twice.
        Refused, Unknown: see there.
    """

    @property
    def rail(self) -> Rail:
        """Which one it is."""
        ...

    @property
    def live(self) -> bool:
        """Whether it moves real money."""
        ...

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of events that matter."""
        ...

    async def customer(self, number: str, locale: str) -> str:
        """Make a customer, who is known by a random number and nothing else. The same number makes one."""
        ...

    async def forget(self, customer: str) -> None:
        """Cancel what the customer is subscribed to, and delete the customer. Nothing where that was done before."""
        ...

    async def cancel(self, subscription: str) -> None:
        """End a subscription now. Nothing where it has ended."""
        ...

    async def checkout(self, order: Order) -> CheckoutState:
        """Make a checkout. The same order makes one. Unknown: the customer or the price is not there."""
        ...

    async def expire(self, reference: str) -> CheckoutState:
        """Close a checkout that is open, and say how it stands then."""
        ...

    async def portal(self, customer: str, locale: str, home: str) -> str:
        """The address of a page where that customer manages cards, invoices and plans."""
        ...

    async def receipt(self, payment: str, reference: str) -> str:
        """The address of the page that proves a payment; empty if there is none."""
        ...

    async def checkout_state(self, reference: str) -> CheckoutState:
        """How a checkout stands."""
        ...

    async def invoice_state(self, reference: str) -> InvoiceState:
        """How an invoice stands."""
        ...

    async def plan_state(self, reference: str) -> PlanState:
        """How a subscription stands."""
        ...

    async def payment_state(self, reference: str) -> PaymentState:
        """How a payment stands."""
        ...

    async def invoice_of(self, payment: str) -> str:
        """The invoice that a payment was for; empty if for none."""
        ...

    def verify(self, body: bytes, signature: str, now: dt.datetime) -> Event:
        """An event that was sent here.

        Raises:
            Forged: see there.
        """
        ...

    def events(self, since: dt.datetime, undelivered: bool = False) -> AsyncIterator[Event]:
        """What happened since then, newest first; with `undelivered`, only what never arrived here."""
        ...

    def payments(self, since: dt.datetime) -> AsyncIterator[PaymentState]:
        """Every payment that was made since then and succeeded; without disputes' details."""
        ...


class Shelf(Protocol):
    """The provider's own list of what is on sale."""

    async def products(self) -> Sequence[tuple[str, str]]:
        """Those on sale that this service has made, by the provider's name, with the name that people see."""
        ...

    async def prices(self, product: str) -> Sequence[PricedArticle]:
        """The prices of a product that can be paid."""
        ...

    async def put_product(self, product: str, name: str) -> None:
        """Make it, or name it so, and have it on sale."""
        ...

    async def put_price(self, article: Article) -> None:
        """A new price, found by its key from now on, in the place of another with the same key."""
        ...

    async def drop_price(self, reference: str) -> None:
        """Nobody can buy at it any more. Whoever is subscribed at it stays so."""
        ...

    async def drop_product(self, product: str) -> None:
        """It is not on sale any more."""
        ...

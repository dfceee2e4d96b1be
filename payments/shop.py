"""The shop, as the conversation and the web server see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.money import Balance, Rail, Subscription
from core.records import Contact


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be bought. `product` is "pack:ID" or "plan:ID"; `amount` in the currency's smallest unit.

    For Stars the currency is "xtr". `monthly`: it comes again each month until it is cancelled.
    """

    product: str
    credits: int
    currency: str
    amount: int
    rail: Rail
    monthly: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Where to pay: an address that is for one person and one purchase, and ends."""

    url: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment that was made. `url` is the provider's page for it; empty where there is none."""

    at: dt.datetime
    product: str
    credits: int
    currency: str
    amount: int
    refunded: int
    url: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, and how to come back to the chat: `home` is an address that leads there, or empty."""

    person_id: int
    platform: str
    locale: str
    place: str = ""
    home: str = ""


class Shop(Protocol):
    """What people can do with money and credits.

    Every method that asks a provider may raise ShopAway: it can't be reached now, nothing was done, try again.
    """

    @property
    def is_open(self) -> bool:
        """Whether credits are counted at all; if not, everything is free, and nothing is sold."""
        ...

    def price(self, style: str) -> int:
        """What one figurine of that style costs, in credits; 0 where nothing is counted."""
        ...

    def packs(self, buyer: Buyer) -> Sequence[Offer]:
        """What can be bought once there, the smallest first."""
        ...

    def plans(self, buyer: Buyer) -> Sequence[Offer]:
        """What can be subscribed to there, the smallest first."""
        ...

    async def balance(self, person_id: int) -> Balance:
        """A person's credits."""
        ...

    async def subscription(self, person_id: int) -> Subscription | None:
        """The plan that a person has."""
        ...

    async def priority(self, person_id: int) -> int:
        """How an order of theirs is queued: 1 goes first."""
        ...

    async def checkout(self, buyer: Buyer, product: str, rail: Rail) -> Link:
        """A new link to pay for something.

        Raises:
            NotForSale: there is no such offer there (any more).
            AlreadySubscribed: they have a plan; /billing changes it.
            TooManyLinks: too many of theirs are open.
        """
        ...

    async def portal(self, buyer: Buyer) -> str:
        """The address of the provider's page for card, invoices, changes and cancelling. Raises NothingToManage."""
        ...

    async def receipts(self, person_id: int) -> Sequence[Receipt]:
        """A person's payments, newest first."""
        ...

    async def redeem(self, person_id: int, code: str) -> int:
        """The credits that a code was worth.

        Raises:
            CodeWrong: unknown, used up, over, or used by this person before.
            CodeTries: too many wrong ones within an hour.
        """
        ...

    async def welcome(self, person_id: int, contact: Contact) -> int:
        """The starter credits, given once, also to somebody who was erased and comes back soon: 0 then."""
        ...

    async def invitation(self, person_id: int) -> str:
        """A person's word for inviting others; empty where invitations are worth nothing."""
        ...

    async def invited(self, person_id: int, word: str) -> bool:
        """Somebody new came by an invitation. Both get their credits with the first figurine that the new one has."""
        ...

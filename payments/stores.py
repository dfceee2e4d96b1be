"""What the shop needs of the storage: Protocols only, implemented in the storage. Moments are in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from core.money import (
    Balance,
    Book,
    Entry,
    NewPurchase,
    ProviderEvent,
    Purchase,
    PurchaseState,
    Rail,
    Reason,
    Subscription,
    SubscriptionState,
)
from core.records import Contact
from core.stores import Transaction


class Ledger(Protocol):
    """Credits, in double entry: nothing is ever changed or deleted, and every cause moves credits once."""

    async def move(
        self,
        tx: Transaction,
        person_id: int,
        reason: Reason,
        cause: str,
        giving: Book,
        taking: Book,
        amount: int,
        now: dt.datetime,
    ) -> bool:
        """Move credits; AVAILABLE and RESERVED are that person's. False if there are too few; nothing was moved then.

        A cause that has moved credits before moves none, and is true. `amount` is 1 at least.
        """
        ...

    async def take_back(
        self, tx: Transaction, person_id: int, reason: Reason, cause: str, most: int, now: dt.datetime
    ) -> int:
        """Move as many as are AVAILABLE, `most` at most, to REFUNDS; how many that were. Once for a cause."""
        ...

    async def moved(self, tx: Transaction, cause: str) -> int:
        """How many credits a cause has moved; 0 if none."""
        ...

    async def balance(self, person_id: int) -> Balance:
        """What a person has."""
        ...

    async def entries(self, person_id: int, limit: int = 100) -> list[Entry]:
        """What moved in a person's books, newest first."""
        ...

    async def totals(self) -> Mapping[Book, int]:
        """The sum of every book, out of the entries. All together are zero."""
        ...

    async def contradictions(self) -> list[str]:
        """Books whose kept balance is not the sum of their entries, one line each without anything personal."""
        ...


class Purchases(Protocol):
    """Payments. Those of an erased person stay for as long as the law asks, without the person."""

    async def add(self, tx: Transaction, new: NewPurchase, now: dt.datetime) -> Purchase:
        """A new one, OPEN; the one that is there where (rail, reference) is known already."""
        ...

    async def named(self, tx: Transaction, purchase_id: int, reference: str, expires_at: dt.datetime | None) -> None:
        """The provider has named it."""
        ...

    async def get(self, purchase_id: int) -> Purchase | None:
        """That one."""
        ...

    async def standing(self, number: str) -> tuple[PurchaseState, str] | None:
        """How far the one of that number is, and where it was asked for. Locks nothing, since strangers may ask."""
        ...

    async def numbered(self, tx: Transaction, number: str) -> Purchase | None:
        """The one of that number, locked until the transaction ends."""
        ...

    async def referred(self, tx: Transaction, rail: Rail, reference: str) -> Purchase | None:
        """The one that a provider calls so, by `reference` or by `payment`; locked until the transaction ends."""
        ...

    async def paid(self, tx: Transaction, purchase_id: int, payment: str, now: dt.datetime) -> None:
        """It was paid."""
        ...

    async def cost(self, tx: Transaction, purchase_id: int, amount: int) -> None:
        """What was paid in the end, with the tax that came on top."""
        ...

    async def closed(self, tx: Transaction, purchase_id: int, failed: bool) -> bool:
        """Nobody can pay it any more (EXPIRED or FAILED). False where it was not OPEN."""
        ...

    async def returned(
        self, tx: Transaction, purchase_id: int, refunded: int, taken_back: int, missing: int, disputed: bool
    ) -> None:
        """What came back by now, all in all."""
        ...

    async def open(self, rail: Rail, before: dt.datetime, limit: int) -> list[Purchase]:
        """OPEN ones that were asked for before then, oldest first."""
        ...

    async def open_of(self, person_id: int) -> list[Purchase]:
        """A person's that are OPEN, oldest first."""
        ...

    async def of(self, person_id: int, limit: int = 20) -> list[Purchase]:
        """A person's paid ones, newest first."""
        ...

    async def since(self, rail: Rail, since: dt.datetime) -> list[Purchase]:
        """Those of everybody that were paid since then."""
        ...


class Subscriptions(Protocol):
    """Plans that people have, and by what name a provider knows a person."""

    async def put(
        self,
        tx: Transaction,
        person_id: int,
        rail: Rail,
        reference: str,
        plan: str,
        state: SubscriptionState,
        period_end: dt.datetime | None,
        ends: bool,
        platform: str,
        now: dt.datetime,
    ) -> Subscription | None:
        """How a subscription stands now; how it stood before, None if it is new. ENDED is never left again."""
        ...

    async def referred(self, tx: Transaction, rail: Rail, reference: str) -> Subscription | None:
        """The one that a provider calls so, locked until the transaction ends."""
        ...

    async def of(self, person_id: int) -> list[Subscription]:
        """A person's, without those that have ENDED, newest first."""
        ...

    async def customer(self, person_id: int, rail: Rail) -> str:
        """What a provider calls that person; empty if it does not know them."""
        ...

    async def is_customer(self, tx: Transaction, person_id: int, rail: Rail, reference: str) -> None:
        """A provider calls that person so from now on. The newest name counts."""
        ...

    async def person_of(self, tx: Transaction, rail: Rail, customer: str) -> int | None:
        """Who that is."""
        ...


class ProviderEvents(Protocol):
    """The inbox of what providers tell."""

    async def add(self, rail: Rail, name: str, kind: str, subject: str, now: dt.datetime) -> bool:
        """Keep one, on the disk when this returns; false if it was known already."""
        ...

    async def next(self, now: dt.datetime, lease_seconds: float) -> ProviderEvent | None:
        """The next that is not handled and that nobody has in hand; in hand for that long from now on."""
        ...

    async def handled(self, tx: Transaction, event_id: int, now: dt.datetime) -> None:
        """It is."""
        ...

    async def failed(self, event_id: int, again_at: dt.datetime) -> None:
        """It could not be handled, and is tried again then."""
        ...


class Codes(Protocol):
    """Codes that are worth credits, and invitations."""

    async def issue(self, code: str, worth: int, uses: int, until: dt.datetime) -> None:
        """A new code; its hash is kept. `uses` is how many people may use it, once each."""
        ...

    async def redeem(self, tx: Transaction, person_id: int, code: str, now: dt.datetime) -> tuple[int, int] | None:
        """(the code's number, its credits) if this person may have them, who has used it up then; else None."""
        ...

    async def invitation(self, person_id: int) -> str:
        """A person's own word for inviting others, made when it is first asked for."""
        ...

    async def inviter(self, tx: Transaction, word: str) -> int | None:
        """Whose word that is."""
        ...

    async def invited(self, tx: Transaction, person_id: int, inviter_id: int, now: dt.datetime) -> bool:
        """Remember who invited somebody; false if they were invited before, or are the same person."""
        ...

    async def rewarded(self, tx: Transaction, person_id: int, now: dt.datetime) -> int | None:
        """Whoever invited a person, the first time that this is asked: from then on it counts as rewarded."""
        ...

    async def welcomed(self, tx: Transaction, contact: Contact, now: dt.datetime) -> bool:
        """Whether that contact was welcomed before, and lately: within 90 days, also if they were erased since.

        It is remembered, by a keyed hash alone, that they are now.
        """
        ...

    async def invitations(self, tx: Transaction, inviter_id: int, since: dt.datetime) -> int:
        """How many that person's invitations have been rewarded since then."""
        ...

"""Credits that are given: to newcomers, for codes, and for bringing somebody along."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from core.bells import OUTBOX, Bells
from core.errors import CodeTries, CodeWrong
from core.money import Book, Reason
from core.ports import Clock
from core.records import Contact, NewParcel, Notice
from core.settings import ShopSettings
from core.stores import Links, Outbox, Transaction, Transactions
from payments.counter import Resume, resumed, told
from payments.stores import Codes, Ledger

TRIES: Final = 10  # wrong codes of one person within an hour
MONTH: Final = dt.timedelta(days=30)
SURE: Final = dt.timedelta(seconds=20)  # in which a transaction has ended
GIFTS: Final = frozenset({Reason.WELCOME, Reason.CODE, Reason.INVITATION, Reason.GOODWILL})


@dataclass(frozen=True, slots=True)
class Giving:
    """Gives credits away, each gift once."""

    settings: ShopSettings
    transactions: Transactions
    ledger: Ledger
    codes: Codes
    links: Links
    outbox: Outbox
    clock: Clock
    bells: Bells
    resume: Resume
    _rewarded: dict[int, dt.datetime] = field(default_factory=dict)

    async def welcome(self, person_id: int, contact: Contact) -> int:
        """See payments.shop.Shop."""
        worth = self.settings.starter_credits
        if not worth or await self._has(person_id, Reason.WELCOME):
            return 0
        now = self.clock.now()
        async with self.transactions.transaction() as tx:
            if await self.codes.welcomed(tx, contact, now):
                return 0
            await self._give(tx, person_id, Reason.WELCOME, f"person:{person_id}:welcome", worth)
        return worth

    async def redeem(self, person_id: int, code: str) -> int:
        """See payments.shop.Shop."""
        now = self.clock.now()
        wrong, _ = await self.links.tries(person_id, now)
        if wrong >= TRIES:
            raise CodeTries
        async with self.transactions.transaction() as tx:
            found = await self.codes.redeem(tx, person_id, plain(code), now)
            if found is not None:
                await self._give(tx, person_id, Reason.CODE, f"code:{found[0]}:{person_id}", found[1])
        if found is None:
            await self.links.missed(person_id, now)
            raise CodeWrong
        await resumed(self.resume, person_id)
        return found[1]

    async def invitation(self, person_id: int) -> str:
        """See payments.shop.Shop."""
        return await self.codes.invitation(person_id) if self.settings.invitation_credits else ""

    async def invited(self, person_id: int, word: str) -> bool:
        """See payments.shop.Shop. Whoever has had an order before is not new."""
        entries = await self.ledger.entries(person_id)
        if not self.settings.invitation_credits or any(entry.reason not in GIFTS for entry in entries):
            return False
        async with self.transactions.transaction() as tx:
            inviter = await self.codes.inviter(tx, word)
            return inviter is not None and await self.codes.invited(tx, person_id, inviter, self.clock.now())

    async def made(self, tx: Transaction, person_id: int) -> None:
        """A figurine of that person is made: with the first one, whoever invited them and they have their credits.

        Whoever has invited as many as count within a month has nothing more of it, and neither has their guest.
        """
        now, worth = self.clock.now(), self.settings.invitation_credits
        inviter = await self.codes.rewarded(tx, person_id, now) if worth else None
        if inviter is None or inviter == person_id:
            return
        if await self.codes.invitations(tx, inviter, now - MONTH) > self.settings.invitations_per_month:
            return
        for each in sorted((inviter, person_id)):  # In this order, so that two do not wait for each other.
            cause = f"guest:{person_id}:{'inviter' if each == inviter else 'guest'}"
            await self._give(tx, each, Reason.INVITATION, cause, worth)
            parcel = NewParcel(each, Notice.SHOP, cause, payload=told("invited", credits=worth))
            await self.outbox.add(tx, parcel, now)
            self._rewarded[each] = now
        self.bells.ring(OUTBOX)

    async def go_on_with_rewarded(self) -> None:
        """Orders of whoever was rewarded a moment ago go on, now that the reward is surely written down."""
        before = self.clock.now() - SURE
        for person_id in [each for each, at in self._rewarded.items() if at < before]:
            del self._rewarded[person_id]
            await resumed(self.resume, person_id)

    async def _give(self, tx: Transaction, person_id: int, reason: Reason, cause: str, worth: int) -> None:
        now = self.clock.now()
        await self.ledger.move(tx, person_id, reason, cause, Book.PROMOTION, Book.AVAILABLE, worth, now)

    async def _has(self, person_id: int, reason: Reason) -> bool:
        return any(entry.reason is reason for entry in await self.ledger.entries(person_id, 1_000))


def plain(code: str) -> str:
    """A code as it is kept: without spaces and dashes, in capitals."""
    return "".join(sign for sign in code.upper() if sign.isalnum())

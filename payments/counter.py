"""What everything that settles payments works with, and the steps that all of it shares."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from core.bells import OUTBOX, Bells
from core.money import Book, Purchase, Reason
from core.ports import Clock
from core.records import NewParcel, Notice
from core.stores import Outbox, Transaction, Transactions
from payments.catalogue import PLAN, Catalogue
from payments.ports import Gateway
from payments.reports import Reports
from payments.stores import Ledger, Purchases, Subscriptions

log = logging.getLogger(__name__)

Resume = Callable[[int], Awaitable[object]]
TRIES: Final = 10  # for a row that others change again and again while it is being looked at


@dataclass(frozen=True, slots=True)
class Counter:
    """One provider's gateway, and the rows that its payments are settled in."""

    gateway: Gateway
    transactions: Transactions
    ledger: Ledger
    purchases: Purchases
    subscriptions: Subscriptions
    outbox: Outbox
    catalogue: Catalogue
    clock: Clock
    bells: Bells
    reports: Reports
    resume: Resume

    async def tell(
        self, tx: Transaction, person_id: int | None, origin: str, platform: str, kind: str, **fields: str | int
    ) -> None:
        """Let a person know, once for each `origin`; nobody is told where there is nobody any more."""
        if person_id is None:
            return
        parcel = NewParcel(person_id, Notice.SHOP, origin, payload=told(kind, **fields), platform=platform)
        await self.outbox.add(tx, parcel, self.clock.now())

    async def grant(self, tx: Transaction, purchase: Purchase, payment: str) -> bool:
        """The purchase is paid: its credits are its person's. False where it was paid before."""
        if purchase.paid_at is not None:
            return False
        now = self.clock.now()
        await self.purchases.paid(tx, purchase.id, payment, now)
        if purchase.person_id is not None and purchase.credits:
            reason = Reason.SUBSCRIPTION if purchase.product.startswith(PLAN) else Reason.PURCHASE
            cause = f"purchase:{purchase.id}:grant"
            await self.ledger.move(
                tx, purchase.person_id, reason, cause, Book.SALES, Book.AVAILABLE, purchase.credits, now
            )
        return True

    async def go_on(self, person_id: int | None) -> None:
        """After the commit: messages go out, and orders that waited for credits go on."""
        self.bells.ring(OUTBOX)
        if person_id is not None:
            await resumed(self.resume, person_id)

    async def fits_mode(self, live: bool) -> bool:
        """Whether something is of the mode that the key is for; operators are told if not."""
        if live is not self.gateway.live:
            await self.reports.add("mode", "Test and live mode are mixed up: what came is not of the key's mode.")
        return live is self.gateway.live


async def resumed(resume: Resume, person_id: int) -> None:
    """Go on with the orders of somebody who has credits now. What they have stays theirs if that fails."""
    try:
        await resume(person_id)
    except Exception as error:  # noqa: BLE001 -- their next credits, or they themselves, try it again
        log.error("orders could not be resumed: %s", type(error).__name__)


def iso(moment: dt.datetime) -> str:
    """A moment as messages carry it."""
    return moment.astimezone(dt.UTC).isoformat()


def told(kind: str, **fields: str | int) -> bytes:
    """What a notice of the shop carries."""
    return json.dumps({"kind": kind, **fields}).encode()

"""What orders cost people: set aside, spent or given back in the ledger, once each."""

from __future__ import annotations

from core.money import Book, Reason
from core.ports import Clock
from payments.stores import Ledger
from storage.holds import HoldRows
from storage.sql import Tx


class LedgerCredits:
    """core.stores.Credits over the ledger. The holds see to it that an order ends in one way only.

    An order that was reserved while nothing was counted costs nothing in the end either, and the other way round: what
    was set aside for one is spent or given back, also if nothing is counted any more.
    """

    def __init__(self, ledger: Ledger, clock: Clock, holds: HoldRows | None = None, counting: bool = True) -> None:
        """Without `counting`, orders from now on are free."""
        self._ledger = ledger
        self._clock = clock
        self._holds = holds or HoldRows()
        self._counting = counting

    async def reserve(self, tx: Tx, person_id: int, job_id: int, amount: int) -> bool:
        """See core.stores.Credits. The hold comes first: it locks the order, which erasing a person does first, too."""
        new = await self._holds.reserve(tx, person_id, job_id, amount)
        if not new or not self._counting or not amount:
            return True
        available, reserved, now = Book.AVAILABLE, Book.RESERVED, self._clock.now()
        cause = f"job:{job_id}:reserve"
        if await self._ledger.move(tx, person_id, Reason.RESERVE, cause, available, reserved, amount, now):
            return True
        await self._holds.undo(tx, job_id)
        return False

    async def capture(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        if await self._holds.capture(tx, job_id):
            await self._end(tx, job_id, Reason.CAPTURE, Book.REVENUE)

    async def release(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        if await self._holds.release(tx, job_id):
            await self._end(tx, job_id, Reason.RELEASE, Book.AVAILABLE)

    async def _end(self, tx: Tx, job_id: int, reason: Reason, taking: Book) -> None:
        """Move what the order has set aside in the ledger, if it has."""
        amount = await self._ledger.moved(tx, f"job:{job_id}:reserve")
        person_id = await self._holds.whose(tx, job_id)
        if amount and person_id:
            cause = f"job:{job_id}:{reason}"
            await self._ledger.move(tx, person_id, reason, cause, Book.RESERVED, taking, amount, self._clock.now())

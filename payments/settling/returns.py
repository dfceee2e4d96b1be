"""Refunds and disputes: money that goes back takes its credits along, as far as they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.errors import ShopAway
from core.money import Book, Purchase, PurchaseState, Reason
from core.stores import Transaction
from payments.counter import TRIES, Counter
from payments.ports import PaymentState
from payments.settling.checkouts import Checkouts
from payments.settling.invoices import Invoices

FIRST: Final = 2  # times that what a payment was for is settled first, before it is given up


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back of a purchase by now, in credits."""

    taken_back: int
    missing: int


class Payments:
    """Settles what becomes of money after it was paid."""

    def __init__(self, counter: Counter, checkouts: Checkouts, invoices: Invoices) -> None:
        self._counter = counter
        self._checkouts = checkouts
        self._invoices = invoices

    async def settle(self, reference: str) -> None:
        """Take credits back for what was refunded or is disputed, or give them back where that is over."""
        counter, asked = self._counter, 0
        for _ in range(TRIES):
            before = await self._row(reference)
            state = await counter.gateway.payment_state(reference)
            if not await counter.fits_mode(state.live):
                return
            if before is None:
                if asked == FIRST or not await self._settle_origin(state):
                    return
                asked += 1
                continue
            async with counter.transactions.transaction() as tx:
                row = await counter.purchases.referred(tx, counter.gateway.rail, reference)
                if row != before:
                    continue  # Somebody knows more than was asked above.
                await self._settle(tx, before, state)
            await self._report(before, state)
            await counter.go_on(before.person_id)
            return
        raise ShopAway("others change it again and again")

    async def _row(self, reference: str) -> Purchase | None:
        """The purchase that was paid so."""
        async with self._counter.transactions.transaction() as tx:
            row = await self._counter.purchases.referred(tx, self._counter.gateway.rail, reference)
        return row if row is not None and row.state is PurchaseState.PAID else None

    async def _settle_origin(self, state: PaymentState) -> bool:
        """What the payment is for has to be settled before; false where that is nothing of ours."""
        counter = self._counter
        if state.number:
            async with counter.transactions.transaction() as tx:
                row = await counter.purchases.numbered(tx, state.number)
            if row is not None and row.reference:
                await self._checkouts.settle(row.reference)
                return state.succeeded
            return False
        invoice = await counter.gateway.invoice_of(state.reference) if state.succeeded else ""
        if invoice:
            await self._invoices.settle(invoice)
        return bool(invoice)

    async def _settle(self, tx: Transaction, row: Purchase, state: PaymentState) -> None:
        due = due_back(row.credits, state)
        change = due - row.taken_back - row.missing
        cause = f"purchase:{row.id}:back:{state.version}"
        if change > 0:
            after = await self._take(tx, row, change, cause, state)
        elif change < 0:
            after = await self._give(tx, row, -change, cause, state)
        else:
            after = Returned(row.taken_back, row.missing)
        await self._counter.purchases.returned(
            *(tx, row.id, state.refunded, after.taken_back, after.missing, state.disputed)
        )
        await self._tell(tx, row, after, state)

    async def _take(self, tx: Transaction, row: Purchase, amount: int, cause: str, state: PaymentState) -> Returned:
        reason = Reason.DISPUTE if state.disputed else Reason.REFUND
        taken = 0
        if row.person_id is not None:
            now = self._counter.clock.now()
            taken = await self._counter.ledger.take_back(tx, row.person_id, reason, cause, amount, now)
        return Returned(row.taken_back + taken, row.missing + amount - taken)

    async def _give(self, tx: Transaction, row: Purchase, amount: int, cause: str, state: PaymentState) -> Returned:
        """A dispute was won, or a refund has failed: what was taken is given back, the rest is not missed any more."""
        reason = Reason.DISPUTE_WON if row.disputed and not state.disputed else Reason.REFUND
        given = min(amount, row.taken_back)
        if given and row.person_id is not None:
            now = self._counter.clock.now()
            move = (Book.REFUNDS, Book.AVAILABLE, given)
            await self._counter.ledger.move(tx, row.person_id, reason, cause, *move, now)
        return Returned(row.taken_back - given, row.missing - (amount - given))

    async def _tell(self, tx: Transaction, row: Purchase, after: Returned, state: PaymentState) -> None:
        told, origin = self._counter.tell, f"purchase:{row.id}:{state.version}"
        back = after.taken_back - row.taken_back
        if state.refunded > row.refunded and not row.disputed:
            amount = state.refunded - row.refunded
            fields: dict[str, str | int] = {"credits": max(back, 0), "amount": amount, "currency": row.currency}
            await told(tx, row.person_id, f"{origin}:refunded", row.platform, "refunded", **fields)
        if state.disputed and not row.disputed:
            await told(tx, row.person_id, f"{origin}:disputed", row.platform, "disputed")
        if row.disputed and not state.disputed:
            await told(tx, row.person_id, f"{origin}:won", row.platform, "dispute-won", credits=max(-back, 0))

    async def _report(self, row: Purchase, state: PaymentState) -> None:
        reports, name = self._counter.reports, f"purchase {row.number} ({state.reference})"
        if state.disputed and not row.disputed:
            await reports.add("dispute", f"The payment of {name} is disputed: answer in Stripe's dashboard.")
        if state.lost:
            await reports.add("dispute", f"The dispute about {name} is lost.")
        if state.refunded < row.refunded:
            await reports.add("refund", f"A refund of {name} has failed.")


def due_back(bought: int, state: PaymentState) -> int:
    """How many credits go back with the money: all in a dispute, else in proportion, the odd one left to the person."""
    if state.disputed:
        return bought
    return bought * min(state.refunded, state.amount) // state.amount if state.amount else 0

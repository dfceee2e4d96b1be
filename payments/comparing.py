"""The three-way check: what the ledger says, what the provider says, and what the rows say must be the same."""

from __future__ import annotations

import datetime as dt

from core.money import Book, Purchase
from payments.counter import Counter
from payments.ports import PaymentState, Unknown
from payments.settling.returns import Payments, due_back


class Comparison:
    """Compares. What can be settled is settled first, so that a line is about what nothing mends by itself."""

    def __init__(self, counter: Counter, payments: Payments) -> None:
        self._counter = counter
        self._payments = payments

    async def lines(self, since: dt.datetime) -> list[str]:
        """What does not fit among all that was paid since then, one line each. Nothing in them names a person."""
        counter, seen, lines = self._counter, set[str](), list[str]()
        async for told in counter.gateway.payments(since):
            seen.add(told.reference)
            lines += await self._payment(told)
        for row in await counter.purchases.since(counter.gateway.rail, since):
            if row.payment and row.payment not in seen:
                lines += await self._paid_elsewhere(row)
            lines += await self._granted(row)
        lines += [f"Ledger: {line}" for line in await counter.ledger.contradictions()]
        if total := sum((await counter.ledger.totals()).values()):
            lines.append(f"Ledger: all books together are {total}, not 0.")
        return lines

    async def _payment(self, told: PaymentState) -> list[str]:
        """A payment at the provider has a row that says the same."""
        if told.disputed:  # A list does not tell how that stands.
            told = await self._counter.gateway.payment_state(told.reference)
        row = await self._row(told.reference)
        if row is None or row.refunded != told.refunded or row.disputed is not told.disputed:
            await self._payments.settle(told.reference)
            row = await self._row(told.reference)
        if row is not None:
            return self._differences(row, told)
        ours = told.number or await self._counter.gateway.invoice_of(told.reference)
        return [f"{told.reference} is paid at Stripe, and no purchase here is."] if ours else []

    async def _paid_elsewhere(self, row: Purchase) -> list[str]:
        """A row whose payment is not among those that the provider listed: it may be older than the row."""
        try:
            told = await self._counter.gateway.payment_state(row.payment)
        except Unknown:
            return [f"Purchase {row.number} is paid here, and Stripe does not know its payment."]
        if not told.succeeded:
            return [f"Purchase {row.number} is paid here, and its payment has not succeeded at Stripe."]
        return self._differences(row, told)

    def _differences(self, row: Purchase, told: PaymentState) -> list[str]:
        lines, name = [], f"Purchase {row.number}"
        if (row.amount, row.currency) != (told.amount, told.currency):
            lines.append(f"{name}: {row.amount} {row.currency} here, {told.amount} {told.currency} at Stripe.")
        if row.refunded != told.refunded:
            lines.append(f"{name}: {row.refunded} refunded here, {told.refunded} at Stripe.")
        if not row.disputed and row.taken_back + row.missing != due_back(row.credits, told):
            lines.append(f"{name}: other credits were taken back than its refunds ask for.")
        return lines

    async def _granted(self, row: Purchase) -> list[str]:
        """A row that is paid has its grant in the ledger, of as many credits."""
        if row.person_id is None or not row.credits:
            return []
        entries = await self._counter.ledger.entries(row.person_id, 10_000)
        granted = sum(one.amount for one in entries if one.cause == f"purchase:{row.id}:grant")
        taken = sum(
            (one.amount if one.taking is Book.REFUNDS else -one.amount)
            for one in entries
            if one.cause.startswith(f"purchase:{row.id}:back:")
        )
        if granted != row.credits:
            return [f"Purchase {row.number}: {row.credits} credits were bought, and the ledger has {granted}."]
        if taken != row.taken_back:
            return [f"Purchase {row.number}: {row.taken_back} credits were taken back, and the ledger has {taken}."]
        return []

    async def _row(self, payment: str) -> Purchase | None:
        async with self._counter.transactions.transaction() as tx:
            return await self._counter.purchases.referred(tx, self._counter.gateway.rail, payment)

"""Checkouts: what was paid at one is credited, and what was not is closed."""

from __future__ import annotations

from core.money import Purchase, PurchaseState
from core.stores import Transaction
from payments.catalogue import PLAN
from payments.counter import Counter
from payments.ports import CheckoutState, CheckoutStep
from payments.settling.invoices import Invoices


class Checkouts:
    """Settles checkouts."""

    def __init__(self, counter: Counter, invoices: Invoices) -> None:
        self._counter = counter
        self._invoices = invoices

    async def settle(self, reference: str) -> None:
        """Ask how a checkout stands, and do what follows from it."""
        await self.apply(await self._counter.gateway.checkout_state(reference))

    async def apply(self, state: CheckoutState) -> None:
        """Do what follows from how a checkout stands. What is over stays so: a state that is old does no harm."""
        counter = self._counter
        if state.step is CheckoutStep.OPEN or not await counter.fits_mode(state.live):
            return
        if state.step is CheckoutStep.PAID and state.subscription and state.invoice:
            await self._invoices.settle(state.invoice)
            return
        before = await self._owner(state)
        balance = (await counter.ledger.balance(before)).available if before else 0
        async with counter.transactions.transaction() as tx:
            row = await self._row(tx, state)
            if row is None:
                return  # Not one of ours: the account at the provider may sell other things, too.
            wrong = self._wrong(row, state)
            if not wrong:
                await self._end(tx, row, state, balance)
            elif row.reference == state.reference and row.state is PurchaseState.OPEN:
                await counter.purchases.closed(tx, row.id, failed=True)
        if wrong:
            await counter.reports.add(
                "misfit", f"Checkout {state.reference} is {state.step} and not credited: {wrong}."
            )
        else:
            await counter.go_on(row.person_id)

    async def _owner(self, state: CheckoutState) -> int | None:
        async with self._counter.transactions.transaction() as tx:
            row = await self._row(tx, state)
            return row.person_id if row else None

    async def _row(self, tx: Transaction, state: CheckoutState) -> Purchase | None:
        counter = self._counter
        row = await counter.purchases.referred(tx, counter.gateway.rail, state.reference)
        return row or (await counter.purchases.numbered(tx, state.number) if state.number else None)

    def _wrong(self, row: Purchase, state: CheckoutState) -> str:
        """What does not fit the row, in words for the operator."""
        if row.rail is not self._counter.gateway.rail or row.number != state.number:
            return "it does not name its purchase"
        if row.reference not in ("", state.reference):
            return "its purchase belongs to another one"
        if state.step is not CheckoutStep.PAID:
            return ""
        if row.product.startswith(PLAN):
            return "a plan was asked for, and it has no invoice"
        if (state.currency, state.net) != (row.currency, row.amount):
            return "another amount was paid than was asked for"
        return (
            "" if self._counter.catalogue.pays(state.total, state.net) else "less or more was paid than was asked for"
        )

    async def _end(self, tx: Transaction, row: Purchase, state: CheckoutState, balance: int) -> None:
        counter = self._counter
        if state.step is CheckoutStep.PAID:
            if not row.reference:  # Its maker died before writing it down.
                await counter.purchases.named(tx, row.id, state.reference, state.expires_at)
            if state.total != row.amount:
                await counter.purchases.cost(tx, row.id, state.total)
            if await counter.grant(tx, row, state.payment):
                told = {"credits": row.credits, "balance": balance + row.credits}
                origin = f"purchase:{row.id}:paid"
                await counter.tell(tx, row.person_id, origin, row.platform, "paid", **told)
            return
        failed = state.step is CheckoutStep.FAILED
        if await counter.purchases.closed(tx, row.id, failed):
            origin = f"purchase:{row.id}:closed"
            if failed:
                await counter.tell(tx, row.person_id, origin, row.platform, "payment-failed")
            else:
                await counter.tell(tx, row.person_id, origin, row.platform, "link-expired", product=row.product)

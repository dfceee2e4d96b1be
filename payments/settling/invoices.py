"""The bills of subscriptions: each one that is paid gives its period's credits, once."""

from __future__ import annotations

import secrets

from core.errors import Gone
from core.money import NewPurchase, Purchase, Subscription
from core.stores import Transaction
from payments.catalogue import PLAN, plan_of
from payments.counter import Counter, iso
from payments.ports import InvoiceLine, InvoiceState
from payments.settling.plans import Plans


class Invoices:
    """Settles invoices."""

    def __init__(self, counter: Counter, plans: Plans) -> None:
        self._counter = counter
        self._plans = plans

    async def settle(self, reference: str) -> None:
        """Credit an invoice if it is paid; ask its person to confirm the payment where the bank wants that."""
        counter = self._counter
        state = await counter.gateway.invoice_state(reference)
        if not state.subscription or not any(plan_of(line.product) for line in state.lines):
            return
        if not await counter.fits_mode(state.live):
            return
        subscription = await self._plans.settle(state.subscription)
        if not state.paid:
            await self._ask(state, subscription)
            return
        try:
            async with counter.transactions.transaction() as tx:
                purchase, wrong = await self._purchase(tx, state, subscription)
                if purchase is not None and wrong:
                    await counter.purchases.closed(tx, purchase.id, failed=True)
                elif purchase is not None and await counter.grant(tx, purchase, state.payment):
                    await self._tell(tx, purchase, state)
        except Gone:
            purchase, wrong = None, "its person is erased"
        if wrong:
            await counter.reports.add("misfit", f"Invoice {reference} is paid and not credited: {wrong}.")
        elif purchase is not None:
            await counter.go_on(purchase.person_id)

    async def _ask(self, state: InvoiceState, subscription: Subscription | None) -> None:
        # The first one is confirmed where it is paid.
        if state.action_url and not state.first and subscription is not None:
            async with self._counter.transactions.transaction() as tx:
                origin = f"invoice:{state.reference}:action"
                person, platform = subscription.person_id, subscription.platform
                await self._counter.tell(tx, person, origin, platform, "action-needed", url=state.action_url)
            await self._counter.go_on(None)

    async def _purchase(
        self, tx: Transaction, state: InvoiceState, subscription: Subscription | None
    ) -> tuple[Purchase | None, str]:
        """The row of an invoice, made where there is none, and what does not fit."""
        counter = self._counter
        row = await counter.purchases.referred(tx, counter.gateway.rail, state.reference)
        if row is not None:
            return row, ""
        if state.first:
            return await self._begun(tx, state, subscription)
        if subscription is None or subscription.person_id is None:
            return None, "nobody has its subscription"
        line, wrong = self._line(state)
        plan = counter.catalogue.plan(plan_of(line.product)) if line else None
        if wrong or (line and plan is None):
            return None, wrong or "its plan is not in the settings any more"
        new = NewPurchase(
            person_id=subscription.person_id,
            number=secrets.token_hex(16),
            rail=counter.gateway.rail,
            product=f"{PLAN}{plan.id if plan else subscription.plan}",
            credits=plan.credits if plan else 0,  # What is paid for a change in the middle brings no period's credits.
            currency=state.currency,
            amount=max(state.total, 0),
            platform=subscription.platform,
            reference=state.reference,
        )
        return await counter.purchases.add(tx, new, counter.clock.now()), ""

    async def _begun(
        self, tx: Transaction, state: InvoiceState, subscription: Subscription | None
    ) -> tuple[Purchase | None, str]:
        """The purchase that a subscription began with, which is its first invoice's from now on."""
        counter = self._counter
        row = await counter.purchases.numbered(tx, state.number) if state.number else None
        if row is None:
            return None, "no purchase has its number"
        if row.paid_at is not None:
            return row, "its purchase was paid by another one"
        if row.person_id is not None and (subscription is None or subscription.person_id != row.person_id):
            return row, "its subscription is somebody else's"
        line, wrong = self._line(state)
        asked = sum(one.amount for one in state.lines)
        if wrong or line is None:
            return row, wrong or "it is for no plan"
        if f"{PLAN}{plan_of(line.product)}" != row.product:
            return row, "it is for another plan than was asked for"
        if (state.currency, line.amount) != (row.currency, row.amount) or asked != row.amount:
            return row, "it is for another amount than was asked for"
        if not counter.catalogue.pays(state.total, asked):
            return row, "less or more was paid than was asked for"
        await counter.purchases.named(tx, row.id, state.reference, row.expires_at)
        if state.total != row.amount:
            await counter.purchases.cost(tx, row.id, state.total)
        return row, ""

    def _line(self, state: InvoiceState) -> tuple[InvoiceLine | None, str]:
        """The line for a whole period of a plan, and what is wrong with it. None where there is no such line."""
        lines = [line for line in state.lines if plan_of(line.product) and not line.proration]
        if not lines:
            return None, ""
        if len(lines) > 1 or lines[0].quantity != 1:
            return None, "it is for more than one plan"
        if lines[0].amount != lines[0].unit:
            return None, "its amount is not its price"
        return lines[0], ""

    async def _tell(self, tx: Transaction, purchase: Purchase, state: InvoiceState) -> None:
        line, _ = self._line(state)
        if line is None:
            return
        told: dict[str, str | int] = {"credits": purchase.credits, "until": iso(line.until)}
        if state.first:
            told["plan"] = plan_of(line.product)
        kind, origin = "subscribed" if state.first else "renewed", f"purchase:{purchase.id}:paid"
        await self._counter.tell(tx, purchase.person_id, origin, purchase.platform, kind, **told)

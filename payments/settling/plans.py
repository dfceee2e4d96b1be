"""Subscriptions: how one stands now, and what its person hears of that."""

from __future__ import annotations

from core.errors import ShopAway
from core.money import Subscription, SubscriptionState
from core.stores import Transaction
from payments.catalogue import plan_of
from payments.counter import TRIES, Counter, iso
from payments.ports import PlanState

State = SubscriptionState
LIVING = (State.ACTIVE, State.PAST_DUE, State.PAUSED)


class Plans:
    """Settles subscriptions."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def settle(self, reference: str) -> Subscription | None:
        """Make the row what the subscription is now. None if it is nobody's, or nothing that is sold here.

        Raises:
            ShopAway: not now; see also payments.ports.Gateway.
        """
        counter = self._counter
        for _ in range(TRIES):
            before = await self._row(reference)
            state = await counter.gateway.plan_state(reference)
            if not plan_of(state.product) or not await counter.fits_mode(state.live):
                return None
            url = await self._action_url(before, state)
            async with counter.transactions.transaction() as tx:
                row = await counter.subscriptions.referred(tx, counter.gateway.rail, reference)
                if row != before:
                    continue  # Somebody knows more than was asked above.
                person_id, platform = await self._whose(tx, before, state)
                after = await self._put(tx, person_id, platform, state) if person_id is not None else None
                if after is not None and before is not None and before.state is not State.ENDED:
                    await self._tell(tx, before, after, state, url)
            if after is None:
                await self._of_nobody(state)
            await counter.go_on(None)
            return after
        raise ShopAway("others change it again and again")

    async def _row(self, reference: str) -> Subscription | None:
        async with self._counter.transactions.transaction() as tx:
            return await self._counter.subscriptions.referred(tx, self._counter.gateway.rail, reference)

    async def _whose(self, tx: Transaction, row: Subscription | None, state: PlanState) -> tuple[int | None, str]:
        """Whose it is: as it was known, else whoever began it, if that is whom the provider calls so."""
        if row is not None:
            return row.person_id, row.platform
        customer = await self._counter.subscriptions.person_of(tx, self._counter.gateway.rail, state.customer)
        begun = await self._counter.purchases.numbered(tx, state.number) if state.number else None
        if begun is None:
            return customer, ""
        return (begun.person_id, begun.platform) if customer in (None, begun.person_id) else (None, "")

    async def _put(self, tx: Transaction, person_id: int, platform: str, state: PlanState) -> Subscription | None:
        counter = self._counter
        await counter.subscriptions.put(
            *(tx, person_id, counter.gateway.rail, state.reference, plan_of(state.product), state.state),
            *(state.period_end, state.ends, platform, counter.clock.now()),
        )
        return await counter.subscriptions.referred(tx, counter.gateway.rail, state.reference)

    async def _action_url(self, before: Subscription | None, state: PlanState) -> str:
        """Where a person has to confirm the payment that the subscription waits for."""
        late = state.state is State.PAST_DUE and before is not None and before.state is not State.PAST_DUE
        if not late or not state.latest_invoice:
            return ""
        return (await self._counter.gateway.invoice_state(state.latest_invoice)).action_url

    async def _tell(
        self, tx: Transaction, before: Subscription, after: Subscription, state: PlanState, url: str
    ) -> None:
        # The row is locked, so that each change is seen once; the moment tells two alike from each other.
        origin = f"subscription:{after.id}:{iso(after.changed_at)}"
        told = self._counter.tell
        person, platform = after.person_id, after.platform
        if after.state is State.ENDED:
            if before.state in LIVING:
                await told(tx, person, f"{origin}:ended", platform, "ended")
            return
        if after.plan != before.plan:
            await told(tx, person, f"{origin}:changed", platform, "changed", plan=after.plan)
        if after.state is State.PAST_DUE and before.state is not State.PAST_DUE:
            if url:
                await told(tx, person, f"invoice:{state.latest_invoice}:action", platform, "action-needed", url=url)
            else:
                await told(tx, person, f"{origin}:past-due", platform, "past-due")
        if after.state is State.PAUSED and before.state is not State.PAUSED:
            await told(tx, person, f"{origin}:paused", platform, "paused")
        if after.state is State.ACTIVE and before.state is State.PAUSED:
            await told(tx, person, f"{origin}:resumed", platform, "resumed")
        if after.ends and not before.ends:
            await told(tx, person, f"{origin}:ends", platform, "ends", until=iso(state.period_end))
        if before.ends and not after.ends:
            await told(tx, person, f"{origin}:stays", platform, "stays")

    async def _of_nobody(self, state: PlanState) -> None:
        if state.state is not State.ENDED:
            await self._counter.reports.add("plan", f"Nobody here has the subscription {state.reference} at Stripe.")

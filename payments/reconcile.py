"""Asking the provider by ourselves: with every webhook lost, each payment is still credited within ten minutes."""

from __future__ import annotations

import asyncio
import datetime as dt
from itertools import islice
from typing import Final

from core.money import Purchase
from core.retention.schedule import Task
from core.stores import Memos
from payments.comparing import Comparison
from payments.counter import Counter, iso
from payments.events import BELL, Events
from payments.ports import Unknown
from payments.stores import ProviderEvents

OFTEN: Final = dt.timedelta(minutes=2)
HOURLY: Final = dt.timedelta(hours=1)
DAILY: Final = dt.timedelta(days=1)
WITHIN: Final = dt.timedelta(minutes=20)
OVERLAP: Final = dt.timedelta(minutes=15)  # that are looked at once more, since events may be listed late
KEPT: Final = dt.timedelta(days=30)  # for as long, Stripe lists its events
YOUNG: Final = dt.timedelta(seconds=30)  # a checkout that nobody can have paid yet
MOST: Final = 2_000  # checkouts that are asked for in one go
AT_ONCE: Final = 4
COMPARED: Final = dt.timedelta(days=3)


class Reconciling:
    """Finds what was never told."""

    def __init__(
        self, counter: Counter, events: Events, stored: ProviderEvents, memos: Memos, comparison: Comparison
    ) -> None:
        self._counter = counter
        self._events = events
        self._stored = stored
        self._memos = memos
        self._comparison = comparison
        self._memo = f"shop.{counter.gateway.rail}.events"

    def tasks(self) -> list[Task]:
        """What belongs into the schedule."""
        rail = self._counter.gateway.rail
        return [
            Task(f"{rail} checkouts", OFTEN, self.checkouts, WITHIN),
            Task(f"{rail} events", OFTEN, self.events, WITHIN),
            Task(f"{rail} undelivered", HOURLY, self.undelivered, WITHIN),
            Task(f"{rail} comparison", DAILY, self.compare, HOURLY),
        ]

    async def checkouts(self) -> None:
        """Settle every checkout that is open here, whatever became of it."""
        before = self._counter.clock.now() - YOUNG
        rows = iter(await self._counter.purchases.open(self._counter.gateway.rail, before, MOST))
        while group := list(islice(rows, AT_ONCE)):
            await asyncio.gather(*(self._checkout(row) for row in group))

    async def events(self) -> None:
        """Store what has happened since the last time, as if it had been sent."""
        now = self._counter.clock.now()
        known = await self._memos.get(self._memo)
        since = max(dt.datetime.fromisoformat(known) - OVERLAP if known else now - OVERLAP, now - KEPT)
        await self._store(since, undelivered=False)
        await self._memos.put(self._memo, iso(now))

    async def undelivered(self) -> None:
        """Store what Stripe itself knows that it never arrived."""
        await self._store(self._counter.clock.now() - KEPT, undelivered=True)

    async def compare(self) -> None:
        """Compare the ledger, the provider and the rows; operators are told of what does not fit."""
        lines = await self._comparison.lines(self._counter.clock.now() - COMPARED)
        for line in lines:
            await self._counter.reports.add("books", line)
        if not lines:
            await self._counter.reports.clear("books")

    async def _store(self, since: dt.datetime, undelivered: bool) -> None:
        gateway, new = self._counter.gateway, False
        async for event in gateway.events(since, undelivered):
            if event.subject and event.live is gateway.live:
                now = self._counter.clock.now()
                new |= await self._stored.add(gateway.rail, event.name, event.kind, event.subject, now)
        if new:
            self._counter.bells.ring(BELL)

    async def _checkout(self, row: Purchase) -> None:
        if row.reference:
            try:
                await self._events.checkouts.settle(row.reference)
                return
            except Unknown:
                await self._counter.reports.add(
                    "misfit", f"Stripe does not know the checkout of purchase {row.number}."
                )
        elif row.expires_at is None or row.expires_at > self._counter.clock.now():
            return  # Its maker has not heard from the provider yet, or has died; nobody was given its address.
        async with self._counter.transactions.transaction() as tx:
            await self._counter.purchases.closed(tx, row.id, failed=True)

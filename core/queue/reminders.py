"""Reminders: a word to whoever wants it before a figurine is deleted."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.bells import OUTBOX, Bells
from core.ports import Clock
from core.records import NewParcel, Notice
from core.stores import Outbox, Reminders, Transactions

NOTICE: Final = dt.timedelta(hours=24)
BATCH: Final = 200  # figurines of which one transaction reminds


class Reminding:
    """Puts reminders of figurines that go within NOTICE into the outbox, once for each."""

    def __init__(
        self, reminders: Reminders, outbox: Outbox, transactions: Transactions, clock: Clock, bells: Bells
    ) -> None:
        self._reminders = reminders
        self._outbox = outbox
        self._transactions = transactions
        self._clock = clock
        self._bells = bells

    async def run(self) -> None:
        """Remind of all that is due. It may be stopped anywhere and run again."""
        told: set[int] = set()
        while True:
            now = self._clock.now()
            jobs = await self._reminders.due(now, now + NOTICE, BATCH)
            fresh = [job for job in jobs if job.id not in told]  # Of somebody who is just being erased, none goes out.
            if not fresh:
                return
            async with self._transactions.transaction() as tx:
                for job in fresh:
                    parcel = NewParcel(job.person_id, Notice.REMINDER, f"job:{job.id}:reminder", job.id)
                    await self._outbox.add(tx, parcel, now)
            told.update(job.id for job in fresh)
            self._bells.ring(OUTBOX)

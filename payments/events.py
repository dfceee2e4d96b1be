"""What the provider told, worked through: each event leads to settling what it is about."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from core.errors import ShopAway
from core.money import ProviderEvent
from payments.counter import Counter
from payments.ports import Refused, Unknown
from payments.settling.checkouts import Checkouts
from payments.settling.invoices import Invoices
from payments.settling.plans import Plans
from payments.settling.returns import Payments
from payments.stores import ProviderEvents

log = logging.getLogger(__name__)

BELL: Final = "provider events"
LEASE: Final = 180.0  # seconds in which an event is handled; the provider may be asked several times
LOOK_EVERY: Final = 5.0  # seconds between two looks for what other processes stored, and what is to be tried again
LONGEST: Final = 600.0  # seconds between two tries
HOPELESS: Final = 8  # tries after which operators are told

Settle = Callable[[str], Awaitable[object]]


class Events:
    """Works through the stored events."""

    def __init__(self, counter: Counter, events: ProviderEvents) -> None:
        plans = Plans(counter)
        invoices = Invoices(counter, plans)
        self.checkouts = Checkouts(counter, invoices)
        self.payments = Payments(counter, self.checkouts, invoices)
        self.invoices = invoices
        self.plans = plans
        self._counter = counter
        self._events = events
        self._settlers: tuple[tuple[str, Settle], ...] = (
            ("checkout.session.", self.checkouts.settle),
            ("invoice.", invoices.settle),
            ("customer.subscription.", plans.settle),
            ("charge.", self.payments.settle),
            ("refund.", self.payments.settle),
            ("payment_intent.", self.payments.settle),
        )

    async def work(self) -> None:
        """The service."""
        while True:
            bell = self._counter.bells.listen(BELL)
            if not await self.handle_next():
                await self._counter.bells.wait(bell, LOOK_EVERY)

    async def handle_next(self) -> bool:
        """Handle one event; false if there is none."""
        event = await self._events.next(self._counter.clock.now(), LEASE)
        if event is None:
            return False
        try:
            await self.settle(event.kind, event.subject)
        except Unknown:
            log.info("an event is about something that the provider does not know")
        except Exception as error:  # noqa: BLE001 -- it is tried again, and others go on
            await self._later(event, error)
            return True
        async with self._counter.transactions.transaction() as tx:
            await self._events.handled(tx, event.id, self._counter.clock.now())
        return True

    async def settle(self, kind: str, subject: str) -> None:
        """Do what an event of that kind asks for. Those of other kinds ask for nothing."""
        for start, settle in self._settlers:
            if subject and kind.startswith(start):
                await settle(subject)
                return

    async def _later(self, event: ProviderEvent, error: Exception) -> None:
        log.warning("an event could not be handled: %s", type(error).__name__)
        pause = dt.timedelta(seconds=min(2.0**event.attempts, LONGEST))
        await self._events.failed(event.id, self._counter.clock.now() + pause)
        if isinstance(error, Refused) or (event.attempts >= HOPELESS and not isinstance(error, ShopAway)):
            name = type(error).__name__
            await self._counter.reports.add("event", f"{event.kind} about {event.subject} can't be settled: {name}.")

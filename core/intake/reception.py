"""What happens on a platform is kept before the platform hears that it arrived, then handled: in order for each person,
in parallel for many.
"""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from core.bells import INBOX, Bells
from core.errors import TryLater
from core.ports import Clock
from core.records import Scope, Update
from core.stores import Inbox, Transactions
from core.supervision import alive, in_background, stop

log = logging.getLogger(__name__)

POLL: Final = 1.0  # seconds between two looks for what other processes received
LEASE: Final = 30.0  # seconds without a sign of life after which whoever handled an update is taken for dead
LONGEST: Final = 600.0  # seconds that answering one update may take
AT_ONCE: Final = 256  # people who are answered at the same time; most of them may wait for a file
ATTEMPTS: Final = 3  # An update that was begun so often, and never ended, is not tried again: its person is told so.

Handler = Callable[[Update], Awaitable[None]]


class Reception:
    """The inbox of one scope."""

    def __init__(
        self,
        transactions: Transactions,
        inbox: Inbox,
        clock: Clock,
        bells: Bells,
        scope: Scope,
        lease: float = LEASE,
    ) -> None:
        """`lease` is in seconds: so long after a process has died, another one takes up what it was handling."""
        self._transactions = transactions
        self._inbox = inbox
        self._clock = clock
        self._bells = bells
        self._scope = scope
        self._lease = lease
        self._busy: dict[int, asyncio.Task[None]] = {}  # by person
        self._handler: Handler | None = None  # while this works
        self._beginning = 0  # updates that are being kept, and will be handled without looking for them
        self._more = False  # There may be something to look for once somebody is not busy any more,
        self._behind: set[int] = set()  # or once one of these is not.
        self._resting = 0  # who waits until all is handled
        self._quiet = asyncio.Event()

    async def receive(self, person_id: int, key: str, payload: bytes, group: str = "") -> tuple[int, bool]:
        """Keep an update; its number, and whether it is new. Once this returns, the platform may be told.

        See core.stores.Inbox.
        """
        if self._scope.person_id is not None or not self._is_free(person_id):
            found = await self._inbox.receive(person_id, self._scope, key, payload, self._clock.now(), group)
            self._ring(person_id)
            return found
        return await self._begin(person_id, key, payload, group)

    async def _begin(self, person_id: int, key: str, payload: bytes, group: str) -> tuple[int, bool]:
        """Keep it, and handle it without looking for it, if nothing else of the person's waits."""
        now, lease = self._clock.now(), self._lease
        self._beginning += 1
        try:
            number, new, update = await self._inbox.begin(person_id, self._scope, key, payload, now, group, lease)
        finally:
            self._beginning -= 1
        if update is not None and self._handler and self._is_free(update.person_id):
            # In a context of its own: it is no part of what the platform is being told right now.
            contextvars.Context().run(self._start, update, self._handler)
            return number, new
        if update is not None:  # Somebody was quicker.
            await self._inbox.later(number, now)
        self._ring(person_id)
        return number, new

    async def work(self, handler: Handler) -> None:
        """Handle updates until cancelled. A service.

        `handler` answers an update and marks it as handled, in one transaction with what it changes.
        """
        self._handler = handler
        try:
            while True:
                bell = self._bells.listen(INBOX)
                self._quiet.clear()
                update = await self._next()
                if update is None:
                    if not (self._busy or self._beginning):
                        self._quiet.set()
                    await self._bells.wait(bell, POLL)
                else:
                    self._start(update, handler)
        finally:
            self._handler = None
            for task in list(self._busy.values()):
                await stop(task)

    async def quiet(self) -> None:
        """Wait until everything that had come is handled."""
        self._resting += 1
        try:
            self._bells.ring(INBOX)
            self._quiet.clear()
            await self._quiet.wait()
        finally:
            self._resting -= 1

    def _ring(self, person_id: int) -> None:
        """There is something to look for, now or when that person is not busy any more."""
        if person_id in self._busy:
            self._behind.add(person_id)
        else:
            self._more = True
            self._bells.ring(INBOX)

    def _is_free(self, person_id: int) -> bool:
        return self._handler is not None and person_id not in self._busy and len(self._busy) < AT_ONCE

    def _start(self, update: Update, handler: Handler) -> None:
        self._busy[update.person_id] = in_background(self._handle(update, handler), f"update {update.id}")

    async def _next(self) -> Update | None:
        if len(self._busy) >= AT_ONCE:
            return None
        update = await self._inbox.next(self._scope, self._clock.now(), self._lease, list(self._busy))
        if update is None:
            self._more = False
            self._behind.intersection_update(self._busy)
        return update

    async def _handle(self, update: Update, handler: Handler) -> None:
        async def prolong() -> None:
            until = self._clock.now() + dt.timedelta(seconds=self._lease)
            await self._inbox.prolong(update.id, until)

        try:
            if update.attempts > ATTEMPTS + 1:  # Even to tell so has failed.
                log.error("update %d is given up after %d attempts", update.id, update.attempts - 1)
                async with self._transactions.transaction() as tx:
                    await self._inbox.handled(tx, update.id, self._clock.now())
            else:
                async with alive(prolong, self._lease / 3, f"update {update.id}"), asyncio.timeout(LONGEST):
                    await handler(update)
        except TryLater as wish:
            await self._inbox.later(update.id, self._clock.now() + dt.timedelta(seconds=wish.seconds))
        except Exception as error:  # noqa: BLE001 -- it comes again when its lease is over; the text may be personal
            log.error("update %d failed with %s", update.id, type(error).__name__)
        finally:
            self._busy.pop(update.person_id, None)
            if self._more or self._resting or update.person_id in self._behind:
                self._bells.ring(INBOX)

"""Messages that must arrive: sent in order, tried again as the platform asks. Nothing is made anew because of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import suppress
from typing import Final, Protocol

from core.bells import OUTBOX, Bells
from core.errors import IllegalTransition, TryLater, Undeliverable, Unreachable
from core.ports import Clock
from core.records import JobStatus, Notice, Parcel, Scope
from core.stores import Jobs, Outbox, Transactions
from core.supervision import alive, in_background, stop, to_the_end

log = logging.getLogger(__name__)

POLL: Final = 1.0  # seconds between two looks for messages of other processes
SOON: Final = 0.2  # seconds between two looks for what a platform asked to have a little later
AT_ONCE: Final = 32
LEASE: Final = 30.0  # seconds without a sign of life after which whoever was sending a message is taken for dead
LONGEST: Final = 300.0  # seconds that sending one message may take; a platform that hangs must not stop all others
FIRST_PAUSE: Final = 1.0  # seconds; each further failure doubles it
LONGEST_PAUSE: Final = 600.0
ATTEMPTS: Final = 12  # failures that nobody can explain, some hours together
REPLY_ATTEMPTS: Final = 5  # of an answer, behind which everything else of its person waits


class Carrier(Protocol):
    """Puts a message into words and hands it to the platform."""

    async def carry(self, parcel: Parcel) -> None:
        """Send it. If `parcel.unsure`, it says that it may have come before.

        Raises:
            TryLater: the platform asks to wait.
            Unreachable: nothing will ever arrive there.
            Undeliverable: this one can't be handed over, nor what belongs to the same order.
            BrokenPipeError: whoever would read it has gone away for now.
        """
        ...


class Delivery:
    """Empties the outbox of one scope."""

    def __init__(
        self,
        transactions: Transactions,
        outbox: Outbox,
        jobs: Jobs,
        carrier: Carrier,
        clock: Clock,
        bells: Bells,
        scope: Scope,
        lease: float = LEASE,
        at_once: int = AT_ONCE,
    ) -> None:
        """`lease` is in seconds: so long after a process has died, another one sends what it was sending.

        `at_once` is to how many people messages are sent at the same time.
        """
        self._transactions = transactions
        self._outbox = outbox
        self._jobs = jobs
        self._carrier = carrier
        self._clock = clock
        self._bells = bells
        self._scope = scope
        self._lease = lease
        self._at_once = at_once
        self._sending: set[asyncio.Task[None]] = set()
        self._before: set[asyncio.Task[None]] = set()  # those that something else may wait for
        self._working = False
        self._quiet = asyncio.Event()

    async def work(self) -> None:
        """Send what is due until cancelled: in order for each person, to several people at once. A service."""
        self._working = True
        try:
            while True:
                bell = self._bells.listen(OUTBOX)
                self._quiet.clear()
                self._before = set(self._sending)
                parcel = await self._next()
                if parcel is None:
                    if not self._sending:
                        self._quiet.set()
                    await self._bells.wait(bell, POLL)
                else:
                    self.take(parcel)
        finally:
            self._working = False
            for task in list(self._sending):
                await stop(task)

    @property
    def lease(self) -> float:
        """For how many seconds a message is marked as being sent; 0 if none can be taken over now. See `take`."""
        return self._lease if self._working and len(self._sending) < self._at_once else 0.0

    def take(self, parcel: Parcel) -> None:
        """Send a message that is marked as being sent, perhaps since it was put in: then nobody has to look for it."""
        if not self._working:  # It has just ended; whoever starts next finds it.
            return
        self._sending.add(in_background(self._send(parcel), f"message {parcel.id}"))

    async def quiet(self, seconds: float = 0.0) -> None:
        """Wait until everything is sent that is due now, or within so many seconds from now."""
        until = self._in(seconds)
        while True:
            self._bells.ring(OUTBOX)
            self._quiet.clear()
            await self._quiet.wait()
            if not await self._outbox.soon(self._scope, until):
                return
            await asyncio.sleep(SOON)

    async def _next(self) -> Parcel | None:
        if len(self._sending) >= self._at_once:
            return None
        return await self._outbox.next(self._scope, self._clock.now(), self._lease)

    async def _send(self, parcel: Parcel) -> None:
        try:
            await self._deliver(parcel)
        finally:
            task = asyncio.current_task()
            if task:
                self._sending.discard(task)
            if task in self._before or not self._sending:
                self._before.discard(task)
                self._bells.ring(OUTBOX)

    async def _deliver(self, parcel: Parcel) -> None:
        async def prolong() -> None:
            await self._outbox.prolong(parcel.id, self._in(self._lease))

        try:
            async with alive(prolong, self._lease / 3, f"message {parcel.id}"), asyncio.timeout(LONGEST):
                await self._carrier.carry(parcel)
        except TryLater as wish:
            await self._outbox.later(parcel.id, self._in(wish.seconds))
        except Unreachable:
            await self._outbox.drop(parcel.id, self._clock.now(), all_of_person=True)
        except Undeliverable:
            await self._outbox.drop(parcel.id, self._clock.now(), same_job=True)
        except BrokenPipeError:
            await to_the_end(self._outbox.later(parcel.id, self._in(POLL)))  # The carrier knows it, too.
        except Exception as error:  # noqa: BLE001 -- one person's message must not stop everyone's; its text may be personal
            await self._failed(parcel, error)
        else:
            await to_the_end(self._arrived(parcel))

    async def _arrived(self, parcel: Parcel) -> None:
        """Record that a message has arrived, and with its last one that the person has their figurine."""
        now = self._clock.now()
        async with self._transactions.transaction() as tx:
            await self._outbox.sent(tx, parcel.id, now)
            if parcel.notice is Notice.TURNTABLE and parcel.job_id is not None:
                with suppress(IllegalTransition):  # It had arrived before, or its time is over; nothing was changed.
                    await self._jobs.move(tx, parcel.job_id, JobStatus.DELIVERED, now)

    async def _failed(self, parcel: Parcel, error: Exception) -> None:
        log.error("a message failed with %s, attempt %d", type(error).__name__, parcel.attempts)
        if parcel.attempts >= (REPLY_ATTEMPTS if parcel.notice is Notice.REPLY else ATTEMPTS):
            await self._outbox.drop(parcel.id, self._clock.now())
            return
        pause = min(FIRST_PAUSE * 2 ** (parcel.attempts - 1), LONGEST_PAUSE)
        await self._outbox.prolong(
            parcel.id, self._in(pause)
        )  # Still under way: it may have arrived, and then says so.

    def _in(self, seconds: float) -> dt.datetime:
        return self._clock.now() + dt.timedelta(seconds=seconds)

"""Messages that must arrive: sent in order, tried again as the platform asks. Nothing is made anew because of them."""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import suppress
from typing import Final, Protocol

from core.bells import OUTBOX, Bells
from core.errors import IllegalTransition, TryLater, Undeliverable, Unreachable
from core.model import JobStatus, Notice, Parcel, Scope
from core.ports import Clock
from core.stores import Jobs, Outbox, Transactions
from core.supervision import to_the_end

log = logging.getLogger(__name__)

POLL: Final = 1.0  # seconds between two looks for messages of other processes
LEASE: Final = 60.0  # seconds that sending one message may take
FIRST_PAUSE: Final = 1.0  # seconds; each further failure doubles it
LONGEST_PAUSE: Final = 600.0
ATTEMPTS: Final = 12  # failures that nobody can explain, some hours together


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
    ) -> None:
        self._transactions = transactions
        self._outbox = outbox
        self._jobs = jobs
        self._carrier = carrier
        self._clock = clock
        self._bells = bells
        self._scope = scope

    async def work(self) -> None:
        """Send what is due until cancelled. A service; several of them serve several people at once.

        Raises:
            BrokenPipeError: whoever would read it has gone away.
        """
        while True:
            bell = self._bells.listen(OUTBOX)
            parcel = await self._outbox.next(self._scope, self._clock.now(), LEASE)
            if parcel is None:
                await self._bells.wait(bell, POLL)
            else:
                await self._deliver(parcel)
                self._bells.ring(OUTBOX)

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            await self._carrier.carry(parcel)
        except TryLater as wish:
            await self._outbox.later(parcel.id, self._in(wish.seconds))
        except Unreachable:
            await self._outbox.drop(parcel.id, self._clock.now(), all_of_person=True)
        except Undeliverable:
            await self._outbox.drop(parcel.id, self._clock.now(), same_job=True)
        except BrokenPipeError:
            await to_the_end(self._outbox.later(parcel.id, self._clock.now()))
            raise
        except Exception as error:  # noqa: BLE001 -- one person's message must not stop everyone's; its text may be personal
            await self._failed(parcel, error)
        else:
            await to_the_end(self._arrived(parcel))

    async def _arrived(self, parcel: Parcel) -> None:
        now = self._clock.now()
        async with self._transactions.transaction() as tx:
            await self._outbox.sent(tx, parcel.id, now)
        if parcel.notice is Notice.TURNTABLE and parcel.job_id is not None:
            await self.delivered(parcel.job_id)

    async def delivered(self, job_id: int) -> None:
        """Record that a person has their figurine. Doing it twice, or for one that is gone, changes nothing."""
        with suppress(IllegalTransition):
            async with self._transactions.transaction() as tx:
                await self._jobs.move(tx, job_id, JobStatus.DELIVERED, self._clock.now())

    async def _failed(self, parcel: Parcel, error: Exception) -> None:
        log.error("a message failed with %s, attempt %d", type(error).__name__, parcel.attempts)
        if parcel.attempts >= ATTEMPTS:
            await self._outbox.drop(parcel.id, self._clock.now())
            return
        await self._outbox.later(parcel.id, self._in(min(FIRST_PAUSE * 2 ** (parcel.attempts - 1), LONGEST_PAUSE)))

    def _in(self, seconds: float) -> dt.datetime:
        return self._clock.now() + dt.timedelta(seconds=seconds)


async def quiet(outbox: Outbox, bells: Bells, person_id: int) -> None:
    """Wait until nothing is on its way to a person."""
    while True:
        bell = bells.listen(OUTBOX)
        if not await outbox.waiting(person_id):
            return
        await bells.wait(bell, POLL / 4)

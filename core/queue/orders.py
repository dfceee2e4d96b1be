"""Orders as people see them: placed, watched, taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Final

from core.bells import JOBS, Bells
from core.errors import IllegalTransition, NotEnoughCredits, TooManyToday, TooManyWaiting
from core.model import Progress
from core.queue.board import Board
from core.queue.desk import Desk
from core.queue.endings import ASKED, Endings
from core.queue.estimates import Coming, DurationEstimate, waiting_seconds
from core.records import Ended, Job, JobEvent, JobStatus, NewJob, Waiting, Wanted, Working
from core.settings import QueueSettings
from core.stores import Transaction

DAY: Final = dt.timedelta(days=1)
LOOK_EVERY: Final = 0.5  # seconds between two looks at a row that another process may change
UNMADE: Final = frozenset({JobStatus.ACCEPTED, JobStatus.RESERVED, JobStatus.QUEUED, JobStatus.RUNNING})


class Orders:
    """Takes orders and tells how far they are. Every step is a committed row before anyone is told."""

    def __init__(
        self,
        desk: Desk,
        endings: Endings,
        duration: DurationEstimate,
        bells: Bells,
        board: Board,
        limits: QueueSettings,
        workers: int = 1,
    ) -> None:
        """`workers` is how many orders are worked on at the same time; the estimates need it."""
        self._desk = desk
        self._endings = endings
        self._duration = duration
        self._bells = bells
        self._board = board
        self._limits = limits
        self._workers = workers
        self._coming = Coming(lambda: desk.clock.now().timestamp())

    async def place(
        self,
        person_id: int,
        photos: tuple[int, ...],
        wanted: Wanted,
        origin: str,
        price: int = 1,
        priority: int = 0,
        platform: str = "",
    ) -> Job:
        """Accept an order, set its price in credits aside, and put it into the queue. The same origin places it once.

        Raises:
            PhotoGone: a photo is not held any more.
            TooManyWaiting, TooManyToday: the person's limits are reached.
            NotEnoughCredits: the order stays accepted as long as its photo is held, and `resume` goes on with it.
        """
        cost = self._duration.milliseconds * len(photos)
        new = NewJob(person_id, photos, wanted, origin, price, cost, priority, platform)
        async with self._desk.transactions.transaction() as tx:
            known = await self._add(tx, new)
            job = known if known.status is not JobStatus.ACCEPTED else await self._queue(tx, known)
        if job.status is JobStatus.ACCEPTED:
            raise NotEnoughCredits(price=job.price, order=job.id)
        self._bells.ring(JOBS)
        return job

    async def resume(self, person_id: int | None = None) -> int:
        """Go on with orders that were accepted and could not be paid; how many are queued now."""
        queued = 0
        for job in await self._desk.jobs.open(person_id):
            if job.status in (JobStatus.ACCEPTED, JobStatus.RESERVED):
                async with self._desk.transactions.transaction() as tx:
                    queued += (await self._queue(tx, job)).status is JobStatus.QUEUED
        self._bells.ring(JOBS)
        return queued

    async def watch(self, job_id: int) -> AsyncIterator[JobEvent]:
        """The present state, then at every change and now and then without one; what nobody reads in time is skipped.

        Ends after Ended, or at once if there is no such order.
        """
        while True:
            change = self._board.listen(job_id)
            job = await self._desk.jobs.get(job_id)
            if job is None:
                return
            event = await self.state(job)
            yield event
            if isinstance(event, Ended):
                return
            await self._board.wait(change, LOOK_EVERY)

    async def state(self, job: Job) -> JobEvent:
        """How far an order is."""
        if job.status not in UNMADE:
            return Ended(job)
        if job.status is not JobStatus.RUNNING:
            ahead = await self._desk.jobs.ahead(job.id, self._desk.clock.now())
            return Waiting(ahead.jobs + 1, waiting_seconds(ahead, self._workers, job.cost_ms, self._coming))
        return Working(self._board.progress(job.id) or self._guess(job))

    async def cancel(self, person_id: int, job_id: int) -> bool:
        """Take back one's own order. False if it is somebody else's or unknown, or has ended."""
        job = await self._desk.jobs.get(job_id)
        if job is None or job.person_id != person_id or job.status not in UNMADE:
            return False
        if job.status is not JobStatus.RUNNING:
            try:
                await self._endings.end(job_id, JobStatus.CANCELLED, ASKED)
            except IllegalTransition:  # A worker has taken it meanwhile.
                return await self.cancel(person_id, job_id)
            return True
        if not await self._desk.jobs.ask_to_cancel(person_id, job_id):
            return await self.cancel(person_id, job_id)
        self._board.stop(job_id)
        return True

    async def pending(self, person_id: int) -> list[Job]:
        """The person's orders that are neither made nor ended, oldest first."""
        return [job for job in await self._desk.jobs.open(person_id) if job.status in UNMADE]

    async def _add(self, tx: Transaction, new: NewJob) -> Job:
        now = self._desk.clock.now()
        job, fresh = await self._desk.jobs.add(tx, new, now)
        if fresh:
            waiting, recent = await self._desk.jobs.counts(tx, new.person_id, now - DAY)
            if waiting > self._limits.waiting_max:
                raise TooManyWaiting(limit=self._limits.waiting_max)
            if recent > self._limits.per_day_max:
                raise TooManyToday(limit=self._limits.per_day_max)
            self._coming.note(new.cost_ms, waiting - 1, new.priority)
        return job

    async def _queue(self, tx: Transaction, job: Job) -> Job:
        """Reserve and queue; the job as it was if there are too few credits."""
        if job.status is JobStatus.ACCEPTED:
            if not await self._desk.credits.reserve(tx, job.person_id, job.id, job.price):
                return job
            job = await self._desk.jobs.move(tx, job.id, JobStatus.RESERVED, self._desk.clock.now())
        return await self._desk.jobs.enqueue(tx, job.id, self._desk.clock.now())

    def _guess(self, job: Job) -> Progress:
        """The progress of an order that another process works on."""
        cost = max(job.cost_ms / 1000, 1.0)
        spent = max((self._desk.clock.now() - job.changed_at).total_seconds(), 0.0)
        return Progress("other", min(spent / cost, 0.95), max(cost - spent, 1.0))

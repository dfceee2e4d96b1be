"""Orders from acceptance to the finished figurine: first come, first served, worked on in the background."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from core.errors import EngineFailed, FigurineError, NotEnoughCredits
from core.model import Cancelled, Failed, Figurine, FigurineRequest, Finished, Job, JobEvent, JobStatus, Person, Waiting
from core.ports import Clock, Credits, Engine, Jobs
from core.queue.estimates import DurationEstimate, waiting_seconds
from core.queue.order import Order
from core.supervision import to_the_end

log = logging.getLogger(__name__)

RESULTS_KEPT: Final = 8  # finished figurines that stay in memory for those who watch late, some 15 MB each


class Orders:
    """Takes orders, works on them, and tells whoever watches.

    Every step is a committed row before anyone is told. Photos and figurines are held in memory only, so an order does
    not outlive its process: `recover` closes what a dead process left open.
    """

    def __init__(self, engine: Engine, jobs: Jobs, credits: Credits, clock: Clock, workers: int = 1) -> None:  # noqa: A002
        """`workers` is how many services run `work`; the estimates need it."""
        self._engine = engine
        self._jobs = jobs
        self._credits = credits
        self._clock = clock
        self._workers = workers
        self._orders: dict[int, Order] = {}
        self._waiting: deque[Order] = deque()
        self._running: list[Order] = []
        self._ended: deque[int] = deque()  # the jobs' numbers
        self._uncaptured: list[int] = []  # numbers of made orders whose price could not be taken yet
        self._arrived = asyncio.Semaphore(0)
        self._duration = DurationEstimate()

    async def recover(self) -> int:
        """Close the orders that a dead process left open, give their credits back, and return their number.

        To be awaited once, before the first order is placed.
        """
        left = await self._jobs.open()
        for job in left:
            if job.status is JobStatus.MADE:
                await self._move(job.id, JobStatus.EXPIRED, "the result ended with its process")
            else:
                await self._give_up(job.id, JobStatus.FAILED, "the process ended")
        return len(left)

    async def place(self, person: Person, request: FigurineRequest, price: int = 1) -> Job:
        """Accept an order, set its price in credits aside, and put it into the queue.

        Raises:
            NotEnoughCredits: the person has fewer credits than the price; the order is closed.
        """
        job = await self._jobs.add(person.id, request.style, self._clock.now())
        try:
            if not await self._credits.reserve(person.id, job.id, price):
                raise NotEnoughCredits(price=price)
            await self._move(job.id, JobStatus.RESERVED)
            job = await self._move(job.id, JobStatus.QUEUED)
        except BaseException as error:
            await self._give_up(job.id, JobStatus.FAILED, type(error).__name__)
            raise
        order = Order(job, request)
        self._orders[job.id] = order
        self._waiting.append(order)
        self._tell_places()
        self._arrived.release()
        return job

    async def watch(self, job_id: int) -> AsyncIterator[JobEvent]:
        """The present state, then every change; progress that comes faster than it is read is skipped.

        Ends after Finished, Failed or Cancelled. An order that is no longer in memory gives Failed at once.
        """
        order = self._orders.get(job_id)
        if order is None:
            yield Failed(FigurineError.code)
            return
        async for event in order.events():
            yield event

    async def cancel(self, person_id: int, job_id: int) -> bool:
        """Take back one's own order. False if it is somebody else's or unknown, or has ended."""
        order = self._orders.get(job_id)
        if order is None or order.job.person_id != person_id or order.has_ended:
            return False
        if order in self._waiting:
            self._waiting.remove(order)
            await self._end(order, JobStatus.CANCELLED, Cancelled(), "asked by the person")
            self._tell_places()
        else:
            order.ask_to_cancel()
        return isinstance(await order.ended(), Cancelled)

    async def pending(self, person_id: int) -> list[Job]:
        """The person's orders that have not ended, oldest first. One that is made is pending until `delivered`."""
        return [job for job in await self._jobs.open() if job.person_id == person_id]

    async def delivered(self, job_id: int) -> None:
        """Record that the person has received the result, and let go of it here: whoever delivered it keeps it.

        Raises:
            IllegalTransition: the order is not made, or was delivered before.
        """
        await self._move(job_id, JobStatus.DELIVERED)
        self._orders.pop(job_id, None)

    async def work(self) -> None:
        """Work on orders, one after the other, until cancelled. A service, once for each worker."""
        while True:
            await self._arrived.acquire()
            if self._waiting:
                order = self._waiting.popleft()
                self._running.append(order)
                try:
                    await self._work_on(order)
                finally:
                    self._running.remove(order)
                self._tell_places()

    async def _work_on(self, order: Order) -> None:
        """Take one order to its end, whatever happens on the way."""
        try:
            await self._make(order)
        except asyncio.CancelledError:
            if order.has_ended:
                raise
            if not order.cancel_asked:
                await self._end(order, JobStatus.FAILED, Failed(EngineFailed.code), "the service stopped")
                raise
            await self._end(order, JobStatus.CANCELLED, Cancelled(), "asked by the person")
            if (task := asyncio.current_task()) and task.cancelling():
                raise
        except FigurineError as error:
            await self._end(order, JobStatus.FAILED, Failed(error.code, error.fields), error.code)
        except Exception as error:  # noqa: BLE001 -- the person is told and the next order gets its turn
            log.error("order %d failed with %s", order.job.id, type(error).__name__)
            await self._end(order, JobStatus.FAILED, Failed(FigurineError.code), type(error).__name__)

    async def _make(self, order: Order) -> None:
        await self._move(order.job.id, JobStatus.RUNNING)
        self._tell_places()
        started = asyncio.get_running_loop().time()
        figurine = await order.make(self._engine)
        self._duration.learn(asyncio.get_running_loop().time() - started)
        await to_the_end(self._finish(order, figurine))

    async def _finish(self, order: Order, figurine: Figurine) -> None:
        """Record that the figurine is made, take its price, and tell. Once the row says so, this is the only end."""
        await self._move(order.job.id, JobStatus.MADE)
        await self._capture(order.job.id)
        self._close(order, Finished(figurine))

    async def _capture(self, job_id: int) -> None:
        """Take the price, and those that could not be taken before. A failure is the operator's, not the person's."""
        due, self._uncaptured = [*self._uncaptured, job_id], []
        for number in due:
            try:
                await self._credits.capture(number)
            except Exception as error:  # noqa: BLE001 -- the figurine is made, whatever became of its price
                log.error("the price of order %d is not taken yet: %s", number, type(error).__name__)
                self._uncaptured.append(number)

    async def _end(self, order: Order, status: JobStatus, event: JobEvent, reason: str) -> None:
        """Record an end without a figurine, then tell it. Those who watch are told even if the row can't be written."""
        try:
            await self._give_up(order.job.id, status, reason)
        finally:
            self._close(order, event)

    async def _give_up(self, job_id: int, status: JobStatus, reason: str) -> None:
        await self._move(job_id, status, reason)
        await self._credits.release(job_id)

    async def _move(self, job_id: int, status: JobStatus, reason: str = "") -> Job:
        return await self._jobs.move(job_id, status, self._clock.now(), reason)

    def _close(self, order: Order, event: JobEvent) -> None:
        order.tell(event)
        self._ended.append(order.job.id)
        while len(self._ended) > RESULTS_KEPT:
            self._orders.pop(self._ended.popleft(), None)

    def _tell_places(self) -> None:
        now = asyncio.get_running_loop().time()
        each = self._duration.seconds
        starts = [order.started_at or now for order in self._running]
        running_for = now - min(starts) if starts else each
        for place, order in enumerate(self._waiting, start=1):
            order.tell(Waiting(place, waiting_seconds(place, self._workers, each, running_for)))

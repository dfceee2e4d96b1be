"""The worker loop: claims orders, has them made, stores what came of them, and gives back what it can't finish."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from core.bells import JOBS, OUTBOX, Bells
from core.errors import (
    EngineFailed,
    FigurineError,
    Gone,
    IllegalTransition,
    InvalidEngraving,
    LeaseLost,
    PhotoError,
    PhotoGone,
    UnknownStyle,
)
from core.model import Figurine, FigurineRequest, Progress
from core.ports import Engine
from core.queue.board import Board
from core.queue.desk import Desk
from core.queue.endings import ASKED, Endings
from core.queue.estimates import DurationEstimate
from core.records import Claimed, Job, JobStatus, NewParcel, Notice, Outcome
from core.settings import QueueSettings
from core.stores import Leases, Outbox, Photos, Pieces
from core.supervision import in_background, stop, to_the_end

log = logging.getLogger(__name__)

POLL: Final = 1.0  # seconds between two looks for orders that another process has queued
PULSE: Final = 0.8  # seconds between two signs of life, at most: a cancel from another process is heard with one
FOR_GOOD: Final = (PhotoError, PhotoGone, UnknownStyle, InvalidEngraving, Gone)
"""What would go wrong the same way again."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with."""

    engine: Engine
    leases: Leases
    photos: Photos
    pieces: Pieces
    outbox: Outbox


class Dispatcher:
    """Works on orders. Any number of these, in any number of processes, share one queue."""

    def __init__(
        self,
        desk: Desk,
        bench: Bench,
        endings: Endings,
        duration: DurationEstimate,
        bells: Bells,
        board: Board,
        limits: QueueSettings,
    ) -> None:
        self._desk = desk
        self._bench = bench
        self._endings = endings
        self._duration = duration
        self._bells = bells
        self._board = board
        self._limits = limits
        self._name = f"{socket.gethostname()[:24]}:{os.getpid()}"
        self._resting = False
        self._working = 0
        self._idle = asyncio.Event()

    async def work(self) -> None:
        """Work on orders, one after the other, until cancelled. A service, once for each worker."""
        while True:
            bell = self._bells.listen(JOBS)
            claimed = await self._next()
            if claimed is None:
                await self._bells.wait(bell, POLL)
                continue
            try:
                await self.work_on(claimed)
            finally:
                self._working -= 1
                self._tell_idle()

    async def rest(self) -> None:
        """Take no more orders, and wait until those in hand have ended."""
        self._resting = True
        self._tell_idle()
        await self._idle.wait()

    async def _next(self) -> Claimed | None:
        if self._resting:
            return None
        self._working += 1  # Also while it is being claimed, so that nobody takes this for idle.
        try:
            claimed = await self._bench.leases.claim(self._name, self._now(), self._limits.lease_seconds)
        except BaseException:
            self._working -= 1
            raise
        if claimed is None:
            self._working -= 1
            self._tell_idle()
        return claimed

    def _tell_idle(self) -> None:
        if self._resting and not self._working:
            self._idle.set()

    async def rescue(self) -> None:
        """Give orders back whose worker has died, until cancelled. A service."""
        while True:
            await self.recover()
            await asyncio.sleep(min(self._limits.lease_seconds / 3, 10.0))

    async def recover(self, everyone: bool = False) -> int:
        """Give back the running orders whose lease is over, or all of them, which go on at once; how many."""
        lost = await self._bench.leases.lost(self._now(), everyone)
        for job in lost:
            try:
                await self._try_again(job, "the worker died", at_once=everyone)
            except (IllegalTransition, LeaseLost):  # Its worker was only late, or somebody else was faster.
                continue
            except Exception as error:  # noqa: BLE001 -- it keeps none of the others, and is lost again next time
                log.error("order %d can't be given back: %s", job.id, type(error).__name__)
        return len(lost)

    async def work_on(self, claimed: Claimed) -> None:
        """Take one order to its end, or back into the queue, whatever happens on the way."""
        making = in_background(self._made(claimed), f"order {claimed.job.id}")
        asked = asyncio.Event()

        def cancel() -> None:
            asked.set()
            making.cancel()

        self._board.begin(claimed.job.id, cancel)
        pulse = in_background(self._pulse(claimed.job, cancel, making), f"pulse of order {claimed.job.id}")
        try:
            await self._settle(claimed, making, asked)
        except (LeaseLost, IllegalTransition):
            log.warning("order %d was given to somebody else", claimed.job.id)
        finally:
            await stop(pulse)
            await stop(making)
            self._board.end(claimed.job.id)

    async def _settle(self, claimed: Claimed, making: asyncio.Task[Figurine], asked: asyncio.Event) -> None:
        job = claimed.job
        try:
            figurine = await making
            await to_the_end(self._finish(claimed, figurine))
        except asyncio.CancelledError:
            if asked.is_set():
                await self._endings.end(job.id, JobStatus.CANCELLED, ASKED, fence=job.fence)
            if (task := asyncio.current_task()) and task.cancelling():
                with suppress(LeaseLost, IllegalTransition):
                    await to_the_end(self._hand_back(job))
                raise
        except (LeaseLost, IllegalTransition):
            raise
        except FOR_GOOD as error:
            await self._endings.end(job.id, JobStatus.FAILED, error.code, error.fields, job.fence)
        except Exception as error:  # noqa: BLE001 -- the person is told and the next order gets its turn
            code = error.code if isinstance(error, FigurineError) else EngineFailed.code
            log.error("order %d failed with %s, attempt %d", job.id, type(error).__name__, job.attempts)
            await self._try_again(job, code)

    async def _made(self, claimed: Claimed) -> Figurine:
        first, *beside = [await self._bench.photos.load(photo) for photo in claimed.photos]
        wanted = claimed.wanted
        request = FigurineRequest(
            photo=first,
            style=wanted.style,
            engraving=wanted.engraving,
            box_title=wanted.box_title,
            wish=wanted.wish,
            seed=wanted.seed,
            height_mm=wanted.height_mm,
            beside=tuple(beside),
            background=wanted.background,
        )
        started = asyncio.get_running_loop().time()

        def report(progress: Progress) -> None:
            self._board.report(claimed.job.id, progress)

        figurine = await self._bench.engine.make(request, report)
        self._duration.learn((asyncio.get_running_loop().time() - started) / len(claimed.photos))
        return figurine

    async def _finish(self, claimed: Claimed, figurine: Figurine) -> None:
        """Store the result, take its price and announce it, together or not at all."""
        job, now = claimed.job, self._now()
        files = await self._bench.pieces.store(job, figurine, now)
        outcome = Outcome(figurine.subject, figurine.facts, figurine.seconds)
        try:
            async with self._desk.transactions.transaction() as tx:
                await self._desk.jobs.finish(tx, job.id, job.fence, outcome, files, now)
                await self._desk.credits.capture(tx, job.id)
                for notice in (Notice.PICTURE, Notice.TURNTABLE):
                    parcel = NewParcel(job.person_id, notice, f"job:{job.id}:{notice}", job.id)
                    await self._bench.outbox.add(tx, parcel, now)
        except BaseException:
            await self._bench.pieces.discard(files)
            raise
        self._board.changed(job.id)
        self._bells.ring(OUTBOX)

    async def _try_again(self, job: Job, reason: str, at_once: bool = False) -> None:
        """Back into the queue, later each time or `at_once`; a failure after the last attempt."""
        if await self._was_taken_back(job):
            return
        if job.attempts >= self._limits.attempts:
            code = reason if reason.startswith("error.") else EngineFailed.code
            await self._endings.end(job.id, JobStatus.FAILED, code, fence=job.fence)
            return
        pause = 0.0 if at_once else self._limits.retry_seconds * 2 ** (job.attempts - 1)
        async with self._desk.transactions.transaction() as tx:
            await self._desk.jobs.enqueue(tx, job.id, self._now(), reason, job.fence, pause)
        self._board.changed(job.id)
        self._bells.ring(JOBS)

    async def _hand_back(self, job: Job) -> None:
        """Back into the queue at once, without counting the attempt: it is this process that ends."""
        if await self._was_taken_back(job):
            return
        async with self._desk.transactions.transaction() as tx:
            await self._desk.jobs.enqueue(tx, job.id, self._now(), "the service stopped", job.fence, forgive=True)

    async def _was_taken_back(self, job: Job) -> bool:
        """End an order whose person asked for that, which its worker had no time to hear; whether it was so."""
        present = await self._desk.jobs.get(job.id)
        if present is None or not present.cancel_asked:
            return False
        await self._endings.end(job.id, JobStatus.CANCELLED, ASKED, fence=job.fence)
        return True

    async def _pulse(self, job: Job, cancel: Callable[[], None], making: asyncio.Task[Figurine]) -> None:
        """Prolong the claim as long as the order is being made; stop the making once the claim is lost."""
        lease, loop = self._limits.lease_seconds, asyncio.get_running_loop()
        sure_until = loop.time() + lease
        while True:
            await asyncio.sleep(min(lease / 3, PULSE))
            try:
                begun = loop.time()
                if await self._bench.leases.beat(job.id, job.fence, self._now(), lease):
                    cancel()
                    return
                sure_until = begun + lease
            except LeaseLost:
                making.cancel()
                return
            except Exception as error:  # noqa: BLE001 -- the database may come back before the lease is over
                log.warning("no sign of life for order %d: %s", job.id, type(error).__name__)
                if loop.time() > sure_until:
                    making.cancel()
                    return

    def _now(self) -> dt.datetime:
        return self._desk.clock.now()

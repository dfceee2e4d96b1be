"""Places for worker processes of one kind: started when first needed, kept warm, replaced when dead or worn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.generation.pool.wire import Setup
from core.generation.pool.worker import Worker
from core.supervision import in_background, stop

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerKind:
    """What every process of a lane is. It is replaced after `calls` calls of `method`."""

    setup: Setup
    start_seconds: float
    method: str
    calls: int


class Slot:
    """A place for one process."""

    def __init__(self, kind: WorkerKind, scratch: Path) -> None:
        self._kind = kind
        self._scratch = scratch
        self._starting: asyncio.Task[Worker] | None = None
        self._closed = False

    async def ready(self) -> Worker:
        """The warm process, or a new one if it died meanwhile. Whoever is cancelled does not disturb the start.

        Raises:
            WorkerDiedError, FigurineError: see Worker.start. The next call tries again.
        """
        worker = await self._started()
        if worker.alive:
            return worker
        await self._replace(worker)
        return await self._started()

    async def give_back(self, worker: Worker) -> None:
        """Replace the process in the background if it is dead or worn."""
        if not worker.alive or worker.calls[self._kind.method] >= self._kind.calls:
            await self._replace(worker)

    async def close(self) -> None:
        """End the process, or its start, for good."""
        self._closed = True
        starting, self._starting = self._starting, None
        if starting is None:
            return
        await stop(starting)
        if not _failed(starting):
            await starting.result().close()

    async def _started(self) -> Worker:
        if self._starting is None or _failed(self._starting):
            self._begin()
        assert self._starting is not None  # noqa: S101 -- narrows the type
        return await asyncio.shield(self._starting)

    async def _replace(self, worker: Worker) -> None:
        """Start another process, unless somebody else has done so while this one ended."""
        await worker.close()
        if not self._closed and self._holds(worker):
            self._begin()

    def _holds(self, worker: Worker) -> bool:
        starting = self._starting
        return starting is not None and starting.done() and not _failed(starting) and starting.result() is worker

    def _begin(self) -> None:
        work = Worker.start(self._kind.setup, self._scratch, self._kind.start_seconds)
        self._starting = in_background(work, f"start of {self._kind.setup.target}")
        self._starting.add_done_callback(_failed)  # The error belongs to whoever asks for the process next.


class Lane:
    """A number of places. Those that were used last come first, since they are warm.

    Spare places come to them: for calls that say so, while all others are taken.
    """

    def __init__(self, kind: WorkerKind, size: int, scratch: Path, spare: int = 0) -> None:
        self._slots = [Slot(kind, scratch) for _ in range(size)]
        self._spare = [Slot(kind, scratch) for _ in range(spare)]
        self._free, self._free_spare = [*self._slots], [*self._spare]
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def borrow(self, spare: bool = False) -> AsyncIterator[Worker]:
        """A warm process for one call. With `spare`, whichever becomes free first, a spare one included.

        Raises:
            WorkerDiedError, FigurineError: see Worker.start.
        """
        while not (free := self._free or (spare and self._free_spare)):
            await self._freed.wait()
        slot = free.pop()
        try:
            worker = await slot.ready()
            try:
                yield worker
            finally:
                await slot.give_back(worker)
        finally:
            free.append(slot)
            self._freed.set()  # Wakes all who wait now, in the order in which they came.
            self._freed = asyncio.Event()

    async def warm(self) -> None:
        """Start every process but the spare ones. Raises what Worker.start raises."""
        await asyncio.gather(*(slot.ready() for slot in self._slots))

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(slot.close() for slot in [*self._slots, *self._spare]))


def _failed(task: asyncio.Task[Worker]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)

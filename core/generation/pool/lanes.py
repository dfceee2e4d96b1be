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
    """What every process of a lane is. It is replaced after `calls` calls."""

    setup: Setup
    start_seconds: float
    calls: int


class Slot:
    """A place for one process."""

    def __init__(self, kind: WorkerKind, scratch: Path) -> None:
        self._kind = kind
        self._scratch = scratch
        self._starting: asyncio.Task[Worker] | None = None
        self._closed = False

    async def ready(self) -> Worker:
        """The warm process. Whoever is cancelled while waiting does not disturb the start.

        Raises:
            WorkerDiedError, FigurineError: see Worker.start. The next call tries again.
        """
        if self._starting is None or _failed(self._starting):
            self._begin()
        assert self._starting is not None  # noqa: S101 -- narrows the type
        return await asyncio.shield(self._starting)

    async def give_back(self, worker: Worker) -> None:
        """Replace the process in the background if it is dead or worn."""
        if not worker.alive or worker.calls >= self._kind.calls:
            await worker.close()
            if not self._closed:
                self._begin()

    async def close(self) -> None:
        """End the process, or its start, for good."""
        self._closed = True
        starting, self._starting = self._starting, None
        if starting is None:
            return
        await stop(starting)
        if not _failed(starting):
            await starting.result().close()

    def _begin(self) -> None:
        work = Worker.start(self._kind.setup, self._scratch, self._kind.start_seconds)
        self._starting = in_background(work, f"start of {self._kind.setup.target}")
        self._starting.add_done_callback(_failed)  # The error belongs to whoever asks for the process next.


class Lane:
    """A number of places. Those that were used last come first, since they are warm."""

    def __init__(self, kind: WorkerKind, size: int, scratch: Path) -> None:
        self._slots = [Slot(kind, scratch) for _ in range(size)]
        self._free: asyncio.LifoQueue[Slot] = asyncio.LifoQueue()
        for slot in reversed(self._slots):
            self._free.put_nowait(slot)

    @property
    def has_free(self) -> bool:
        """Whether a call would not have to wait for another one."""
        return not self._free.empty()

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[Worker]:
        """A warm process for one call.

        Raises:
            WorkerDiedError, FigurineError: see Worker.start.
        """
        slot = await self._free.get()
        try:
            worker = await slot.ready()
            try:
                yield worker
            finally:
                await slot.give_back(worker)
        finally:
            self._free.put_nowait(slot)

    async def warm(self) -> None:
        """Start every process. Raises what Worker.start raises."""
        await asyncio.gather(*(slot.ready() for slot in self._slots))

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(slot.close() for slot in self._slots))


def _failed(task: asyncio.Task[Worker]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)

"""One order in memory: its request, its latest event, and those who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from core.model import Cancelled, Failed, Figurine, FigurineRequest, Finished, Job, JobEvent, Progress, Waiting, Working
from core.ports import Engine
from core.supervision import in_background


class Order:
    """What the queue knows about an order beyond its row. The photo is let go as soon as the order ends."""

    def __init__(self, job: Job, request: FigurineRequest) -> None:
        self.job = job
        self.started_at: float | None = None  # the event loop's time in seconds
        self.cancel_asked = False
        self._request: FigurineRequest | None = request
        self._making: asyncio.Task[Figurine] | None = None
        self._event: JobEvent = Waiting(place=1, seconds=0.0)
        self._changed = asyncio.Event()

    @property
    def event(self) -> JobEvent:
        """The latest event."""
        return self._event

    @property
    def has_ended(self) -> bool:
        """Whether the latest event is the last one."""
        return _is_last(self._event)

    def tell(self, event: JobEvent) -> None:
        """Make `event` the latest one and wake everybody who watches."""
        if _is_last(self._event):
            return
        self._event = event
        if _is_last(event):
            self._request = None
        self._changed.set()
        self._changed = asyncio.Event()

    async def events(self) -> AsyncIterator[JobEvent]:
        """The latest event, then every later one that the reader is quick enough for, to the end."""
        seen: JobEvent | None = None
        while True:
            changed = self._changed
            if self._event is not seen:
                seen = self._event
                yield seen
                if _is_last(seen):
                    return
            else:
                await changed.wait()

    async def make(self, engine: Engine) -> Figurine:
        """Have the figurine made. Raises what the engine raises, and CancelledError after `ask_to_cancel`."""
        if self.cancel_asked or self._request is None:
            raise asyncio.CancelledError
        self.started_at = asyncio.get_running_loop().time()
        self._making = in_background(engine.make(self._request, self._report), f"order {self.job.id}")
        return await self._making

    def ask_to_cancel(self) -> None:
        """Stop the making, now or as soon as it starts."""
        self.cancel_asked = True
        if self._making is not None:
            self._making.cancel()

    async def ended(self) -> JobEvent:
        """Wait for the last event."""
        while not self.has_ended:
            await self._changed.wait()
        return self._event

    def _report(self, progress: Progress) -> None:
        self.tell(Working(progress))


def _is_last(event: JobEvent) -> bool:
    return isinstance(event, Finished | Failed | Cancelled)

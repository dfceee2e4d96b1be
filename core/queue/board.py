"""What this process knows of the orders that it works on: their progress, and who wants them to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.bells import Bells
from core.model import Progress


class Board:
    """The progress of running orders, for those who watch in the same process."""

    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._progress: dict[int, Progress] = {}
        self._stops: dict[int, Callable[[], None]] = {}

    def begin(self, job_id: int, stop: Callable[[], None]) -> None:
        """An order is being worked on; `stop` takes it back at once."""
        self._stops[job_id] = stop
        self.changed(job_id)

    def report(self, job_id: int, progress: Progress) -> None:
        """How far it is."""
        self._progress[job_id] = progress
        self.changed(job_id)

    def end(self, job_id: int) -> None:
        """It is no longer being worked on here."""
        self._stops.pop(job_id, None)
        self._progress.pop(job_id, None)
        self.changed(job_id)

    def stop(self, job_id: int) -> None:
        """Take it back, if it is being worked on here."""
        stop = self._stops.get(job_id)
        if stop is not None:
            stop()

    def progress(self, job_id: int) -> Progress | None:
        """How far it is, if that is known here."""
        return self._progress.get(job_id)

    def changed(self, job_id: int) -> None:
        """Wake whoever watches the order."""
        self._bells.ring(_bell(job_id))

    def listen(self, job_id: int) -> asyncio.Event:
        """See Bells.listen."""
        return self._bells.listen(_bell(job_id))

    async def wait(self, change: asyncio.Event, seconds: float) -> None:
        """See Bells.wait."""
        await self._bells.wait(change, seconds)


def _bell(job_id: int) -> str:
    return f"job {job_id}"

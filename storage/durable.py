"""What was committed to SQLite is on the disk, for all who wait for it at once.

SQLite itself would flush its log at each commit while everybody else waits for the connection. Here it commits without
(`synchronous = NORMAL`), and whoever has committed then waits for the next flush of the log that begins. A flush covers
all that was committed before it, by any process, so nothing that follows from a commit can be on the disk without it.
"""

from __future__ import annotations

import asyncio
import os


class Flushes:
    """Flushes one file, as often as somebody waits and one at a time."""

    def __init__(self, file: str) -> None:
        """`file` must be there when it is first flushed, and stay the same one until `close`."""
        self._path = file
        self._file: int | None = None
        self._under_way = False
        self._next: asyncio.Future[None] | None = None

    async def flushed(self) -> None:
        """Wait for a flush that begins from now on.

        Raises:
            OSError: it failed; what was committed may be lost if the machine fails.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        waited = self._next
        if not self._under_way:
            self._begin()
        await asyncio.shield(waited)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begin(self) -> None:
        waiting, self._next = self._next, None
        if waiting is None:
            return
        self._under_way = True
        flush = asyncio.get_running_loop().run_in_executor(None, self._flush)
        flush.add_done_callback(lambda done: self._ended(waiting, done))

    def _ended(self, waiting: asyncio.Future[None], done: asyncio.Future[None]) -> None:
        self._under_way = False
        error = None if done.cancelled() else done.exception()
        if waiting.done() or done.cancelled():
            waiting.cancel()
        elif error is not None:
            waiting.set_exception(error)
            waiting.exception()  # Whoever waited may have been cancelled; then nobody asks for it.
        else:
            waiting.set_result(None)
        self._begin()

    def _flush(self) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        os.fdatasync(self._file)

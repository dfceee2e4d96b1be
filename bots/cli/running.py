"""Running asynchronous work from the command line so that Ctrl-C and SIGTERM both clean up."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from bots.conversation import progress
from bots.conversation.texts import Texts
from core.model import Progress
from core.records import Working

Result = TypeVar("Result")
LINE_END = "\r\x1b[K"


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """The work's result.

    Raises:
        KeyboardInterrupt: after Ctrl-C; everything that the work had opened is closed.
        asyncio.CancelledError: the same after SIGTERM, or when the terminal is closed.
    """
    return asyncio.run(_stoppable(work))


async def _stoppable(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await work


class ProgressLine:
    """Progress in one line of standard error that moves; nothing where that is no terminal."""

    def __init__(self, before: str = "") -> None:
        """`before` stands in front of the stage."""
        self._texts = Texts()
        self._before = before
        self._live = sys.stderr.isatty()

    def __call__(self, done: Progress) -> None:
        """Show progress. This is a core.ports.Report."""
        self._write(f"{self._before}{progress.line(self._texts, Working(done))}")

    def clear(self) -> None:
        """Take the line away."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._live:
            sys.stderr.write(f"{LINE_END}{text}")
            sys.stderr.flush()

"""Wakes those who wait in this process. What other processes do is found by looking now and then."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

JOBS: Final = "jobs"
OUTBOX: Final = "outbox"
INBOX: Final = "inbox"
TEXTS: Final = "texts"


class Bells:
    """Bells by name. To be used from one event loop."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}

    def ring(self, name: str) -> None:
        """Wake everyone who waits for this bell now."""
        bell = self._bells.pop(name, None)
        if bell is not None:
            bell.set()

    def listen(self, name: str) -> asyncio.Event:
        """An event that the next ring sets. Whoever listens before looking misses nothing."""
        return self._bells.setdefault(name, asyncio.Event())

    async def wait(self, bell: asyncio.Event, seconds: float) -> None:
        """Wait for a ring, `seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await bell.wait()

"""Small things that are nice to do and that nobody waits for, such as a receipt or a sign of typing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from core.supervision import in_background, stop

log = logging.getLogger(__name__)

AT_ONCE: Final = 128  # What comes on top of these is left out.
LONGEST: Final = 10.0  # seconds
LAST: Final = 1.0  # seconds that they have when the bot goes


class Courtesies:
    """Done at once, beside everything else. That one fails is no matter."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def do(self, call: Callable[[], Awaitable[object]]) -> None:
        """Have it done."""
        if len(self._under_way) < AT_ONCE:
            task = in_background(self._try(call), "a courtesy")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give those under way a moment, then stop them."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST)
        for task in list(self._under_way):
            await stop(task)

    async def _try(self, call: Callable[[], Awaitable[object]]) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                await call()
        except Exception as error:  # noqa: BLE001 -- a courtesy; the error's text may be personal
            log.debug("a courtesy failed with %s", type(error).__name__)

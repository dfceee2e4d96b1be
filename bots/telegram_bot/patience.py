"""Waiting for a platform that does not answer: longer each time, and told to the operator once."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Final

log = logging.getLogger(__name__)

LONGEST: Final = 30.0  # seconds


class Patience:
    """The pauses between tries. `first` is the first pause in seconds; each further failure doubles it."""

    def __init__(self, what: str, first: float = 1.0, longest: float = LONGEST) -> None:
        self._what = what
        self._first = first
        self._longest = longest
        self._pause = 0.0

    async def wait(self, reason: str, least: float = 0.0) -> None:
        """It failed, for a reason of one word: wait, at least so many seconds."""
        if not self._pause:
            log.warning("%s failed with %s; it is tried again until it works", self._what, reason)
        self._pause = min(2 * self._pause, self._longest) or self._first
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 -- so that not everybody comes back at the same moment
        await asyncio.sleep(max(self._pause * jitter, least))

    @property
    def is_tried(self) -> bool:
        """It failed, and has not worked since."""
        return self._pause > 0

    def over(self) -> None:
        """It works."""
        if self._pause:
            log.warning("%s works again", self._what)
        self._pause = 0.0

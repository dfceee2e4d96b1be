"""The server's clock, which tests may move."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970, ahead of the machine's clock by as much as it was moved."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def moves(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Let so much time pass at once."""
        self._ahead += seconds + 60 * minutes + 3600 * hours

"""The server's own clock, which tests may move, and the ids that Discord makes of time."""

from __future__ import annotations

import datetime
import time
from typing import Final

EPOCH_MS: Final = 1_420_070_400_000  # the first second of 2015, from which Discord counts


class Clock:
    """Seconds since 1970, as the server sees them. Deadlines of seconds (3 s to answer) go by the real time."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def forward(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self._ahead += seconds

    def now(self) -> float:
        return time.time() + self._ahead


class Snowflakes:
    """Ids that grow with the clock and never repeat."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new id."""
        fresh = int(self._clock.now() * 1000 - EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return self._last

    def long_ago(self) -> int:
        """An id as accounts and servers have them that were made years before."""
        return self.next() - (90_000_000_000 << 22)


def moment(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


def now_of(snowflake: int) -> float:
    """When an id was made, in seconds since 1970."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000

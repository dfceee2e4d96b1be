"""How long orders take, learnt from those that are done, and what follows for those that wait."""

from __future__ import annotations

import heapq
from typing import Final

from core.model import Ahead

FIRST_GUESS: Final = (
    25.0  # seconds for one figurine before any was measured: two cores, the median over the sample photos
)
WEIGHT: Final = 0.3  # of the newest measurement
SINGLY: Final = 500  # as many jobs ahead are given to workers one by one; more are taken as one heap


class DurationEstimate:
    """A running mean in seconds in which newer measurements weigh more."""

    def __init__(self, first_guess: float = FIRST_GUESS) -> None:
        self._seconds = first_guess
        self._measured = False

    @property
    def seconds(self) -> float:
        """What the next one is expected to take."""
        return self._seconds

    @property
    def milliseconds(self) -> int:
        """The same, as rows keep it."""
        return max(round(self._seconds * 1000), 1)

    def learn(self, seconds: float) -> None:
        """Take a measurement in. The first one replaces the guess."""
        self._seconds += (seconds - self._seconds) * (WEIGHT if self._measured else 1.0)
        self._measured = True


def waiting_seconds(ahead: Ahead, workers: int, own_ms: int) -> float:
    """Seconds until a waiting order is done.

    The jobs ahead of it, of equal cost, go to whichever worker is free first, as list scheduling does (Graham, 1969).

    Args:
        ahead: what is done before it.
        workers: orders that are worked on at the same time, at least 1.
        own_ms: what the order itself is expected to take.
    """
    free = sorted([*ahead.running_ms, *[0] * (workers - len(ahead.running_ms))])[:workers] or [0]
    if ahead.jobs > SINGLY:
        return (sum(free) + ahead.cost_ms) / workers / 1000 + own_ms / 1000
    each = ahead.cost_ms / ahead.jobs if ahead.jobs else 0.0
    heap = [float(ms) for ms in free]
    heapq.heapify(heap)
    for _ in range(ahead.jobs):
        heapq.heapreplace(heap, heap[0] + each)
    return (heap[0] + own_ms) / 1000

"""How long orders take, learnt from those that are done, how much work comes, and what follows for those that wait."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Final

from core.queue import fairness
from core.records import Ahead

FIRST_GUESS: Final = (
    25.0  # seconds for one figurine before any was measured: two cores, the median over the sample photos
)
WEIGHT: Final = 0.3  # of the newest measurement
SINGLY: Final = 500  # as many jobs ahead are given to workers one by one; more are taken as one heap
MEMORY: Final = 3600.0  # seconds after which an order that came counts for 1/e of a new one
SOONEST: Final = 300.0  # seconds; a shorter time says nothing about how much comes
DEPTH: Final = 12  # orders that stand behind more turns of their own person are counted with these


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


class Coming:
    """How much work came lately, and how far behind: what is expected to go on coming.

    Work fades with MEMORY. It is kept by the number of turns that its person had before it, since a later photo that
    comes goes before those only that stand still further behind.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds` is a clock; only differences count."""
        self._seconds = seconds
        self._seen = seconds()
        self._watched = 0.0  # seconds, faded like the work in them
        self._work = [0.0] * DEPTH  # seconds of one worker, by turns
        self._orders = 0.0

    def note(self, cost_ms: int, open_before: int, priority: int) -> None:
        """An order was placed.

        Args:
            cost_ms: what it is expected to take.
            open_before: how many orders of the same person had not ended.
            priority: 1 for a subscriber, who has several orders in one turn, 0 otherwise.
        """
        self._fade()
        turns = open_before // (fairness.WEIGHT if priority else 1)
        self._work[min(turns, DEPTH - 1)] += cost_ms / 1000
        self._orders += 1

    def overtaking(self, horizon: float) -> float:
        """Seconds of work that go before an order, before which newcomers go for `horizon` more seconds."""
        self._fade()
        if not self._orders:
            return 0.0
        turn = fairness.PATIENCE * sum(self._work) / self._orders
        work = sum(work * max(horizon - turns * turn, 0.0) for turns, work in enumerate(self._work))
        return work / max(self._watched, SOONEST)

    def _fade(self) -> None:
        now = self._seconds()
        left = math.exp(-max(now - self._seen, 0.0) / MEMORY)
        self._seen = now
        self._watched = self._watched * left + MEMORY * (1 - left)
        self._work = [work * left for work in self._work]
        self._orders *= left


def waiting_seconds(ahead: Ahead, workers: int, own_ms: int, coming: Coming | None = None) -> float:
    """Seconds until a waiting order is done.

    Args:
        ahead: what is done before it.
        workers: orders that are worked on at the same time, at least 1.
        own_ms: what the order itself is expected to take.
        coming: what newcomers will bring, of whom some go before it; without, nobody comes.
    """
    begins = _begins(ahead, workers)
    if coming:
        begins = _overtaken(begins, ahead, coming.overtaking(ahead.horizon_ms / 1000) / workers)
    return begins + own_ms / 1000


def _begins(ahead: Ahead, workers: int) -> float:
    """Seconds until an order begins that nobody overtakes.

    The jobs ahead of it, of equal cost, go to whichever worker is free first, as list scheduling does (Graham, 1969).
    """
    free = sorted([*ahead.running_ms, *[0] * (workers - len(ahead.running_ms))])[:workers] or [0]
    if ahead.jobs > SINGLY:
        return (sum(free) + ahead.cost_ms) / workers / 1000
    each = ahead.cost_ms / ahead.jobs if ahead.jobs else 0.0
    heap = [float(ms) for ms in free]
    heapq.heapify(heap)
    for _ in range(ahead.jobs):
        heapq.heapreplace(heap, heap[0] + each)
    return heap[0] / 1000


def _overtaken(begins: float, ahead: Ahead, most: float) -> float:
    """Seconds until an order begins that newcomers overtake.

    While it waits for T seconds, the virtual time rises to the order's tag, about evenly, and newcomers' tags with it.
    With `lead`, the time by which PATIENCE holds it back now, the horizon comes nearer by lead / T in each second,
    beside the second itself. So newcomers go before it for the part T / (T + lead) of the horizon, and T solves
    T = begins + most * T / (T + lead). Where T is short against `lead`, that is begins / (1 - most / lead).

    Args:
        begins: the same if nobody came, in seconds.
        ahead: what is done before it.
        most: seconds of work for each worker that go before it within its whole horizon.
    """
    lead = fairness.PATIENCE * ahead.behind_ms / 1000
    half = (begins + most - lead) / 2
    return half + math.sqrt(half * half + begins * lead)

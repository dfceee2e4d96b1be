"""How long orders take, learnt from those that are done."""

from __future__ import annotations

FIRST_GUESS = 25.0  # seconds for one figurine before any was measured: two cores, the median over the sample photos
WEIGHT = 0.3  # of the newest measurement


class DurationEstimate:
    """A running mean in seconds in which newer measurements weigh more."""

    def __init__(self, first_guess: float = FIRST_GUESS) -> None:
        self._seconds = first_guess
        self._measured = False

    @property
    def seconds(self) -> float:
        """What the next one is expected to take."""
        return self._seconds

    def learn(self, seconds: float) -> None:
        """Take a measurement in. The first one replaces the guess."""
        self._seconds += (seconds - self._seconds) * (WEIGHT if self._measured else 1.0)
        self._measured = True


def waiting_seconds(place: int, workers: int, each: float, running_for: float) -> float:
    """Seconds until the order at `place` (1 is next) is done.

    Args:
        place: 1-based place among the waiting orders.
        workers: orders that are worked on at the same time.
        each: expected seconds of one order.
        running_for: seconds for which the oldest running order has been worked on; `each` or more if none runs.
    """
    rounds = (place - 1) // workers + 1
    return max(each - running_for, 0.0) + rounds * each

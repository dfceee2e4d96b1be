"""The seconds that an order still needs, learnt from the stages of earlier ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from core.model import Progress

WEIGHT = 0.3  # of the newest measurement


class StageTimes:
    """For every stage, the seconds from its beginning to the end of the order: a running mean."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._rest: dict[str, float] = {}

    def learn(self, stage: str, rest: float) -> None:
        """Take a measurement in."""
        known = self._rest.get(stage, rest)
        self._rest[stage] = known + WEIGHT * (rest - known)

    def rest(self, stage: str) -> float | None:
        """Seconds from the beginning of `stage` to the end, or None before any order went through it."""
        return self._rest.get(stage)


class Timeline:
    """One order's way through the stages. The fraction that it reports never falls, not even after a second start."""

    def __init__(self, times: StageTimes) -> None:
        self._times = times
        self._begun: dict[str, float] = {}
        self._fraction = 0.0

    def refine(self, progress: Progress) -> Progress:
        """The same progress with a fraction that never falls and the seconds left that experience tells."""
        now = self._times.now()
        begun = self._begun.setdefault(progress.stage, now)
        self._fraction = max(self._fraction, min(progress.fraction, 1.0))
        rest = self._times.rest(progress.stage)
        seconds = progress.seconds_left if rest is None else max(rest - (now - begun), 0.0)
        return replace(progress, fraction=self._fraction, seconds_left=seconds)

    def restart(self) -> None:
        """Forget the stages of an attempt that failed."""
        self._begun.clear()

    def finish(self) -> None:
        """Learn from an order that is done."""
        now = self._times.now()
        for stage, begun in self._begun.items():
            self._times.learn(stage, now - begun)

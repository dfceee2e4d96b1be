"""Progress of one order: how long each stage took, how much is done, how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from core.model import Progress
from core.ports import Report

Advance = Callable[[float], None]


class Stages:
    """Times the stages of one order and reports after each of their steps.

    `expected` gives the usual seconds of every stage in their order. The estimate of what is left starts from them and
    follows this machine's speed as soon as a few stages have been seen.
    """

    def __init__(self, expected: Mapping[str, float], report: Report) -> None:
        self.seconds: dict[str, float] = {}
        self._expected = expected
        self._report = report
        self._started = time.monotonic()

    @contextmanager
    def stage(self, name: str) -> Iterator[Advance]:
        """Time a stage. The value is a function that takes the fraction (0 to 1) of the stage that is done."""
        started = time.monotonic()
        self._tell(name, 0.0)
        yield lambda fraction: self._tell(name, fraction)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 3)

    def _tell(self, name: str, fraction: float) -> None:
        finished = sum(seconds for stage, seconds in self._expected.items() if stage in self.seconds)
        done = finished + self._expected[name] * min(max(fraction, 0.0), 1.0)
        total = sum(self._expected.values())
        # One expected second counts as already seen at full speed, so that the first stage alone does not decide.
        pace = (time.monotonic() - self._started + 1.0) / (done + 1.0)
        self._report(Progress(name, done / total, (total - done) * pace))

"""The soak of `make prove`, with few people and for a moment."""

from __future__ import annotations

from pathlib import Path

from benchmarks.soak import soak
from benchmarks.soak_judge import problems


async def test_everybody_is_answered_once_whatever_goes_wrong_and_the_service_stays_small(tmp_path: Path) -> None:
    figures = await soak(people=20, seconds=6.0, rate=5.0, folder=tmp_path, harsh=False)
    assert not problems(figures)
    assert sum(figures.seen.done.values()) > 20
    assert figures.faults.total() >= 3

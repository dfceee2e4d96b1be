"""How far an order is, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bots.conversation.texts import Texts
from core.model import Progress
from core.records import JobEvent, Waiting, Working

CELLS: Final = 10
FULL: Final = "▓"
EMPTY: Final = "░"
LAST_SECONDS: Final = 1.5  # With less than this left, no number is told.


def line(texts: Texts, event: JobEvent) -> str:
    """Place and expected time, or the stage with a bar; "just done" for an order that has ended."""
    match event:
        case Waiting(place, seconds):
            key = "order.next" if place == 1 else "order.place"
            return texts(key, place=place, duration=texts.duration(seconds))
        case Working(progress):
            return _working(texts, progress)
        case _:
            return texts("order.ended")


def bar(fraction: float) -> str:
    """Ten cells; `fraction` is 0 to 1."""
    full = int(min(max(fraction, 0.0), 1.0) * CELLS)
    return FULL * full + EMPTY * (CELLS - full)


def stage(texts: Texts, name: str) -> str:
    """What is being done in a stage, in words."""
    return texts.first(f"stage.{name}", "stage.other")


def timings(texts: Texts, seconds: Mapping[str, float]) -> dict[str, float]:
    """The seconds of every stage by what was done in it, in words."""
    told: dict[str, float] = {}
    for name, spent in seconds.items():
        words = stage(texts, name)
        told[words] = told.get(words, 0.0) + spent
    return told


def _working(texts: Texts, progress: Progress) -> str:
    left = progress.seconds_left
    return texts(
        "order.working" if left > LAST_SECONDS else "order.nearly",
        stage=stage(texts, progress.stage),
        bar=bar(progress.fraction),
        percent=texts.percent(min(progress.fraction, 1.0)),
        seconds=texts.number(left, digits=0),
    )

"""The last photo's perception is used once, and never kept for long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.generation.sculpt import engine
from core.generation.sculpt.engine import SculptMaker
from core.generation.sculpt.lastlook import LastLook
from core.generation.sculpt.shapes import Cutout, Edges
from core.model import FigurineRequest, Photo, Progress, Subject, SubjectKind

SEEN = (
    Subject(SubjectKind.THING, 0, whole=True),
    Cutout(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32), (), None, Edges()),
)


class StopHereError(Exception):
    """Ends an order as soon as perception is over."""


def photo(shade: int) -> Photo:
    return Photo(2, 2, bytes([shade]) * 12)


def test_what_was_seen_is_had_once_by_an_equal_photo() -> None:
    last = LastLook()
    last.keep(photo(1), SEEN)
    assert last.take(photo(1)) is SEEN
    assert last.take(photo(1)) is None


def test_another_photo_gets_nothing_and_leaves_nothing() -> None:
    last = LastLook()
    last.keep(photo(1), SEEN)
    assert last.take(photo(2)) is None
    assert last.take(photo(1)) is None


def test_a_newer_photo_takes_the_place_of_the_older() -> None:
    last = LastLook()
    last.keep(photo(1), SEEN)
    last.keep(photo(2), SEEN)
    assert last.take(photo(1)) is None


def test_nothing_is_kept_when_the_time_is_up() -> None:
    last = LastLook(seconds=0.05)
    last.keep(photo(1), SEEN)
    time.sleep(0.5)
    assert last.take(photo(1)) is None


def test_looking_and_then_making_perceives_once(
    networks: Path, photo_path: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def counted(*arguments: object) -> tuple[Subject, Cutout]:
        looks.append(arguments)
        return SEEN

    def stop(progress: Progress) -> None:
        if progress.stage == "paint":
            raise StopHereError

    monkeypatch.setattr(engine, "perceive", counted)
    image = Image.open(photo_path("cat")).convert("RGB")
    cat = Photo(image.width, image.height, image.tobytes())
    maker = SculptMaker(networks)
    maker.look(cat)
    for expected in (1, 2):
        with pytest.raises(StopHereError):
            maker.make(FigurineRequest(cat, "collector"), stop)
        assert len(looks) == expected

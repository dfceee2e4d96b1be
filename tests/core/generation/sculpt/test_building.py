"""Every sample photo, and every style, gives a body that can be printed as it comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.generation.sculpt.building import painted, statue_of
from core.generation.sculpt.engine import USUAL_SECONDS
from core.generation.sculpt.export.glb import glb_bytes
from core.generation.sculpt.perception.cutout import cut_out
from core.generation.sculpt.perception.observation import observe
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.printable import inspect, self_overlaps
from core.generation.sculpt.stages import Stages
from core.generation.styles import style, styles

CASES = [
    ("astronaut", "marble", "Эйлин"),
    ("astronaut", "vinyl", "أيلين"),
    ("cat", "collector", "Mañana"),
    ("cat", "bronze", "猫"),
    ("coffee", "chibi", "Ελλάδα"),
    ("rocket", "collector", ""),
    ("rocket", "lowpoly", "שלום"),
    ("cameraman", "marble", "राम"),
    ("cameraman", "chibi", "Ada Lovelace"),
    ("raccoon", "lowpoly", "ไทย"),
]


def test_the_cases_cover_every_style() -> None:
    assert {case[1] for case in CASES} == set(styles())


@pytest.mark.parametrize(("photo", "name", "engraving"), CASES)
def test_a_body_can_be_printed_as_it_comes(
    photo: str, name: str, engraving: str, networks: Path, photo_path: Callable[[str], Path]
) -> None:
    declared = style(name).sculpt
    image = np.asarray(cv2.imread(str(photo_path(photo))), np.uint8)
    cutout, texture = painted(cut_out(observe(image, Networks(networks))), declared)
    statue = statue_of(cutout, texture, declared, engraving, 100.0, Stages(USUAL_SECONDS, lambda _: None))
    for seed in (0, 1):  # Other places on the surface are measured.
        facts = inspect(statue.body, seed)
        assert facts.watertight
        assert facts.bodies == 1
        assert facts.min_wall_mm >= 0.8
        assert facts.thin_share <= 0.001
        assert facts.size_mm[2] == pytest.approx(100, abs=0.1)
    assert self_overlaps(statue.body) < 0.01
    lowest = statue.body.vertices[:, 2].min()
    footprint = statue.body.vertices[statue.body.vertices[:, 2] < lowest + 1e-3, :2]
    assert np.ptp(footprint, axis=0).min() > 20, "flat below, and wide enough to stand"
    assert len(glb_bytes(statue, texture, declared.finish, (0.1, 0.1, 0.1), declared.base.lettering)) < 5_000_000

"""The colours around the figurine."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from core.generation.sculpt.colour.palette import CALM_HUE, palette


def of(*bgr: tuple[int, int, int]):
    image = np.concatenate([np.full((100, 60, 3), colour, np.uint8) for colour in bgr], axis=1)
    image[:, :2] += 1  # Two shades, so that clusters do not coincide.
    return palette(image, np.ones(image.shape[:2], np.float32))


def test_the_background_is_a_pale_opposite_of_the_liveliest_colour() -> None:
    found = of((30, 60, 230), (120, 120, 120))
    hue = colorsys.rgb_to_hsv(*found.accent)[0]
    back_hue, saturation, value = colorsys.rgb_to_hsv(*found.background)
    assert abs((hue - back_hue) % 1 - 0.5) < 0.02
    assert saturation < 0.25
    assert value > 0.7


def test_a_grey_subject_gets_a_calm_blue() -> None:
    assert colorsys.rgb_to_hsv(*of((90, 90, 90), (140, 140, 140)).background)[0] == pytest.approx(CALM_HUE)


def test_the_stand_is_dark() -> None:
    assert max(of((30, 60, 230)).stand) < 0.2


def test_a_picture_without_a_subject_still_has_a_palette() -> None:
    nothing = palette(np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50), np.float32))
    assert nothing.accent == (0.5, 0.5, 0.5)

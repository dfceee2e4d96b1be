"""The paint: flat tones, fresh colours, faces made up, no background colour on the rim."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.generation.sculpt.landmarks import LIPS, RIGHT_CHEEK
from core.generation.sculpt.paint import despill, paint
from core.generation.sculpt.shapes import Face, Image, Plane
from core.generation.styles import Paint


def disc(side: int = 240) -> Plane:
    rows, columns = np.mgrid[:side, :side]
    return (np.hypot(rows - side / 2, columns - side / 2) < 0.4 * side).astype(np.float32)


def gradient(side: int = 240) -> Image:
    ramp = np.linspace(40, 220, side).astype(np.uint8)
    return np.repeat(np.tile(ramp, (side, 1))[..., None], 3, 2)


def settings(strength: float = 1.0, saturation: float = 1.18, flatness: float = 0.55) -> Paint:
    return Paint(colours="photo", strength=strength, saturation=saturation, flatness=flatness)


def saturation(image: Image) -> float:
    return float(cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 1][disc() > 0.5].mean())


def test_the_same_photo_gives_the_same_bytes() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 240, 3), dtype=np.uint8)
    assert np.array_equal(paint(noise, disc(), (), settings()), paint(noise, disc(), (), settings()))


def test_flatness_gathers_a_gradient_into_few_tones() -> None:
    smooth, flat = (paint(gradient(), disc(), (), settings(flatness=value))[120, 30:210, 1] for value in (0.0, 1.0))
    assert (np.diff(flat.astype(int)) == 0).sum() > 2 * (np.diff(smooth.astype(int)) == 0).sum()


def test_saturation_makes_colours_fresher() -> None:
    dull = np.full((240, 240, 3), (110, 120, 150), np.uint8)
    dull[:, :120] = (60, 70, 90)
    assert saturation(paint(dull, disc(), (), settings(saturation=1.6))) > saturation(
        paint(dull, disc(), (), settings(saturation=0.8))
    )


def test_strength_takes_small_detail_away() -> None:
    noise = np.random.default_rng(2).normal(128, 12, (240, 240, 1)).clip(0, 255).astype(np.uint8)
    grain = np.repeat(noise, 3, 2)
    grain[:, :120] //= 2
    spread = [
        float(paint(grain, disc(), (), settings(strength=strength, flatness=0))[100:140, 140:200].std())
        for strength in (0.0, 2.2)
    ]
    assert spread[1] < 0.5 * spread[0]


def test_a_face_gets_blush_and_lips() -> None:
    landmarks = np.full((468, 2), 120.0)
    landmarks[RIGHT_CHEEK] = (90, 110)
    angles = np.linspace(0, 2 * np.pi, len(LIPS), endpoint=False)
    landmarks[LIPS] = np.stack([120 + 20 * np.cos(angles), 160 + 8 * np.sin(angles)], 1)
    face = Face(landmarks, np.zeros(468), np.array([120.0, 120.0]), 60.0)
    plain, made_up = (paint(gradient(), disc(), faces, settings()) for faces in ((), (face,)))
    for x, y in ((90, 110), (120, 160)):
        redness = [int(image[y, x, 2]) - int(image[y, x, 1]) for image in (plain, made_up)]
        assert redness[1] > redness[0] + 5


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_even_colour_is_painted_without_warnings(shade: int) -> None:
    painted = paint(np.full((240, 240, 3), shade, np.uint8), disc(), (), settings())
    assert painted.shape == (240, 240, 3) and painted.dtype == np.uint8


def test_despilling_gives_a_green_rim_the_subjects_colour_and_leaves_the_middle() -> None:
    alpha = disc(320)
    image = np.full((320, 320, 3), (40, 180, 40), np.uint8)
    inner = cv2.erode(alpha, np.ones((13, 13))) > 0
    image[inner] = (60, 80, 200)
    clean = despill(image, alpha)
    rim = (alpha > 0) & (cv2.erode(alpha, np.ones((5, 5))) == 0)
    assert (clean[rim][:, 1] < 120).mean() > 0.9
    assert np.array_equal(clean[160, 120:200], image[160, 120:200])


def test_despilling_leaves_a_subject_without_background_alone() -> None:
    image = gradient()
    assert np.array_equal(despill(image, np.ones((240, 240), np.float32)), image)

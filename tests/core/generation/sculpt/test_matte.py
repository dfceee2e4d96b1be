"""The matte: it follows the colours' outline, and has neither pinholes nor crumbs."""

from __future__ import annotations

import cv2
import numpy as np

from core.generation.sculpt.perception.matte import refine
from core.generation.sculpt.shapes import Image, Plane

SIDE = 400
SUBJECT, GROUND = (60, 80, 210), (180, 160, 60)


def circle(radius: int, x: int = 200, y: int = 200) -> Plane:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (np.hypot(columns - x, rows - y) < radius).astype(np.float32)


def coloured(shape: Plane) -> Image:
    return np.where(shape[..., None] > 0, np.uint8(SUBJECT), np.uint8(GROUND)).astype(np.uint8)


def overlap(one: Plane, other: Plane) -> float:
    a, b = one > 0.5, other > 0.5
    return float((a & b).sum() / (a | b).sum())


def test_a_vague_mask_snaps_to_the_outline() -> None:
    true = circle(120)
    vague = cv2.GaussianBlur(circle(112), (0, 0), 12)
    assert overlap(refine(coloured(true), vague, carve=False), true) > 0.95 > overlap(vague, true)


def test_small_holes_are_closed_and_large_ones_kept() -> None:
    ring = circle(120) - circle(5, 240, 200) - circle(40, 160, 200)
    alpha = refine(coloured(ring), ring, carve=False)
    assert alpha[200, 240] == 1
    assert alpha[200, 160] < 0.1


def test_crumbs_are_dropped_with_their_rims() -> None:
    shape = circle(100, 150, 200) + circle(14, 340, 80)
    alpha = refine(coloured(shape), shape, carve=False)
    assert alpha[:150, 290:].max() == 0
    assert alpha[200, 150] == 1


def test_carving_removes_an_off_hue_part_and_keeps_a_dark_one() -> None:
    body = circle(130)
    image = coloured(body)
    rng = np.random.default_rng(3)
    grass, paw = circle(15, 322, 200) * body, circle(15, 200, 322) * body
    image[grass > 0] = GROUND
    image[paw > 0] = (18, 24, 63)  # the subject's hue, darker
    image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    carved = refine(image, body, carve=True)
    assert carved[200, 325] < 0.5
    assert carved[322, 200] > 0.5


def test_the_same_input_gives_the_same_bytes() -> None:
    image = np.random.default_rng(4).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    mask = cv2.GaussianBlur(circle(120), (0, 0), 8)
    cv2.setRNGSeed(99)
    first = refine(image, mask, carve=True)
    cv2.setRNGSeed(7)
    assert np.array_equal(first, refine(image, mask, carve=True))

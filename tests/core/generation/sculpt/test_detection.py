"""The geometry of the detectors: anchors, letterbox, turned squares, repeated hits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.generation.sculpt.perception import faces, pose
from core.generation.sculpt.perception.detection import detect, rotated_square


def test_anchors_are_as_many_as_the_networks_answers() -> None:
    assert len(faces.NEAR_GRID) == 896
    assert len(faces.FAR_GRID) == 2304
    assert len(pose.GRID) == 2254


def test_anchors_are_the_middles_of_cells() -> None:
    assert faces.NEAR_GRID[0].tolist() == faces.NEAR_GRID[1].tolist() == [1 / 32, 1 / 32]
    assert faces.NEAR_GRID.min() > 0 and faces.NEAR_GRID.max() < 1


def answering(hits: dict[int, float]) -> Any:
    """A detector that is sure of a box 16 pixels wide at some anchors."""

    def session(batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        boxes, logits = np.zeros((1, 896, 16), np.float32), np.full((1, 896, 1), -9, np.float32)
        for anchor, logit in hits.items():
            boxes[0, anchor, 2:4] = 16
            logits[0, anchor] = logit
        return [logits, boxes]

    return session


def test_a_hit_is_told_in_the_pictures_own_pixels() -> None:
    wide = np.zeros((100, 200, 3), np.uint8)
    anchor = 2 * (8 * 16 + 8)  # the cell in row 8, column 8 of the finest grid
    (hit,) = detect(answering({anchor: 3.0}), wide, 128, faces.NEAR_GRID, 0.5)
    assert hit.centre == pytest.approx([8.5 * 8 / 128 * 200, 8.5 * 8 / 128 * 200 - 50])
    assert hit.size == pytest.approx([25, 25])
    assert hit.score == pytest.approx(0.9526, abs=1e-3)


def test_of_hits_on_the_same_place_the_surest_stays() -> None:
    picture = np.zeros((128, 128, 3), np.uint8)
    near, far = 2 * (8 * 16 + 8), 2 * (2 * 16 + 2)
    found = detect(answering({near: 1.0, near + 1: 4.0, far: 2.0}), picture, 128, faces.NEAR_GRID, 0.5)
    assert [round(hit.score, 2) for hit in found] == [0.98, 0.88]


def test_a_turned_square_maps_back_to_the_picture() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[88:93, 138:143] = (10, 20, 250)
    square, transform = rotated_square(picture, np.array([120.0, 100.0]), 96.0, 0.4, 192)
    red = np.argwhere(square[..., 0] > 0.9)[:, ::-1].mean(0)
    assert transform[:, :2] @ red + transform[:, 2] == pytest.approx([140, 90], abs=0.7)
    assert square.shape == (192, 192, 3) and square.dtype == np.float32

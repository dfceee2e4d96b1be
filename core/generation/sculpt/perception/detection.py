"""Single-shot detectors (Liu et al., ECCV 2016), as MediaPipe's faces and persons are found with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.perception.runtime import Session
from core.generation.sculpt.shapes import Image, Points

MOST_CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Detection:
    """One hit: the certainty, the box's centre (x, y) and size (width, height), and key points (k, 2), in pixels."""

    score: float
    centre: NDArray[np.float64]
    size: NDArray[np.float64]
    keypoints: Points

    def distance(self, other: Detection) -> float:
        """Between the two centres, in units of the larger box's longer side."""
        return float(np.hypot(*(self.centre - other.centre)) / max(self.size.max(), other.size.max()))


def anchors(side: int, strides: list[int], per_cell: int) -> Points:
    """The (n, 2) positions from 0 to 1 that a detector's boxes are told from; `side` is its input's, in pixels."""
    layers = []
    for stride, repeats in groupby(strides):
        cells = -(-side // stride)
        rows, columns = np.mgrid[:cells, :cells]
        grid = np.stack([(columns + 0.5) / cells, (rows + 0.5) / cells], -1).reshape(-1, 2)
        layers.append(np.repeat(grid, per_cell * len(list(repeats)), 0))
    return np.concatenate(layers)


def detect(session: Session, image: Image, side: int, grid: Points, least_score: float) -> list[Detection]:
    """The hits in a BGR image, surest first, with those left out that repeat a surer one."""
    letter, scale, margin = _letterbox(image, side)
    boxes, logits = sorted(session(letter[None]), key=lambda output: -output.shape[-1])
    scores = sigmoid(logits[0, :, 0])
    found: list[Detection] = []
    for index in [i for i in np.argsort(-scores, kind="stable") if scores[i] > least_score][:MOST_CANDIDATES]:
        pairs = boxes[0, index].reshape(-1, 2).astype(np.float64)
        hit = Detection(
            score=float(scores[index]),
            centre=(pairs[0] + grid[index] * side - margin) / scale,
            size=pairs[1] / scale,
            keypoints=(pairs[2:] + grid[index] * side - margin) / scale,
        )
        if all(hit.distance(other) >= 0.5 for other in found):
            found.append(hit)
    return found


def rotated_square(
    image: Image, centre: NDArray[np.float64], size: float, angle: float, side: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Cut a turned square out of a BGR image.

    `size` is the square's side in the image's pixels, `angle` in radians. Returns the (side, side, 3) RGB picture from
    0 to 1, and the (2, 3) transform from its pixels to the image's.
    """
    cosine, sine, step = np.cos(angle), np.sin(angle), size / side
    transform = np.array(
        [
            [cosine * step, -sine * step, centre[0] - (cosine - sine) * size / 2],
            [sine * step, cosine * step, centre[1] - (sine + cosine) * size / 2],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    square = cv2.warpAffine(image, transform, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(square[..., ::-1] / np.float32(255), np.float32), transform


def sigmoid(logits: NDArray[Any]) -> NDArray[np.float64]:
    """The logistic function, safe for large values."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -60, 60))))


def _letterbox(image: Image, side: int) -> tuple[NDArray[np.float32], float, NDArray[np.float64]]:
    """The image in the middle of a black square, RGB from -1 to 1, with its scale and the margins (x, y)."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - new_width) // 2, (side - new_height) // 2
    canvas = np.zeros((side, side, 3), np.uint8)
    shrunk = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_AREA)
    canvas[top : top + new_height, left : left + new_width] = shrunk
    return np.asarray(canvas[..., ::-1] / 127.5 - 1, np.float32), scale, np.array([left, top], np.float64)

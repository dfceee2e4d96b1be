"""Pixels that need more than one look."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.render.tracer import Hits

SHIFTS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))
"""Where such a pixel is sampled: a rotated grid."""
LEAP = 0.012
"""A step in depth, against the largest depth, that counts as an edge."""


def edge_pixels(hits: Hits, height: int, width: int) -> NDArray[np.int64]:
    """Pixels, counted row by row, at the border of an item or at a leap in depth."""
    item = hits.item.reshape(height, width).astype(np.float32)
    depth = np.where(hits.item >= 0, hits.distance, 0).reshape(height, width).astype(np.float32)
    kernel = np.ones((3, 3), np.uint8)
    leap = cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, kernel) > LEAP * max(float(depth.max()), 1e-6)
    return np.flatnonzero((cv2.morphologyEx(item, cv2.MORPH_GRADIENT, kernel) > 0) | leap)

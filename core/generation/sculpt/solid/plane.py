"""Small operations on planes of the grid."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Mask, Plane, Points


def blur(plane: NDArray[Any], sigma: float) -> Plane:
    """Gaussian blur, sigma in cells."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def disc(radius: int) -> NDArray[np.uint8]:
    """A round structuring element."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def signed_distance(mask: Mask, finer: int = 1) -> Plane:
    """Distance to the mask's rim in cells, positive inside; the mask is drawn `finer` times as fine as the grid."""
    inside = mask.astype(np.uint8)
    to_rim = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    return np.asarray(to_rim / finer, np.float32)


def outer_distance(mask: Mask) -> Plane:
    """Distance to the mask in cells, 0 inside."""
    return np.asarray(cv2.distanceTransform(1 - mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def polygon(points: Points, shape: tuple[int, int]) -> Mask:
    """The filled outline (n, 2)."""
    drawn = np.zeros(shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(points).astype(np.int32)], 1)
    return drawn > 0

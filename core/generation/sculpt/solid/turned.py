"""Turned things (cups, rockets, apples) have circular sections."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.generation.sculpt.imaging import smoothstep
from core.generation.sculpt.shapes import Mask, Plane


def turned(mask: Mask) -> tuple[Plane, float]:
    """The squared half-depth of circular sections, row by row, and how surely the thing is turned (0 to 1)."""
    first, last, filled_rows = _ends(mask)
    axis = float(np.median(0.5 * (first + last)[filled_rows]))
    half_width = np.where(filled_rows, (last - first) / 2 + 0.5, 0).astype(np.float32)
    smooth_width = cv2.GaussianBlur(half_width[:, None], (0, 0), 2)[:, 0]
    x = np.arange(mask.shape[1])
    squared = np.clip(smooth_width[:, None] ** 2 - (x - axis)[None] ** 2, 0, None) * mask
    return squared.astype(np.float32), _certainty(mask, axis, half_width)


def _ends(mask: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """First and last column of each row, and which rows have any."""
    first = np.argmax(mask, 1)
    last = mask.shape[1] - 1 - np.argmax(mask[:, ::-1], 1)
    return np.asarray(first), np.asarray(last), np.asarray(mask.any(1))


def _certainty(mask: Mask, axis: float, half_width: NDArray[np.float32]) -> float:
    """Mirror symmetry, rows without gaps, no holes."""
    x = np.arange(mask.shape[1])
    mirrored = mask[:, np.clip(np.round(2 * axis - x), 0, mask.shape[1] - 1).astype(int)]
    symmetry = (mask & mirrored).sum() / max((mask | mirrored).sum(), 1)
    solidity = mask.sum() / max(float((2 * half_width).sum()), 1)
    holes = 1 - mask.sum() / max(ndimage.binary_fill_holes(mask).sum(), 1)
    measures = smoothstep(np.array([symmetry]), 0.90, 0.95) * smoothstep(np.array([solidity]), 0.93, 0.98)
    return float(measures[0] * (holes < 0.02))

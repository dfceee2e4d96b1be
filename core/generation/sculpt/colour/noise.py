"""Smooth noise for hair, fur, cloth and stone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import lookup

ROWS = 512
GRAINS = (0.8, 1.8)
"""Standard deviations, in cells, of the two octaves."""
WRAP = 8


@lru_cache(maxsize=16)
def _tile(seed: int, columns: int) -> NDArray[np.float32]:
    """(ROWS + 1, columns + 1) normal noise that repeats in both directions; its last row and column are its first."""
    white = np.random.default_rng(seed).standard_normal((ROWS, columns)).astype(np.float32)
    wrapped = np.pad(white, WRAP, mode="wrap")
    grains = sum(cv2.GaussianBlur(wrapped, (0, 0), sigma) * np.float32(sigma) for sigma in GRAINS)
    tile = np.asarray(grains, np.float32)[WRAP : -WRAP or None, WRAP : -WRAP or None]
    return np.pad(tile / tile.std(), ((0, 1), (0, 1)), mode="wrap")


def noise(x: NDArray[Any], y: NDArray[Any], seed: int, columns: int = 512) -> NDArray[np.float32]:
    """Noise of mean 0 and deviation 1 with features of about two units, the same for the same seed.

    It repeats after `columns` units of x, so that an angle times columns / 2 pi goes round without a seam.
    """
    return lookup(_tile(seed, columns), np.mod(x, columns), np.mod(y, ROWS))

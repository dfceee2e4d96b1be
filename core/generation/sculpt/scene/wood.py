"""An oak desk's top."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Image

WIDTH, HEIGHT = 1800, 1200
PLANKS = 6
SEED = 3
DARK = np.array([58, 92, 136], np.float32)
LIGHT = np.array([112, 156, 198], np.float32)
"""BGR."""


@cache
def wood() -> Image:
    """BGR bytes (1200, 1800, 3) of planks that run from left to right; made once a process."""
    rng = np.random.default_rng(SEED)
    broad, fine, pores = (_grain(rng, *sigma) for sigma in ((130, 4), (50, 1.0), (14, 0.7)))
    board = np.arange(HEIGHT) * PLANKS // HEIGHT
    # Every plank is cut from another place of the tree and has a tone of its own.
    shifts, tones = rng.integers(0, WIDTH, PLANKS), rng.normal(0, 0.07, PLANKS).astype(np.float32)
    broad = np.stack([np.roll(row, shifts[b]) for row, b in zip(broad, board, strict=True)])
    rings = np.sin((np.linspace(0, 46, HEIGHT, dtype=np.float32)[:, None] + 1.3 * broad + board[:, None]) * np.pi)
    value = 0.5 + 0.10 * broad + 0.07 * rings + 0.06 * fine - 0.05 * np.maximum(pores - 1.2, 0) + tones[board, None]
    image = DARK + (LIGHT - DARK) * np.clip(value, 0, 1)[..., None]
    for seam in range(HEIGHT // PLANKS, HEIGHT, HEIGHT // PLANKS):
        image[seam - 1 : seam + 2] *= np.array([0.75, 0.45, 0.75], np.float32)[:, None, None]
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def _grain(rng: np.random.Generator, along: float, across: float) -> NDArray[np.float32]:
    noise = rng.standard_normal((HEIGHT, WIDTH // 4)).astype(np.float32)
    grain = cv2.resize(cv2.GaussianBlur(noise, (0, 0), sigmaX=along / 4, sigmaY=across), (WIDTH, HEIGHT))
    return np.asarray(grain / grain.std(), np.float32)

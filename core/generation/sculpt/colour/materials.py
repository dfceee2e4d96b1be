"""Statues of one material: marble with veins, bronze with patina in its hollows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.noise import noise
from core.generation.sculpt.shapes import Colours, Points, Solid

MARBLE = np.float32([206, 214, 219])
VEIN = np.float32([124, 124, 122])
BRONZE = np.float32([70, 116, 172])
PATINA = np.float32([92, 112, 74])
"""BGR."""
HOLLOW_PASSES = 10
"""How often the surface is averaged to tell hollows from ridges; about 4 mm at the usual voxels."""


def marble(points: Points) -> Colours:
    """White stone with grey veins; `points` (n, 3) in mm of a figure 80 mm high."""
    warp = 1.6 * noise(points @ (0.05, 0.07, 0.11), points @ (0.10, -0.08, 0.04), 17)
    veins = _ridge(points @ (0.030, 0.018, 0.016) + 0.35 * warp, points @ (-0.012, 0.020, 0.034), 11, 14.0)
    fine = _ridge(points @ (0.08, 0.10, 0.03) + 0.3 * warp, points @ (0.06, -0.02, 0.09), 12, 16.0)
    cloud = noise(points @ (0.05, 0.03, 0.02), points @ (-0.02, 0.03, 0.05), 13)
    share = np.clip(0.42 * veins + 0.16 * fine + 0.035 * cloud + 0.04, 0, 0.6)[:, None]
    return np.asarray(MARBLE * (1 - share) + VEIN * share, np.float32)


def _ridge(x: NDArray[Any], y: NDArray[Any], seed: int, sharpness: float) -> NDArray[np.float32]:
    """1 along the noise's zero lines, 0 away from them, fading in and out along the way."""
    line = np.exp(-np.abs(noise(x, y, seed)) * sharpness)
    fade = np.clip(0.5 + 0.6 * noise(x * 1.7, y * 1.7, seed + 50), 0, 1)
    return np.asarray(line * fade, np.float32)


def bronze(solid: Solid) -> Colours:
    """Metal that is polished on ridges and green where nobody's hand gets."""
    vertices = solid.mesh.vertices
    around = vertices
    for _ in range(HOLLOW_PASSES):
        around = solid.smoother @ around
    style_scale = solid.grid.style_mm / solid.grid.voxel_mm
    raised = ((vertices - around) * solid.mesh.normals).sum(1) * style_scale
    bare = np.clip(raised * 1.4 + 0.72, 0, 1)[:, None]
    return np.asarray(PATINA * (1 - bare) + BRONZE * bare, np.float32)

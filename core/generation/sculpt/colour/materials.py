"""Statues of one material: marble with veins, bronze with patina in its hollows."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.noise import noise
from core.generation.sculpt.imaging import lookup
from core.generation.sculpt.shapes import Colours, Image, Points
from core.generation.sculpt.solid.figure import Solid

MARBLE = np.array([184, 194, 200], np.float32)
VEIN = np.array([70, 72, 74], np.float32)
BRONZE = np.array([70, 116, 172], np.float32)
PATINA = np.array([92, 112, 74], np.float32)
"""BGR."""
WASH = 0.9
"""How far the picture's fine lines darken the material."""
LINES, MARKS = 0.014, 0.09
"""Widths up to which something is a line, or a mark such as a beard, as shares of the picture's size."""
MARKS_SHARE = 0.4
HOLLOW_PASSES = 10
"""How often the surface is averaged to tell hollows from ridges; about 4 mm at the usual voxels."""


def marble(solid: Solid, texture: Image) -> Colours:
    """White stone with grey veins, a little darker where the painted picture has lines."""
    points = solid.mesh.vertices * (solid.grid.style_mm / solid.grid.voxel_mm)
    return np.asarray(_stone(points) * (1 + WASH * _lines(solid, texture))[:, None], np.float32)


def _stone(points: Points) -> Colours:
    """The marble's colour at points (n, 3) in mm of a figure 80 mm high."""
    warp = 1.6 * noise(points @ (0.05, 0.07, 0.11), points @ (0.10, -0.08, 0.04), 17)
    veins = _ridge(points @ (0.030, 0.018, 0.016) + 0.35 * warp, points @ (-0.012, 0.020, 0.034), 11, 9.0)
    fine = _ridge(points @ (0.08, 0.10, 0.03) + 0.3 * warp, points @ (0.06, -0.02, 0.09), 12, 11.0)
    cloud = noise(points @ (0.05, 0.03, 0.02), points @ (-0.02, 0.03, 0.05), 13)
    share = np.clip(0.60 * veins + 0.26 * fine + 0.05 * cloud + 0.06, 0, 0.7)[:, None]
    return np.asarray(MARBLE * (1 - share) + VEIN * share, np.float32)


def _ridge(x: NDArray[Any], y: NDArray[Any], seed: int, sharpness: float) -> NDArray[np.float32]:
    """1 along the noise's zero lines, 0 away from them, fading in and out along the way."""
    line = np.exp(-np.abs(noise(x, y, seed)) * sharpness)
    fade = np.clip(0.5 + 0.6 * noise(x * 1.7, y * 1.7, seed + 50), 0, 1)
    return np.asarray(line * fade, np.float32)


def bronze(solid: Solid, texture: Image) -> Colours:
    """Metal that is polished on ridges, green where nobody's hand gets, darker where the picture has lines."""
    vertices = solid.mesh.vertices
    around = vertices
    for _ in range(HOLLOW_PASSES):
        around = solid.smoother @ around
    style_scale = solid.grid.style_mm / solid.grid.voxel_mm
    raised = ((vertices - around) * solid.mesh.normals).sum(1) * style_scale
    bare = np.clip(raised * 1.4 + 0.72, 0, 1)[:, None]
    metal = PATINA * (1 - bare) + BRONZE * bare
    return np.asarray(metal * (1 + WASH * _lines(solid, texture))[:, None], np.float32)


def _lines(solid: Solid, texture: Image) -> NDArray[np.float32]:
    """Lines and, fainter, marks (n,) of the painted picture, -0.3 to 0.08, where it shows the figure.

    It keeps a likeness that relief alone can't: eyes and lips are finer than the cells of the solid.
    """
    brightness = cv2.cvtColor(texture, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    size = max(texture.shape[:2])
    lines, marks = (cv2.GaussianBlur(brightness, (0, 0), size * share) for share in (LINES, MARKS))
    tone = cv2.GaussianBlur(brightness, (0, 0), 1.2) - lines + MARKS_SHARE * (lines - marks)
    seen = np.asarray(solid.smoother @ solid.photographed.astype(np.float32), np.float32)
    return np.clip(lookup(tone, solid.pixels[:, 0], solid.pixels[:, 1]), -0.3, 0.08) * seen

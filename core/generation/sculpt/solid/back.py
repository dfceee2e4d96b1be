"""What a back has and a photo does not show: the spine, the shoulder blades, the crease between arm and flank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Plane, Points, Pose
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.head import HeadPart
from core.generation.sculpt.solid.limbs import HIPS, SHOULDERS

SPINE_DEPTH_MM, SPINE_WIDTH_MM = 0.9, 2.2
CREASE_DEPTH_MM, CREASE_WIDTH_MM = 1.3, 1.5
BLADE_HEIGHT_MM = 0.8
LEAST_DEPTH_MM = 3.0
"""Where the back is thinner than this it is left alone; the relief fades in over the next 5 mm."""


def with_spine(back: Plane, pose: Pose | None, heads: list[HeadPart], grid: Grid, bust: bool) -> Plane:
    """Squared half-depths of a back with the relief of one; pose and heads are in cells."""
    if pose is None or not heads or pose.visibility[list(SHOULDERS)].min() < 0.5:
        return back
    shoulders = pose.joints[list(SHOULDERS)]
    shoulders = shoulders[np.argsort(shoulders[:, 0])]
    width = float(shoulders[1, 0] - shoulders[0, 0])
    face_height = heads[0].place.face_height
    if width < 0.9 * face_height:  # Seen from the side.
        return back
    torso = _hips(pose, shoulders, width, face_height, bust) - shoulders.mean(0)
    depth = np.sqrt(np.maximum(back, 0))
    least = grid.cells(LEAST_DEPTH_MM)
    fade = np.clip((depth - least) / grid.cells(5.0), 0, 1)
    carved = np.maximum(depth - _relief(shoulders, torso, width, grid) * grid.cells(1.0) * fade, 1)
    return np.asarray(np.where(depth > least, carved**2, back), np.float32)


def _hips(pose: Pose, shoulders: Points, width: float, face_height: float, bust: bool) -> NDArray[np.float64]:
    if not bust and pose.visibility[list(HIPS)].min() > 0.5:
        return np.asarray(pose.joints[list(HIPS)].mean(0))
    return np.asarray(shoulders.mean(0) + np.array([0, 1.25 * max(width, face_height)]))


def _relief(shoulders: Points, torso: NDArray[np.float64], width: float, grid: Grid) -> Plane:
    """Depth of the hollows in mm of the style, negative on the blades."""
    y, x = grid.coordinates()
    middle = shoulders.mean(0)
    spine_width, crease_width = grid.cells(SPINE_WIDTH_MM), grid.cells(CREASE_WIDTH_MM)
    relief = SPINE_DEPTH_MM * _groove(x, y, middle + 0.12 * torso, middle + 0.95 * torso, spine_width)
    for shoulder, side in zip(shoulders, (-1, 1), strict=True):
        top = shoulder + 0.22 * torso - (side * 0.02 * width, 0)
        bottom = top + 0.75 * torso - (side * 0.06 * width, 0)
        relief += CREASE_DEPTH_MM * _groove(x, y, top, bottom, crease_width)
        blade = middle + 0.28 * torso + (side * 0.26 * width, 0)
        squared = (x - blade[0]) ** 2 + ((y - blade[1]) / 1.5) ** 2
        relief -= BLADE_HEIGHT_MM * np.exp(-squared / (2 * (0.13 * width) ** 2))
    return relief


def _groove(x: Plane, y: Plane, start: NDArray[np.float64], end: NDArray[np.float64], width: float) -> Plane:
    """A line of depth 1 that fades at its ends."""
    axis = end - start
    along = ((x - start[0]) * axis[0] + (y - start[1]) * axis[1]) / (axis @ axis + 1e-6)
    along = np.clip(along, 0, 1)
    squared = (x - start[0] - along * axis[0]) ** 2 + (y - start[1] - along * axis[1]) ** 2
    fading = np.sin(np.pi * np.clip(along * 0.8 + 0.18, 0, 1))
    return np.asarray(np.exp(-squared / (2 * width**2)) * fading, np.float32)

"""The studio's paper behind and below the turntable."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import lookup
from core.generation.sculpt.scene.description import Camera
from core.generation.sculpt.shapes import Mask, Plane, Points
from core.generation.sculpt.turntable.rotation import Rotation

CONTACT, CONTACT_MM = 0.45, 6.0
"""How dark the line below the stand is, and how far it reaches for a statue of the usual size."""
FOOT = 0.05
"""What lies lower than this share of the height touches the floor."""
SHADED, LIT = 0.50, 0.66
"""The floor's brightness in the key light's shadow, and what the lamp adds; measured on the path-traced studio."""
WALL = np.array([0.54, 0.58, 0.61], np.float32)
BEND_MM = (210.0, 470.0)
"""Where the paper, for a statue of the usual size, starts to rise and where it is a wall."""
PENUMBRA_MM = 25.0
"""How much wider than the statue its shadow's soft rim can be."""
CELLS = 256
HORIZON = np.float32(-1e-3)


@dataclass(frozen=True, slots=True)
class Paper:
    """What k rays see of the paper whatever the statue's turn: where they meet the floor's plane (k, 3), how far the
    paper has bent up there (0 to 1), and which of them can lie in the statue's shadow or contact line.
    """

    places: NDArray[np.float32]
    rise: NDArray[np.float32]
    shadowed: Mask
    near: NDArray[np.int64]


class Floor:
    """Paper that lies around a statue of these points, is `size` times as large as usual, and bends up behind it."""

    def __init__(
        self, colour: NDArray[np.float32], points: Points, size: float, camera: Camera, lamp: NDArray[np.float32]
    ) -> None:
        self._colour, self._size, self._lamp = colour, size, lamp
        self._eye = camera.position.astype(np.float32)
        self._reach, self._top = float(np.abs(points[:, :2]).max()), float(points[:, 2].max())
        self._cell = 2 * (self._reach + 5 * CONTACT_MM * size) / CELLS
        self._gap = self._gap_around(points[points[:, 2] < FOOT * self._top])

    def seen(self, directions: NDArray[np.float32]) -> Paper:
        """What rays (k, 3) from the camera see."""
        places = self._eye + directions * (-self._eye[2] / np.minimum(directions[:, 2], HORIZON))[:, None]
        start, end = (distance * self._size for distance in BEND_MM)
        rise = np.clip((places[:, 1] - start) / (end - start), 0, 1)
        below = directions[:, 2] < HORIZON
        half = self._cell * (CELLS / 2 - 1)
        near = np.flatnonzero(below & (np.maximum(np.abs(places[:, 0]), np.abs(places[:, 1])) < half))
        return Paper(places, rise * rise * (3 - 2 * rise), below & self._may_be_shaded(places), near)

    def colours(self, paper: Paper, turn: Rotation, lit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Linear light (k, 3) that the paper sends along rays; `lit` (k,) is how much of the key light it sees."""
        floor = SHADED + LIT * lit
        x, y, _ = turn.back(paper.places[paper.near]).T / np.float32(self._cell) + CELLS / 2
        floor[paper.near] *= 1 - CONTACT * np.exp(-lookup(self._gap, x, y) / np.float32(CONTACT_MM * self._size))
        mixed = floor[:, None] + (WALL - floor[:, None]) * paper.rise[:, None]
        return np.asarray(mixed * self._colour, np.float32)

    def _may_be_shaded(self, places: NDArray[np.float32]) -> Mask:
        """Whether the line from a place on the floor to the lamp passes the cylinder that the statue turns in."""
        x, y = places[:, 0], places[:, 1]
        to_x, to_y = self._lamp[0] - x, self._lamp[1] - y
        nearest = np.clip(-(x * to_x + y * to_y) / (to_x * to_x + to_y * to_y), 0, 1)
        passed = np.hypot(x + nearest * to_x, y + nearest * to_y)
        reach = self._reach + PENUMBRA_MM * self._size
        return np.asarray((passed < reach) & (nearest * self._lamp[2] < self._top + reach), np.bool_)

    def _gap_around(self, foot: Points) -> Plane:
        """Distance from the stand's outline, in mm, on a square of the floor around the turntable's axis."""
        outline = cv2.convexHull((foot[:, :2] / self._cell + CELLS / 2).astype(np.float32))
        away = np.ones((CELLS, CELLS), np.uint8)
        cv2.fillConvexPoly(away, np.rint(outline).astype(np.int32), 0)
        return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 5) * self._cell, np.float32)

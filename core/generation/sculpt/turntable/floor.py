"""The studio's paper behind and below the turntable."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import lookup
from core.generation.sculpt.scene.description import Camera
from core.generation.sculpt.shapes import Mask, Plane, Points

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


class Floor:
    """Paper that lies around a statue of these points, is `size` times as large as usual, and bends up behind it."""

    def __init__(self, paper: NDArray[np.float32], points: Points, size: float, camera: Camera) -> None:
        self._paper, self._size, self._camera = paper, size, camera
        reach = float(np.abs(points[:, :2]).max())
        self._reach, self._top = reach, float(points[:, 2].max())
        self._cell = 2 * (reach + 5 * CONTACT_MM * size) / CELLS
        self._gap = self._gap_around(points[points[:, 2] < FOOT * points[:, 2].max()])

    def places(self, directions: NDArray[np.float32]) -> tuple[NDArray[np.float32], Mask]:
        """Where rays from the camera meet the floor (k, 3), and whether they do."""
        eye = self._camera.position.astype(np.float32)
        down = np.minimum(directions[:, 2], np.float32(-1e-3))
        return eye + directions * (-eye[2] / down)[:, None], directions[:, 2] < -1e-3

    def may_be_shaded(self, places: NDArray[np.float32], lamp: NDArray[np.float32]) -> Mask:
        """Whether the line from a place on the floor to the lamp passes the cylinder that the statue turns in."""
        x, y = places[:, 0], places[:, 1]
        to_x, to_y = lamp[0] - x, lamp[1] - y
        squared = to_x * to_x + to_y * to_y
        nearest = np.clip(-(x * to_x + y * to_y) / squared, 0, 1)
        passed = np.hypot(x + nearest * to_x, y + nearest * to_y)
        reach = self._reach + PENUMBRA_MM * self._size
        return np.asarray((passed < reach) & (nearest * lamp[2] < self._top + reach), np.bool_)

    def colours(
        self, directions: NDArray[np.float32], turn: NDArray[np.float32], lit: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Linear light (k, 3) that the paper sends along rays; `lit` (k,) is how much of the key light it sees."""
        places, _ = self.places(directions)
        floor = (SHADED + LIT * lit) * self._contact(places @ turn)
        start, end = (distance * self._size for distance in BEND_MM)
        rise = np.clip((places[:, 1] - start) / (end - start), 0, 1)[:, None]
        rise = rise * rise * (3 - 2 * rise)
        return np.asarray((floor[:, None] * (1 - rise) + WALL * rise) * self._paper, np.float32)

    def _gap_around(self, foot: Points) -> Plane:
        """Distance from the stand's outline, in mm, on a square of the floor around the turntable's axis."""
        outline = cv2.convexHull((foot[:, :2] / self._cell + CELLS / 2).astype(np.float32))
        away = np.ones((CELLS, CELLS), np.uint8)
        cv2.fillConvexPoly(away, np.rint(outline).astype(np.int32), 0)
        return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 5) * self._cell, np.float32)

    def _contact(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y = places[:, :2].T / np.float32(self._cell) + CELLS / 2
        near = (np.maximum(np.abs(x - CELLS / 2), np.abs(y - CELLS / 2)) < CELLS / 2 - 1).nonzero()[0]
        shade = np.ones(len(places), np.float32)
        gap = lookup(self._gap, x[near], y[near])
        shade[near] = 1 - CONTACT * np.exp(-gap / np.float32(CONTACT_MM * self._size))
        return shade

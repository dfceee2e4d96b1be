"""A face's own coordinates, in which hair, throat and nape lie at the same places for everybody."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.generation.sculpt.landmarks import CHIN, HAIRLINE, LEFT_EAR, OVAL, RIGHT_EAR
from core.generation.sculpt.shapes import Face, Mask, Plane, Points

HALF = 0.5
"""Labels and layers are made at half of the picture's size."""
NEAR_HEAD = 0.62
"""How far from the face's oval the head reaches, in face heights."""


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """`up` is 0 at the chin and 1 at the hairline, `side` 0 between the ears; both planes are in face heights.

    `oval` is the face itself, `outline` its (n, 2) corners and `height` its height in pixels of the half-size picture.
    """

    up: Plane
    side: Plane
    oval: Mask
    outline: Points
    height: float

    @classmethod
    def of(cls, face: Face, height: int, width: int) -> FaceFrame:
        """The frame of `face` on a half-size picture of that height and width."""
        points = face.landmarks * HALF
        chin, middle = points[CHIN], (points[RIGHT_EAR] + points[LEFT_EAR]) / 2
        axis = points[HAIRLINE] - chin
        face_height = float(np.hypot(*axis)) + 1e-6
        axis = axis / face_height
        y, x = np.mgrid[:height, :width].astype(np.float32)
        return cls(
            up=_along(x - chin[0], y - chin[1], axis) / face_height,
            side=_along(x - middle[0], y - middle[1], np.array([-axis[1], axis[0]])) / face_height,
            oval=filled(points[OVAL], height, width),
            outline=points[OVAL],
            height=face_height,
        )

    def distance_from_oval(self) -> Plane:
        """Distance outside of the oval, in face heights."""
        outside = (~self.oval).astype(np.uint8)
        return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 3) / self.height, np.float32)


def filled(outline: Points, height: int, width: int) -> Mask:
    """The inside of a polygon of (x, y) corners."""
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


def _along(x: Plane, y: Plane, axis: Points) -> Plane:
    return np.asarray(x * axis[0] + y * axis[1], np.float32)

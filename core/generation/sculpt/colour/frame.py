"""A face's own coordinates on the picture that labels and layers are made of."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.generation.sculpt.faceaxes import FaceAxes
from core.generation.sculpt.landmarks import OVAL
from core.generation.sculpt.shapes import Face, Mask, Plane, Points
from core.generation.sculpt.solid.plane import polygon

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
        axes = FaceAxes.of(points)
        y, x = np.mgrid[:height, :width].astype(np.float32)
        return cls(
            up=axes.along(x, y),
            side=axes.across(x, y),
            oval=polygon(points[OVAL], (height, width)),
            outline=points[OVAL],
            height=axes.height,
        )

    def distance_from_oval(self) -> Plane:
        """Distance outside of the oval, in face heights."""
        outside = (~self.oval).astype(np.uint8)
        return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 3) / self.height, np.float32)

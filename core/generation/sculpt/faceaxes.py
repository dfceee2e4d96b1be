"""A face's own axes, in which hair, throat and nape lie at the same places for everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.landmarks import CHIN, HAIRLINE, LEFT_EAR, RIGHT_EAR
from core.generation.sculpt.shapes import Plane, Points


@dataclass(frozen=True, slots=True)
class FaceAxes:
    """`up` is the unit vector from the chin to the hairline, `height` the distance between them, `middle` lies between
    the ears; all in the landmarks' pixels or cells.
    """

    chin: NDArray[np.float64]
    middle: NDArray[np.float64]
    up: NDArray[np.float64]
    height: float

    @classmethod
    def of(cls, landmarks: Points) -> FaceAxes:
        """The axes of a face with these (468, 2) landmarks."""
        chin, upwards = landmarks[CHIN], landmarks[HAIRLINE] - landmarks[CHIN]
        height = float(np.hypot(*upwards))
        return cls(chin, (landmarks[RIGHT_EAR] + landmarks[LEFT_EAR]) / 2, upwards / height, height)

    def along(self, x: Plane, y: Plane) -> Plane:
        """Face heights up from the chin."""
        offset = (x - self.chin[0]) * self.up[0] + (y - self.chin[1]) * self.up[1]
        return np.asarray(offset / self.height, np.float32)

    def across(self, x: Plane, y: Plane) -> Plane:
        """Face heights to the side from the middle between the ears."""
        offset = (y - self.middle[1]) * self.up[0] - (x - self.middle[0]) * self.up[1]
        return np.asarray(offset / self.height, np.float32)

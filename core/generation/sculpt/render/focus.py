"""Depth of field, as blur of what lies behind the subject: it costs a tenth of a second and no noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.scene.description import Camera
from core.generation.sculpt.shapes import Plane

LEVELS = (1.0, 2.0, 4.0, 8.0)
"""Standard deviations, in pixels, between which the blur is interpolated."""


def soften(radiance: NDArray[np.float32], depth: Plane, camera: Camera) -> NDArray[np.float32]:
    """A sharp picture (h, w, 3) as the camera's lens shows it. What is nearer than its focus stays sharp."""
    if camera.lens == 0:
        return radiance
    wanted = cv2.erode(_blur(depth, camera), np.ones((3, 3), np.uint8))  # Pixels on the subject's rim stay sharp.
    softened, previous = radiance, 0.0
    for sigma in LEVELS:
        behind = (wanted > 0.35 * previous).astype(np.float32) if previous else (wanted > 0.05).astype(np.float32)
        weight = cv2.GaussianBlur(behind, (0, 0), sigma)
        blurred = cv2.GaussianBlur(radiance * behind[..., None], (0, 0), sigma) / (weight[..., None] + 1e-4)
        share = np.clip((wanted - previous) / (sigma - previous), 0, 1)[..., None]
        softened = softened * (1 - share) + blurred * share
        previous = sigma
    return np.asarray(softened, np.float32)


def _blur(depth: Plane, camera: Camera) -> Plane:
    """Half of the circle of confusion's radius, in pixels: the deviation of a Gaussian like it."""
    pixels_per_mm = camera.height / (2 * np.tan(np.radians(camera.field_of_view / 2)) * camera.focus)
    radius = camera.lens * np.maximum(depth - camera.focus, 0) / np.maximum(depth, 1.0) * pixels_per_mm
    return np.asarray(np.minimum(radius / 2, LEVELS[-1]), np.float32)

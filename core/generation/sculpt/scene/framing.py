"""Where the camera has to stand so that everything is in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.generation.sculpt.scene.description import Camera
from core.generation.sculpt.shapes import Points

ROUNDS = 8
"""The solution settles to a hundredth of a pixel in five."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture's size in pixels and the margins around what is shown, as shares of width and height."""

    width: int
    height: int
    side: float = 0.09
    top: float = 0.09
    bottom: float = 0.11


def framed(points: Points, frame: Frame, elevation: float, azimuth: float = 0.0, field_of_view: float = 24.0) -> Camera:
    """The nearest camera that sees all points (n, 3) within the margins.

    It looks down by `elevation` degrees, from `azimuth` degrees to the right of straight ahead.
    """
    up, turn = np.radians(elevation), np.radians(azimuth)
    back = np.array([np.sin(turn) * np.cos(up), -np.cos(turn) * np.cos(up), np.sin(up)])
    target = (points.min(0) + points.max(0)) / 2
    distance = 4.0 * float(np.ptp(points, axis=0).max())
    half = np.tan(np.radians(field_of_view / 2))
    for _ in range(ROUNDS):
        camera = Camera(target + back * distance, target, field_of_view, frame.width, frame.height)
        left, right, low, high = _bounds(points, camera)
        wide = (right - left) / (2 - 4 * frame.side)
        tall = (high - low) / (2 - 2 * frame.top - 2 * frame.bottom)
        axis_x, axis_y, _ = camera.axes()
        scale = max(wide, tall)
        shift_y = (low + high) / 2 - (frame.bottom - frame.top) * scale
        target = target + distance * half * (
            axis_x * (left + right) / 2 * frame.width / frame.height + axis_y * shift_y
        )
        distance *= scale
    return Camera(target + back * distance, target, field_of_view, frame.width, frame.height)


def shape_in_view(points: Points, elevation: float, azimuth: float = 0.0) -> float:
    """Width against height of the points as a camera from there sees them."""
    camera = framed(points, Frame(100, 100), elevation, azimuth)
    left, right, low, high = _bounds(points, camera)
    return (right - left) / (high - low)


def _bounds(points: Points, camera: Camera) -> tuple[float, float, float, float]:
    """Left, right, lowest and highest place in the picture; its edges are at -1 and 1."""
    axes = np.stack(camera.axes())
    x, y, depth = (axes @ (points - camera.position).T).astype(np.float64)
    half = np.tan(np.radians(camera.field_of_view / 2)) * np.maximum(depth, 1e-6)
    x, y = x / half * camera.height / camera.width, y / half
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())

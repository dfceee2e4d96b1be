"""The parts united on the voxel grid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Mask, Plane
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.part import Part, PartKind
from core.generation.sculpt.solid.plane import signed_distance

Volume = NDArray[np.float32]
"""(rows, columns, layers) float32; layers count towards the viewer."""
FAR = 9.0
"""Distances are only kept up to this many cells."""


@dataclass(frozen=True, slots=True)
class Field:
    """About the signed distance to the surface in cells, positive inside. Layer 0 lies at depth `first_layer` cells.

    `heads` says which voxels' nearest surface is a head's.
    """

    distance: Volume
    first_layer: int
    heads: NDArray[np.bool_]


def unite(parts: list[Part], grid: Grid) -> Field:
    """The soft maximum of all parts, in their order."""
    nearest = max(float((part.middle + _depth(part.front))[part.mask].max()) for part in parts)
    farthest = min(float((part.middle - _depth(part.back))[part.mask].min()) for part in parts)
    first_layer = int(np.floor(farthest)) - 4
    layers = int(np.ceil(nearest)) + 5 - first_layer
    z = (np.arange(layers) + first_layer).astype(np.float32)
    field = np.full((*grid.shape, layers), -FAR, np.float32)
    heads = np.zeros(field.shape, np.bool_)
    for part in parts:
        window = _window(part.mask)
        before = field[window]
        distance = _distance(part, window, z)
        if part.kind is PartKind.HEAD:
            heads[window] |= distance > before
        united = soft_maximum(before, distance, part.softness) if part.softness else np.maximum(before, distance)
        field[window] = united
    return Field(field, first_layer, heads)


def _depth(squared: Plane) -> Plane:
    return np.sqrt(np.maximum(squared, 0))


def _window(mask: Mask) -> tuple[slice, slice]:
    ys, xs = np.where(mask)
    return np.s_[max(ys.min() - 5, 0) : ys.max() + 6, max(xs.min() - 5, 0) : xs.max() + 6]


def _distance(part: Part, window: tuple[slice, slice], z: NDArray[np.float32]) -> Volume:
    """First-order distance to |z - middle| = sqrt(half-depth squared), in cells, positive inside."""
    mask = part.mask[window]
    front, back = part.front[window], part.back[window]
    rim = None
    if part.kind is not PartKind.LIMB:  # A capsule's formula goes on outside of its mask by itself.
        front, back = _extended(front, mask), _extended(back, mask)
        rim = cv2.GaussianBlur(signed_distance(np.pad(mask, 1))[1:-1, 1:-1], (0, 0), 1.6) + 0.35
    offset = z - part.middle[window][..., None]
    before = offset > 0
    squared_depth = np.where(before, front[..., None], back[..., None])
    slope = np.where(before, _squared_slope(front)[..., None], _squared_slope(back)[..., None])
    squared = offset * offset
    gradient = np.sqrt(slope + 4 * squared + 0.3 * np.maximum(squared_depth, 0) + 1e-2)
    distance = np.clip((squared_depth - squared) / gradient, -FAR, FAR)
    if rim is not None:
        distance = np.minimum(distance, rim[..., None])
    return np.asarray(distance, np.float32)


def _squared_slope(plane: Plane) -> Plane:
    down, right = np.gradient(plane)
    return np.asarray(np.clip(down, -60, 60) ** 2 + np.clip(right, -60, 60) ** 2, np.float32)


def _extended(plane: Plane, mask: Mask) -> Plane:
    """Values go on outside of their mask, falling, and without the cells' stairs."""
    plane = np.maximum(plane, 0)
    outside = 1 - mask.astype(np.uint8)
    distance, nearest = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, np.float32)
    table[nearest[mask]] = plane[mask]
    slope = max(1.0, float(np.sqrt(plane.max() + 1)))
    falling = table[nearest] - slope * (distance - 0.5) * (distance > 0)
    return np.asarray(cv2.GaussianBlur(falling.astype(np.float32), (0, 0), 0.9), np.float32)


def soft_maximum(first: Volume, second: Volume, softness: NDArray[np.float32] | float) -> Volume:
    """Quilez's polynomial smooth maximum, which exceeds the sharp one by a quarter of `softness` (> 0) at most."""
    overlap = np.clip(softness - np.abs(first - second), 0, None)
    return np.asarray(np.maximum(first, second) + overlap * overlap / (4 * softness), np.float32)

"""Walls too thin to print, rounded off or taken away in the field."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.solid.field import Volume

WALL_MM = 1.45
"""The thinnest wall that stays: a quarter more than a printer needs, since smoothing and relief take some."""
TOLERANCE_CELLS = 0.35
"""Spheres are only tried at the cells' middles; this much they may miss."""
NOWHERE = np.float32(-1e6)


def without_thin_walls(field: Volume, voxel_mm: float) -> Volume:
    """The field's opening: what no sphere of WALL_MM inside of it reaches is outside afterwards.

    It is the union of the spheres around all cells that lie deep enough, each of its cell's own radius. A union of
    spheres is the upper envelope of paraboloids, radius^2 - distance^2, which is taken one axis after the other
    (Felzenszwalb and Huttenlocher, Theory of Computing 2012). Elsewhere the field stays as it is.
    """
    radius = WALL_MM / 2 / voxel_mm
    largest = radius + 0.5
    deep = field >= radius - TOLERANCE_CELLS
    power = np.where(deep, np.minimum(np.maximum(field, radius), largest) ** 2, NOWHERE).astype(np.float32)
    for axis in range(3):
        power = _envelope(power, axis, int(np.ceil(largest)))
    reached = power / np.float32(2 * radius) + np.float32(TOLERANCE_CELLS)
    return np.asarray(np.where(deep, field, np.minimum(field, reached)), np.float32)


def _envelope(power: Volume, axis: int, reach: int) -> Volume:
    """The maximum of power(q) - (p - q)^2 over cells q up to `reach` away along an axis."""
    highest = power.copy()
    source, target = np.moveaxis(power, axis, 0), np.moveaxis(highest, axis, 0)
    for shift in range(1, min(reach, len(source) - 1) + 1):
        lowered = source - np.float32(shift * shift)
        np.maximum(target[shift:], lowered[:-shift], out=target[shift:])
        np.maximum(target[:-shift], lowered[shift:], out=target[:-shift])
    return highest

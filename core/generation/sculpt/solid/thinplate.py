"""A smooth surface through scattered points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Plane, Points

STIFFNESS = 1e-4
"""A little regularisation: the surface may miss a point by a hair rather than ring."""


def thin_plate(
    points: Points, values: NDArray[np.float64], x: NDArray[np.float32], y: NDArray[np.float32], scale: float
) -> Plane:
    """The thin-plate spline (Duchon 1977; Bookstein 1989) through `values` (n,) at `points` (n, 2), at x, y (h, w).

    Positions are divided by `scale`, the size of the thing, so that the system is well conditioned.
    """
    scaled = points / scale
    count = len(scaled)
    squared = ((scaled[:, None] - scaled[None]) ** 2).sum(-1)
    affine = np.column_stack([np.ones(count), scaled])
    system = np.block([[_kernel(squared) + STIFFNESS * np.eye(count), affine], [affine.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros(3)])).astype(np.float32)
    query = np.column_stack([x.ravel(), y.ravel()]).astype(np.float32) / np.float32(scale)
    centres = scaled.astype(np.float32)
    squared = (query**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * query @ centres.T
    surface = _kernel(np.maximum(squared, 0)) @ weights[:count] + weights[count] + query @ weights[count + 1 :]
    return np.asarray(surface.reshape(x.shape), np.float32)


def _kernel(squared: NDArray[np.floating]) -> NDArray[np.floating]:
    """r^2 log r."""
    return np.asarray(0.5 * squared * np.log(squared + 1e-9))

"""Inflation of a mask into a pillow: a Poisson equation, solved from coarse to fine."""

from __future__ import annotations

import cv2
import numpy as np

from core.generation.sculpt.shapes import Mask, Plane

PASSES = (400, 120, 60, 40, 30, 24)
"""Relaxation passes per level, the coarsest first; the coarse ones cost nothing and carry the shape."""
SMALLEST = 24
"""Cells of the coarsest level's short side."""
RELAXATION = 1.72
"""Weight of the second-order Richardson iteration; the first two passes of a level go without it."""
STENCIL = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)

_Level = tuple[Plane, Plane, Plane]


def inflate(mask: Mask, screening: Plane | float = 0.0) -> Plane:
    """Solve (-laplacian + screening) u = 4 inside of the mask, u = 0 outside; u is at least 0.

    Without screening u is the squared half-depth of a round pillow; 1 / sqrt(screening) cells bound its depth.
    """
    inside = mask.astype(np.float32)
    source = np.full(inside.shape, 4.0, np.float32)
    levels = _pyramid((inside, source, np.broadcast_to(np.float32(screening), inside.shape).copy()))
    solution: Plane = np.zeros_like(levels[-1][0])
    for passes, level in zip(PASSES, reversed(levels), strict=False):
        solution = _relax(level, _enlarged(solution, level[0].shape) * level[0], passes)
    return np.asarray(np.maximum(solution, 0), np.float32)


def _enlarged(plane: Plane, shape: tuple[int, ...]) -> Plane:
    return np.asarray(cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _pyramid(finest: _Level) -> list[_Level]:
    levels = [finest]
    while min(levels[-1][0].shape) > SMALLEST and len(levels) < len(PASSES):
        inside, source, screening = (_halved(plane) for plane in levels[-1])
        levels.append(((inside > 0.5).astype(np.float32), source * 4, screening * 4))
    return levels


def _halved(plane: Plane) -> Plane:
    size = ((plane.shape[1] + 1) // 2, (plane.shape[0] + 1) // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _relax(level: _Level, solution: Plane, passes: int) -> Plane:
    inside, source, screening = level
    inverse = inside / (4 + screening)
    previous = solution
    for step in range(passes):
        neighbours = cv2.filter2D(solution, -1, STENCIL, borderType=cv2.BORDER_CONSTANT)
        weight = 1.0 if step < 2 else RELAXATION
        following = (previous + weight * ((neighbours + source) * inverse - previous)) * inside
        solution, previous = np.asarray(following, np.float32), solution
    return solution

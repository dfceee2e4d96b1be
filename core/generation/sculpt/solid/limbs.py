"""The pose in depth: arms that cross the body, and how far each place of the body leans forward."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Plane, Points, Pose
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.part import Part, PartKind
from core.generation.sculpt.solid.plane import polygon

SHOULDERS, HIPS = (11, 12), (23, 24)
# fmt: off
BONES = (
    (11, 12), (23, 24), (11, 23), (12, 24), (11, 13), (13, 15), (12, 14), (14, 16),
    (23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32),
)
# fmt: on
ARM_RADIUS = {(11, 13): 0.17, (12, 14): 0.17, (13, 15): 0.13, (14, 16): 0.13}
"""Radius of the arms in torso lengths."""
WRIST = 0.85
"""An arm's far radius against its near one."""
DEPTH_TRUST = 0.65
"""The network exaggerates depth."""
LEAST_VISIBILITY = 0.35
ACROSS = 0.35
"""An arm with more than this share of itself before the torso gets its own volume."""
STEPS = 7


@dataclass(frozen=True, slots=True)
class PosedLimbs:
    """Arms across the body as parts of their own, and points (n, 3) along all other bones; z towards the viewer."""

    arms: list[Part]
    bones: Points


def skeleton(pose: Pose) -> tuple[Points, float]:
    """Joints (33, 3) in cells, z towards the viewer with the hips at 0, and the torso's length."""
    depth = -pose.depth * DEPTH_TRUST
    depth = depth - depth[list(HIPS)].mean()
    torso = float(np.hypot(*(pose.joints[list(SHOULDERS)].mean(0) - pose.joints[list(HIPS)].mean(0))))
    return np.column_stack([pose.joints, np.clip(depth, -0.75 * torso, 0.75 * torso)]), torso


def posed_limbs(pose: Pose, front: Plane, grid: Grid, bust: bool) -> PosedLimbs:
    """Read the pose (in cells); `front` is the body's squared half-depth."""
    joints, torso_length = skeleton(pose)
    torso = polygon(joints[[11, 12, 24, 23], :2], grid.shape)
    arms, bones = [], [np.zeros((0, 3))]
    for bone in BONES:
        if pose.visibility[list(bone)].min() < LEAST_VISIBILITY or (bust and max(bone) >= HIPS[0]):
            continue
        along = np.linspace(0, 1, STEPS)[:, None]
        points = joints[bone[0]] * (1 - along) + joints[bone[1]] * along
        cells = grid.inside(points)
        if bone in ARM_RADIUS and torso[cells[2:, 1], cells[2:, 0]].mean() > ACROSS:
            surface = np.sqrt(front[cells[:, 1], cells[:, 0]])
            arms.append(_arm_across(points, surface, ARM_RADIUS[bone] * torso_length, torso_length, grid))
        else:
            bones.append(points)
    return PosedLimbs(arms, np.concatenate(bones))


def _arm_across(points: Points, surface: NDArray[np.floating], radius: float, torso: float, grid: Grid) -> Part:
    """An arm that lies before the body, or behind it where the pose says so; its hand touches the surface at least."""
    side = 1 if points[:, 2].mean() > -0.1 * torso else -1
    start, end = points[0].copy(), points[-1].copy()
    start[2] = side * np.clip(side * start[2], 0, surface[0] + 0.05 * radius)
    end[2] = side * np.clip(side * end[2], 0.6 * surface[-1], surface[-1] + 0.05 * radius)
    squared, middle = _capsule(start, end, radius, grid)
    return Part(PartKind.LIMB, squared > 0, squared, squared, middle, softness=5.0)


def _capsule(start: NDArray[np.float64], end: NDArray[np.float64], radius: float, grid: Grid) -> tuple[Plane, Plane]:
    """Squared half-depth (negative outside) and middle surface of a tapering capsule."""
    y, x = grid.coordinates()
    axis = end[:2] - start[:2]
    along = np.clip(((x - start[0]) * axis[0] + (y - start[1]) * axis[1]) / (float(axis @ axis) + 1e-6), 0, 1)
    local_radius = radius * (1 - (1 - WRIST) * along)
    squared = local_radius**2 - (x - start[0] - along * axis[0]) ** 2 - (y - start[1] - along * axis[1]) ** 2
    middle = start[2] + along * (end[2] - start[2])
    return squared.astype(np.float32), middle.astype(np.float32)


def leaning(bones: Points, grid: Grid) -> Plane:
    """How far each cell leans towards the viewer: Shepard's interpolation (1968) of the bones' depths."""
    y, x = (plane[::2, ::2, None] for plane in grid.coordinates())
    points = bones.astype(np.float32)
    weight = 1 / (((x - points[:, 0]) ** 2 + (y - points[:, 1]) ** 2) ** 1.6 + 1)
    depth = (weight @ points[:, 2]) / weight.sum(-1)
    full = cv2.resize(depth, (grid.columns, grid.rows))
    return np.asarray(cv2.GaussianBlur(full, (0, 0), 1.5), np.float32)

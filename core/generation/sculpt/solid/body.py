"""Everything that is not head: inflated, bent along the pose in depth, no thicker than is plausible."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.imaging import smoothstep
from core.generation.sculpt.shapes import Cutout, Mask, Plane, Pose
from core.generation.sculpt.solid.back import with_spine
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.head import HeadPart
from core.generation.sculpt.solid.limbs import SHOULDERS, leaning, posed_limbs, skeleton
from core.generation.sculpt.solid.part import Part, PartKind
from core.generation.sculpt.solid.plane import blur
from core.generation.sculpt.solid.poisson import inflate
from core.generation.sculpt.solid.turned import turned
from core.generation.styles import Surface

SHOULDER_DEPTH = 0.42
"""A body's half-depth is at most this share of its shoulders' width."""
CREASE_MM = 1.5
"""Creases are at most this deep, times the style's strength."""
CREASE_SCREENING = 0.10
THING_ROUNDNESS = 0.8
"""Things and animals get as deep as people do nearer to their rim."""


def body_parts(
    cutout: Cutout,
    grid: Grid,
    outline: Plane,
    heads: list[HeadPart],
    creases: Plane,
    pose: Pose | None,
    surface: Surface,
) -> list[Part]:
    """The body, arms that cross it, and the heads moved to where the body carries them; faces and pose in cells."""
    mask, neck_depth = _mask_with_necks(outline, heads)
    front, back = _half_depths(mask, heads, creases, pose, grid, surface, cutout)
    back = with_spine(back, pose, heads, grid, cutout.edges.bottom)
    middle, arms = blur(neck_depth, 3), []
    if pose is not None:
        limbs = posed_limbs(pose, front, grid, cutout.edges.bottom)
        arms = limbs.arms
        if not cutout.edges.bottom and len(limbs.bones):
            middle, heads[:] = _leaned(middle, heads, leaning(limbs.bones, grid), _shoulder_depth(pose))
    body = Part(PartKind.BODY, mask, front, back, middle, softness=0.0)
    return [body, *arms]


def _mask_with_necks(outline: Plane, heads: list[HeadPart]) -> tuple[Mask, Plane]:
    """The body's mask, with the necks that the heads hide, and how far the necks lean to their heads' middles."""
    whole = outline > 0
    mask, depth = whole.copy(), np.zeros(outline.shape, np.float32)
    for head in heads:
        along, across = head.along, head.across
        neck = (np.abs(across) < 0.27 + 0.10 * np.clip(-along, 0, 1)) & (along < 0.42) & (along > -0.6)
        mask &= ~head.part.mask
        mask |= neck & whole
        lean = head.place.centre_depth * 0.55 * smoothstep(along, -0.35, 0.25) * neck
        depth = np.maximum(depth, lean.astype(np.float32))
    return mask, depth


def _half_depths(
    mask: Mask,
    heads: list[HeadPart],
    creases: Plane,
    pose: Pose | None,
    grid: Grid,
    surface: Surface,
    cutout: Cutout,
) -> tuple[Plane, Plane]:
    """Squared half-depths of front and back."""
    reach = surface.roundness * (1.0 if heads else THING_ROUNDNESS) * np.sqrt(mask.sum())
    screening = np.float32(1 / reach**2)
    back = inflate(mask, float(screening))
    front = inflate(mask, screening + CREASE_SCREENING * creases * grid.cells(0.45) ** -1 * surface.crease)
    thickest = float(np.sqrt(np.percentile(back[mask], 99)))
    fullness = surface.fullness * min(1.0, _limit(heads, pose, cutout) / (surface.fullness * thickest))
    front, back = front * fullness**2, back * fullness**2
    if _may_be_turned(cutout, heads, pose):
        round_depth, certainty = turned(mask)
        front, back = (plane * (1 - certainty) + round_depth * certainty for plane in (front, back))
    smooth, creased = np.sqrt(back), np.sqrt(front)
    depth = np.clip(smooth - creased, 0, CREASE_MM * surface.crease / grid.style_mm)
    return np.asarray((smooth - depth) ** 2, np.float32), np.asarray((smooth * surface.back) ** 2, np.float32)


def _limit(heads: list[HeadPart], pose: Pose | None, cutout: Cutout) -> float:
    """The largest plausible half-depth in cells."""
    if not heads:
        return np.inf
    face_height = heads[0].place.face_height
    width = float(np.ptp(pose.joints[list(SHOULDERS), 0])) if pose is not None else 2.1 * face_height
    least = 1.75 * face_height * (1.0 if cutout.edges.bottom else 0.7)
    return SHOULDER_DEPTH * max(width, least)


def _may_be_turned(cutout: Cutout, heads: list[HeadPart], pose: Pose | None) -> bool:
    edges = cutout.edges
    cut = edges.bottom or edges.left or edges.right or edges.top
    return not (heads or pose is not None or cut)


def _shoulder_depth(pose: Pose) -> float:
    return float(skeleton(pose)[0][list(SHOULDERS), 2].mean())


def _leaned(middle: Plane, heads: list[HeadPart], lean: Plane, shoulder_depth: float) -> tuple[Plane, list[HeadPart]]:
    """Bend the body's middle surface; heads, and the body behind them, follow the shoulders."""
    free = np.ones_like(middle)
    for head in heads:
        free *= 1 - smoothstep(head.along, -0.6, -0.1)
    middle = middle + lean * free
    if heads:
        middle = middle + np.float32(shoulder_depth) * (1 - free)
    return np.asarray(middle, np.float32), [head.moved(shoulder_depth) for head in heads]

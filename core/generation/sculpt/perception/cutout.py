"""From a photo to the subject, cut out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import Box
from core.generation.sculpt.perception.matte import refine
from core.generation.sculpt.perception.observation import Observation, padded_box
from core.generation.sculpt.shapes import Cutout, Edges, Face, Plane, Points, Pose

LONG_SIDE = 832
"""Of the cut-out, in pixels. Finer detail than this is too small to be painted or printed on a figurine."""


def cut_out(seen: Observation) -> Cutout:
    """Cut the subject out of a picture of any size; the result's long side is LONG_SIDE pixels."""
    box = padded_box(seen.mask, 0.06, 6)
    left, top, right, bottom = box
    crop, mask = seen.image[top:bottom, left:right], seen.mask[top:bottom, left:right]
    scale = LONG_SIDE / max(crop.shape[:2])
    enlarge = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    crop = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=enlarge), np.uint8)
    mask = np.asarray(cv2.resize(mask, crop.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)
    corner = np.array([left, top], np.float64)
    return Cutout(
        image=crop,
        alpha=refine(crop, mask, carve=not seen.faces),
        faces=tuple(_moved_face(face, corner, scale) for face in seen.faces),
        pose=None if seen.person is None else _moved_pose(seen.person.pose, corner, scale),
        edges=_edges(seen.mask, box),
    )


def _moved(points: Points, corner: NDArray[np.float64], scale: float) -> Points:
    return (points - corner) * scale


def _moved_face(face: Face, corner: NDArray[np.float64], scale: float) -> Face:
    return Face(
        landmarks=_moved(face.landmarks, corner, scale),
        depth=face.depth * scale,
        centre=_moved(face.centre, corner, scale),
        radius=face.radius * scale,
    )


def _moved_pose(pose: Pose, corner: NDArray[np.float64], scale: float) -> Pose:
    return Pose(joints=_moved(pose.joints, corner, scale), depth=pose.depth * scale, visibility=pose.visibility)


def _edges(mask: Plane, box: Box) -> Edges:
    """Which edges of the photo cut the subject: those where it lies on more than a few pixels."""

    def share(strip: Plane, axis: int) -> float:
        return float((strip.max(axis) > 0.5).mean())

    return Edges(
        left=share(mask[:, :3], 1) > 0.03,
        right=share(mask[:, -3:], 1) > 0.03,
        top=share(mask[:3], 0) > 0.05,
        bottom=box[3] >= mask.shape[0] - 2 and share(mask[-3:], 0) > 0.12,
    )

"""The parts of a picture that the invented sides take their colours from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.frame import HALF, NEAR_HEAD, FaceFrame
from core.generation.sculpt.shapes import Face, Image, Label, Mask, Plane

ENOUGH = 80
"""Fewer pixels than this say nothing about a part."""
ENOUGH_HAIR = 60


@dataclass(frozen=True, slots=True)
class Regions:
    """Masks at half the picture's size, all (h, w).

    `picture` is the painted picture (h, w, 3) float32 BGR, `depth` the distance from the outline in pixels. `safe`
    pixels are far enough from it to hold no background, `rim` ones are safe and near. `neckline` is throat and chest;
    `cloth` is the body without it. `owner` is the index of the face that a pixel belongs to.
    """

    picture: NDArray[np.float32]
    labels: NDArray[np.uint8]
    frames: tuple[FaceFrame, ...]
    depth: Plane
    safe: Mask
    rim: Mask
    head: Mask
    hair: Mask
    body: Mask
    cloth: Mask
    owner: NDArray[np.int64]

    @property
    def subject(self) -> Mask:
        """Everything that is not background."""
        return np.asarray(self.labels > 0)

    @property
    def height(self) -> int:
        """Rows of the half-size picture."""
        return int(self.labels.shape[0])


def regions(texture: Image, faces: tuple[Face, ...], labels: NDArray[np.uint8]) -> Regions:
    """Divide a painted picture by its labels and faces."""
    picture = cv2.resize(texture, None, fx=HALF, fy=HALF, interpolation=cv2.INTER_AREA).astype(np.float32)
    height, width = labels.shape
    longest = max(height, width)
    frames = tuple(FaceFrame.of(face, height, width) for face in faces)
    depth = np.asarray(cv2.distanceTransform((labels > 0).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    safe = depth > max(2.0, 0.008 * longest)
    head, neckline = _heads(frames, labels), _neckline(frames, labels)
    near_head = cv2.dilate(head.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    body = safe & ~near_head & (labels != Label.HAIR)
    body = body if body.sum() >= ENOUGH else safe
    cloth = body & ~neckline
    return Regions(
        picture=picture,
        labels=labels,
        frames=frames,
        depth=depth,
        safe=safe,
        rim=safe & (depth < max(8, 0.06 * longest)),
        head=head,
        hair=(labels == Label.HAIR) & safe,
        body=body,
        cloth=cloth if cloth.sum() > ENOUGH else body,
        owner=_owner(frames, labels.shape),
    )


def _heads(frames: tuple[FaceFrame, ...], labels: NDArray[np.uint8]) -> Mask:
    head = np.zeros(labels.shape, np.bool_)
    for frame in frames:
        head |= frame.oval | ((frame.up > 0.22) & (frame.distance_from_oval() < NEAR_HEAD))
    return np.asarray(head & (labels > 0))


def _neckline(frames: tuple[FaceFrame, ...], labels: NDArray[np.uint8]) -> Mask:
    bare = np.zeros(labels.shape, np.bool_)
    for frame in frames:
        bare |= (frame.up < 0) & (frame.up > -0.95) & (np.abs(frame.side) < 0.62)
    return np.asarray(bare & (labels == Label.SKIN))


def _owner(frames: tuple[FaceFrame, ...], shape: tuple[int, ...]) -> NDArray[np.int64]:
    if not frames:
        return np.zeros(shape, np.int64)
    # Height counts half, because a body hangs below its head.
    distances = [np.hypot(frame.side * frame.height, 0.5 * frame.up * frame.height) for frame in frames]
    return np.asarray(np.argmin(distances, axis=0), np.int64)

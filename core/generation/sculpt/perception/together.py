"""Subjects of several photos put side by side, as if one photo showed them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from core.generation.sculpt.perception.cutout import LONG_SIDE
from core.generation.sculpt.shapes import Cutout, Edges, Face, Image, Plane
from core.model import Subject, SubjectKind

OVERLAP: Final = 0.06
"""How far one subject reaches into the next, against the narrower one's width, so that they are one body."""
MARGIN: Final = 0.06
"""Empty room around all of them, against their height."""
SEEN: Final = 0.5


def together(looks: Sequence[tuple[Subject, Cutout]]) -> tuple[Subject, Cutout]:
    """All subjects, equally tall, on one line from left to right. A single one is left as it is."""
    if len(looks) == 1:
        return looks[0]
    tallest = max(_box(cutout.alpha)[3] - _box(cutout.alpha)[1] for _, cutout in looks)
    cutouts = [_trimmed(cutout, tallest) for _, cutout in looks]
    count = sum(max(subject.count, 1) for subject, _ in looks)
    whole = all(subject.whole for subject, _ in looks)
    return Subject(_kind({subject.kind for subject, _ in looks}), count, whole), _joined(cutouts)


def _kind(kinds: set[SubjectKind]) -> SubjectKind:
    """People if anyone is among them, else animals if any is."""
    if kinds - {SubjectKind.ANIMAL, SubjectKind.THING}:
        return SubjectKind.PEOPLE
    return SubjectKind.ANIMAL if SubjectKind.ANIMAL in kinds else SubjectKind.THING


def _joined(cutouts: Sequence[Cutout]) -> Cutout:
    lefts, right = [], 0
    for number, cutout in enumerate(cutouts):
        width = cutout.alpha.shape[1]
        if number:
            right -= round(OVERLAP * min(width, cutouts[number - 1].alpha.shape[1]))
        lefts.append(right)
        right += width
    height = cutouts[0].alpha.shape[0]
    margin = round(MARGIN * height)
    image = np.full((height + 2 * margin, right + 2 * margin, 3), 255, np.uint8)
    alpha = np.zeros(image.shape[:2], np.float32)
    faces: list[Face] = []
    for left, cutout in zip(lefts, cutouts, strict=True):
        _paste(image, alpha, cutout, left + margin, margin)
        faces += [_moved(face, left + margin, margin) for face in cutout.faces]
    faces.sort(key=lambda face: -face.radius)
    bottom = any(cutout.edges.bottom for cutout in cutouts)
    return _fitted(Cutout(image, alpha, tuple(faces), None, Edges(bottom=bottom)))


def _paste(image: Image, alpha: Plane, cutout: Cutout, left: int, top: int) -> None:
    """Put a cut-out over what is there: whoever comes later stands in front."""
    height, width = cutout.alpha.shape
    place = slice(top, top + height), slice(left, left + width)
    share = cutout.alpha[..., None]
    image[place] = np.round(share * cutout.image + (1 - share) * image[place]).astype(np.uint8)
    alpha[place] = np.maximum(alpha[place], cutout.alpha)


def _trimmed(cutout: Cutout, height: int) -> Cutout:
    """Without its margin, scaled to `height` pixels."""
    left, top, right, bottom = _box(cutout.alpha)
    scale = height / (bottom - top)
    size = max(round((right - left) * scale), 1), height
    faces = tuple(_scaled(_moved(face, -left, -top), scale) for face in cutout.faces)
    image = np.asarray(cv2.resize(cutout.image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = np.asarray(cv2.resize(cutout.alpha[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.float32)
    return Cutout(image, np.clip(alpha, 0, 1), faces, None, cutout.edges)


def _fitted(cutout: Cutout) -> Cutout:
    """With its long side at LONG_SIDE pixels."""
    scale = LONG_SIDE / max(cutout.alpha.shape)
    size = round(cutout.alpha.shape[1] * scale), round(cutout.alpha.shape[0] * scale)
    faces = tuple(_scaled(face, scale) for face in cutout.faces)
    image = np.asarray(cv2.resize(cutout.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = np.asarray(cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    return Cutout(image, np.clip(alpha, 0, 1), faces, None, cutout.edges)


def _box(alpha: Plane) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is seen."""
    rows, columns = np.flatnonzero((alpha > SEEN).any(1)), np.flatnonzero((alpha > SEEN).any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _moved(face: Face, x: int, y: int) -> Face:
    by = np.array([x, y], np.float64)
    return Face(face.landmarks + by, face.depth, face.centre + by, face.radius)


def _scaled(face: Face, scale: float) -> Face:
    return Face(face.landmarks * scale, face.depth * scale, face.centre * scale, face.radius * scale)

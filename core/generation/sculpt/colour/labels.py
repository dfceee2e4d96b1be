"""Which pixel is hair, skin or cloth: colour clusters that are seeded from the face's landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.frame import HALF, NEAR_HEAD, FaceFrame
from core.generation.sculpt.imaging import cluster_centres
from core.generation.sculpt.shapes import Face, Image, Label, Mask, Plane
from core.generation.sculpt.solid.plane import disc, polygon

SEED = 7
LEAST_SHARE = 0.10
"""A colour cluster with a smaller share of its seeds is chance."""
NO_COLOUR = 1e9


@dataclass(frozen=True, slots=True)
class _Distances:
    """Squared distances in colour from a face's own hair, its skin and what is worn below it."""

    hair: Plane
    skin: Plane
    cloth: Plane


def label(image: Image, alpha: Plane, faces: tuple[Face, ...]) -> NDArray[np.uint8]:
    """A `Label` for every pixel of the picture at half its size. Without a face all of the subject is CLOTH."""
    small = cv2.resize(image, None, fx=HALF, fy=HALF, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    subject = np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA) > 0.5)
    labels: NDArray[np.uint8] = np.where(subject, Label.CLOTH, Label.OUTSIDE).astype(np.uint8)
    if not faces:
        return labels
    lab = cv2.cvtColor(cv2.medianBlur(small, 5).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lab[..., 0] *= 0.7  # Brightness tells less than hue: half of every head is in shadow.
    for face in faces:
        frame = FaceFrame.of(face, height, width)
        distances = _distances(lab, subject, frame)
        hair = _hair(subject, frame, distances)
        labels[_skin(subject & ~hair, frame, distances) & (labels == Label.CLOTH)] = Label.SKIN
        hair = cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_CLOSE, disc(2)) > 0
        labels[hair & subject & ~frame.oval] = Label.HAIR
    return labels


def _distances(lab: NDArray[np.float32], subject: Mask, frame: FaceFrame) -> _Distances:
    depth = cv2.distanceTransform(subject.astype(np.uint8), cv2.DIST_L2, 3)
    from_oval = frame.distance_from_oval()
    crown = subject & ~frame.oval & (frame.up > 0.75) & (from_oval < NEAR_HEAD) & (from_oval > 0.03) & (depth > 2)
    centre = frame.outline.mean(0)
    inner = polygon(centre + (frame.outline - centre) * 0.8, (lab.shape[0], lab.shape[1]))
    cheeks = inner & (frame.up > 0.15) & (frame.up < 0.62)
    below = subject & (frame.up < -0.22) & (frame.up > -2.2) & (depth > 2)
    return _Distances(_nearest(lab, crown, 3), _nearest(lab, cheeks, 2), _nearest(lab, below, 5))


def _nearest(lab: NDArray[np.float32], seeds: Mask, count: int) -> Plane:
    """Squared distance of every pixel from the nearest of the colours that the seeds have."""
    centres = cluster_centres(lab[seeds], count, SEED, LEAST_SHARE)
    if not len(centres):
        return np.full(lab.shape[:2], NO_COLOUR, np.float32)
    return np.asarray(np.min([((lab - centre) ** 2).sum(-1) for centre in centres], axis=0), np.float32)


def _hair(subject: Mask, frame: FaceFrame, distance: _Distances) -> Mask:
    """Hair around the face, the crown whatever its colour, and long hair that hangs together with it."""
    zone = subject & ~frame.oval & (frame.up > 0.22) & (frame.distance_from_oval() < NEAR_HEAD)
    like_hair = distance.hair < np.maximum(1.3 * distance.skin, 100)
    not_worn = (distance.hair < 1.1 * distance.cloth) | (frame.up > 0.75)
    hair = zone & ((like_hair & not_worn) | (frame.up > 1.0))
    beside = subject & ~frame.oval & (frame.up <= 0.22) & (frame.up > -2.2) & (np.abs(frame.side) < 1.2)
    clearly_hair = (distance.hair < 0.7 * np.minimum(distance.skin, distance.cloth)) & (distance.hair < 350)
    long = cv2.morphologyEx((beside & clearly_hair).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0
    return _touching(hair | long, hair)


def _touching(mask: Mask, seeds: Mask) -> Mask:
    """The connected pieces of `mask` that hold a seed."""
    _, pieces = cv2.connectedComponents(mask.astype(np.uint8))
    seeded = np.unique(pieces[seeds])
    return np.asarray(np.isin(pieces, seeded[seeded > 0]) & mask)


def _skin(candidates: Mask, frame: FaceFrame, distance: _Distances) -> Mask:
    like_skin = (distance.skin < distance.cloth) & (distance.skin < 420) & (frame.up < 0.5)
    return np.asarray(candidates & (frame.oval | like_skin))

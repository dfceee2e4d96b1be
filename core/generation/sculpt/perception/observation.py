"""What the networks see in the whole picture, brought together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import Box, bounding_box
from core.generation.sculpt.perception.faces import find_faces
from core.generation.sculpt.perception.pose import Person, find_person
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.perception.saliency import people_map, saliency, spread
from core.generation.sculpt.shapes import Face, Image, Mask, Plane

LONGEST_SIDE = 2048
"""Larger photos are shrunk to this: no network and no figurine uses more."""

CLOSER_LOOK = 0.55
"""A subject whose box fills less of the picture than this is masked again in its own crop, where it is larger."""

LEAST_ON_MASK = 0.4
"""A face whose centre is less of a subject than this belongs to the background."""

LEAST_OF_SUBJECT = 0.35
"""A person without a face who is less of what stands out than this is not the subject."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A picture (shrunk when it was huge), the faces that count (largest first) and the person whose pose was read.

    `saliency` is the network's grid over the whole picture, (320, 320), `mask` the subject's, of the picture's size;
    both from 0 to 1.
    """

    image: Image
    faces: tuple[Face, ...]
    person: Person | None
    saliency: Plane
    mask: Plane


def observe(image: Image, networks: Networks) -> Observation:
    """Run the networks over a BGR image. The result's positions are those of the image that it holds."""
    image = _shrink(image)
    faces = find_faces(image, networks)
    person = find_person(image, networks, has_face=bool(faces))
    found = saliency(image, networks)
    mask = _look_closer(image, spread(found, image), networks)
    if person is not None and not faces and not _is_subject(person, mask):
        person = None
    if faces or person is not None:
        mask = _agree_with_people(mask, image, person, networks)
    faces = _main_faces(faces, mask)
    return Observation(image, tuple(faces), person, found, _main_parts(mask, faces))


def padded_box(mask: NDArray[np.float32], share: float, least: int) -> Box:
    """The box around a mask, wider by `share` of its long side plus `least` pixels; without a mask, the whole."""
    height, width = mask.shape
    left, top, right, bottom = bounding_box(mask) or (0, 0, width, height)
    margin = int(share * max(right - left, bottom - top)) + least
    return max(0, left - margin), max(0, top - margin), min(width, right + margin), min(height, bottom + margin)


def _is_subject(person: Person, mask: Plane) -> bool:
    """Whether the person is a good part of what stands out, and not a passer-by beside it."""
    standing_out = mask > 0.5
    return bool((standing_out & (person.mask > 0.5)).sum() >= LEAST_OF_SUBJECT * standing_out.sum())


def _shrink(image: Image) -> Image:
    scale = LONGEST_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _look_closer(image: Image, whole: Plane, networks: Networks) -> Plane:
    """A finer mask from the subject's own crop, blended with the whole picture's, when the subject is small."""
    height, width = whole.shape
    left, top, right, bottom = bounding_box(whole) or (0, 0, width, height)
    if (right - left) * (bottom - top) >= CLOSER_LOOK * width * height:
        return whole
    left, top, right, bottom = padded_box(whole, 0.12, 4)
    crop = image[top:bottom, left:right]
    closer = np.zeros_like(whole)
    closer[top:bottom, left:right] = spread(saliency(crop, networks), crop)
    return np.asarray(0.35 * whole + 0.65 * closer, np.float32)


def _agree_with_people(mask: Plane, image: Image, person: Person | None, networks: Networks) -> Plane:
    """The networks that know people confirm the mask, or speak against it."""
    people = people_map(image, networks)
    mask = np.clip(mask * (0.75 + 0.5 * people), 0, 1)
    if person is not None:
        mask = np.maximum(mask, np.where((person.mask > 0.8) & (people > 0.5), np.float32(0.9), np.float32(0)))
    return mask


def _main_faces(faces: list[Face], mask: Plane) -> list[Face]:
    """Every face on the subject that is more than half as large as the largest, largest first."""
    largest = max((face.radius for face in faces), default=0.0)
    main = [face for face in faces if face.radius > 0.5 * largest and _at(mask, face) > LEAST_ON_MASK]
    return sorted(main or faces[:1], key=lambda face: -face.radius)


def _main_parts(mask: Plane, faces: list[Face]) -> Plane:
    """The mask without the pieces that hold no face; without faces, its largest piece alone."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((mask > 0.45).astype(np.uint8))
    if count < 2:
        return mask
    largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    kept = {int(_at(labels, face)) or largest for face in faces} or {largest}
    return mask * _soft(np.isin(labels, list(kept)))


def _soft(part: Mask) -> Plane:
    wider = cv2.dilate(part.astype(np.float32), np.ones((7, 7)))
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), 2), np.float32)


def _at(plane: NDArray[np.float32] | NDArray[np.int32], face: Face) -> float:
    """The value at the face's centre."""
    column, row = np.clip(face.centre.astype(int), 0, (plane.shape[1] - 1, plane.shape[0] - 1))
    return float(plane[row, column])

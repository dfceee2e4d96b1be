"""Front and back colour images for head and body: what lies beside, under and behind the visible pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.back import back_of_body
from core.generation.sculpt.colour.regions import ENOUGH_HAIR, Regions, regions
from core.generation.sculpt.imaging import pull_push
from core.generation.sculpt.shapes import Face, Image, Label, Mask

LayerImage = NDArray[np.float32]
"""(h, w, 3) float32 BGR, 0 to 255, at half the picture's size."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What every vertex would be painted with if the photo did not see it.

    `liveliness` is how much brightness varies within the subject's own texture, 0 to 0.22; `bald` is true for people
    whose hair was not found.
    """

    front_body: LayerImage
    back_body: LayerImage
    front_head: LayerImage
    back_head: LayerImage
    liveliness: float
    bald: bool


def layers(texture: Image, faces: tuple[Face, ...], labels: NDArray[np.uint8]) -> Layers:
    """Invent the layers from a painted picture and its labels (see `labels.label`)."""
    parts = regions(texture, faces, labels)
    front = pull_push(parts.picture, parts.body)
    back = back_of_body(parts, front)
    back_head = _back_of_head(parts) if faces else back
    front_head = pull_push(parts.picture, parts.head & parts.safe) if faces else front
    return Layers(
        front_body=_soft(front, 2.0),
        back_body=_soft(_under_long_hair(parts, back, back_head), 1.2),
        front_head=_soft(front_head, 1.5),
        back_head=back_head,
        liveliness=_liveliness(parts),
        bald=bool(faces) and int(parts.hair.sum()) <= ENOUGH_HAIR,
    )


def _back_of_head(parts: Regions) -> LayerImage:
    """Hair everywhere, near each person's median colour; skin where no hair was found."""
    source = parts.hair if parts.hair.sum() > ENOUGH_HAIR else parts.head & parts.safe
    if not source.any():
        return parts.picture
    filled = _soft(pull_push(parts.picture, source), 1.5)
    several = len(parts.frames) > 1
    for index in range(len(parts.frames)):
        own = parts.hair & (parts.owner == index)
        if own.sum() <= ENOUGH_HAIR:
            continue
        near = _soft(pull_push(parts.picture, own), 1.5) if several else filled
        toned = 0.4 * near + 0.6 * np.median(parts.picture[own], axis=0)
        filled = np.where((parts.owner == index)[..., None], toned, filled).astype(np.float32)
    return filled


def _under_long_hair(parts: Regions, back: LayerImage, hair: LayerImage) -> LayerImage:
    """Long hair covers the neck and the upper back."""
    low = (parts.labels == Label.HAIR) & ~parts.head
    if not parts.frames or low.sum() <= 0.25 * max(int(parts.head.sum()), 1):
        return back
    size = int(0.10 * parts.height) | 1
    covered = (low | parts.head).astype(np.uint8)
    covered = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    share = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), 3)[..., None]
    return np.asarray(back * (1 - share) + hair * share, np.float32)


def _liveliness(parts: Regions) -> float:
    grey = cv2.cvtColor(parts.picture.astype(np.uint8), cv2.COLOR_BGR2GRAY).astype(np.float32)
    fine = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), 4), -28, 28)
    source = parts.safe & ~_grown(parts.head, 9)
    if source.sum() <= 400:
        source = parts.safe
    if not source.any():
        return 0.0
    return float(np.clip(1.6 * np.abs(fine)[source].mean() / max(float(grey[source].mean()), 40.0), 0, 0.22))


def _grown(mask: Mask, size: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def _soft(image: LayerImage, sigma: float) -> LayerImage:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)

"""Maps of what stands out in a picture, and of people."""

from __future__ import annotations

import cv2
import numpy as np

from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Image, Plane

SALIENCY_SIDE, PERSON_SIDE = 320, 256
IMAGENET_MEAN, IMAGENET_SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of R, G and B: what the saliency network was trained with."""


def saliency(image: Image, networks: Networks) -> Plane:
    """How much each cell of a (320, 320) grid over a BGR image belongs to a subject, 0 to 1; all low without one."""
    small = cv2.resize(image, (SALIENCY_SIDE, SALIENCY_SIDE), interpolation=cv2.INTER_AREA)[..., ::-1]
    normal = (small / np.float32(max(float(small.max()), 1.0)) - IMAGENET_MEAN) / IMAGENET_SPREAD
    batch = np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)
    return np.asarray(networks.saliency(batch)[0][0, 0], np.float32)


def spread(found: Plane, image: Image) -> Plane:
    """A saliency grid over its image, in that image's size, stretched so that both 0 and 1 occur."""
    stretched = (found - found.min()) / (found.max() - found.min() + 1e-6)
    return np.asarray(cv2.resize(stretched, image.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32)


def people_map(image: Image, networks: Networks) -> Plane:
    """How much each pixel of a BGR image belongs to a person, 0 to 1."""
    small = cv2.resize(image, (PERSON_SIDE, PERSON_SIDE), interpolation=cv2.INTER_AREA)[..., ::-1] / np.float32(255)
    found = networks.person_mask(np.asarray(small[None], np.float32))[0][0, ..., 0]
    return np.asarray(cv2.resize(found, image.shape[1::-1]), np.float32)

"""Whether a picture has one clear subject.

How sure the saliency network is of its mask does not tell: it is as sure of a palace as of a raccoon. What tells is
whether it means the same thing when it looks again: a subject stays the subject when the picture is mirrored, and when
it is seen with more around it; a patch of scenery does not. Blur, text and noise show in how fine the edges are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import NoClearSubject
from core.generation.sculpt.perception.observation import Observation
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.perception.saliency import saliency
from core.generation.sculpt.shapes import Image, Plane

LEAST_CRISPNESS = 1.27
"""Photos begin at 1.4; a blur of 2 % of the picture's long side and even colours stay below 1.25."""

MOST_CRISPNESS = 4.9
"""Photos of things end at 4.5; printed pages, tables and noise begin at 5."""

LEAST_CERTAINTY = 0.75
"""Of the saliency network, 0 to 1."""

LEAST_SHARE, MOST_SHARE = 0.015, 0.85
"""Of the picture: a smaller subject has too few pixels for a figurine, a larger one is a pattern without background."""

LEAST_STEADINESS = 0.58
"""The least steady of the good photos has 0.62, a raccoon among leaves 0.64; of the scenery that seems certain enough
to get this far, three in four have less."""

CRISPNESS_SIDE = 512
AGAIN_SIDE = 640
MORE_AROUND = 0.2
"""How much of the long side is added around the picture for the look from farther away."""


def require_clear_subject(seen: Observation, networks: Networks) -> None:
    """Make sure that a figurine can be made of this picture. A person is a subject if only the picture is sharp.

    Raises:
        NoClearSubject: the picture is blurred, a page, even, scenery, or the subject is tiny.
    """
    crispness = _crispness(seen)
    if crispness < LEAST_CRISPNESS:
        raise NoClearSubject(f"blurred or even: crispness {crispness:.2f}")
    if seen.faces or seen.person is not None:
        return
    if crispness > MOST_CRISPNESS:
        raise NoClearSubject(f"a page or a fine pattern: crispness {crispness:.2f}")
    certainty = _certainty(seen)
    if certainty < LEAST_CERTAINTY:
        raise NoClearSubject(f"nothing stands out: certainty {certainty:.2f}")
    share = float((seen.mask > 0.5).mean())
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise NoClearSubject(f"too small, or without a background: {share:.1%} of the picture")
    steadiness = _steadiness(seen, networks)  # Last, since the network has to look twice more for it.
    if steadiness < LEAST_STEADINESS:
        raise NoClearSubject(f"scenery: steadiness {steadiness:.2f}")


def _crispness(seen: Observation) -> float:
    """How much of the subject's strongest edges is lost in a blur of 4 pixels: 1 when it was as blurred before."""
    scale = CRISPNESS_SIDE / max(seen.image.shape[:2])
    resample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(seen.image, None, fx=scale, fy=scale, interpolation=resample)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    there = cv2.resize(seen.mask, grey.shape[1::-1]) > 0.3
    if there.sum() < 50:
        there = np.ones_like(there)

    def strongest_edges(sigma: float) -> float:
        smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
        across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        return float(np.percentile(np.hypot(across, down)[there], 97))

    return strongest_edges(1) / (strongest_edges(4) + 1e-3)


def _certainty(seen: Observation) -> float:
    """The network's mean answer where it is at least half as high as its highest."""
    peak = float(seen.saliency.max())
    return float(seen.saliency[seen.saliency >= 0.5 * peak].mean())


def _steadiness(seen: Observation, networks: Networks) -> float:
    """The mean overlap of the saliency with that of the mirrored and of the widened picture."""
    scale = min(1.0, AGAIN_SIDE / max(seen.image.shape[:2]))
    image = np.asarray(cv2.resize(seen.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    mirrored = saliency(np.ascontiguousarray(image[:, ::-1]), networks)[:, ::-1]
    return (_overlap(seen.saliency, mirrored) + _overlap(seen.saliency, _from_farther(image, networks))) / 2


def _from_farther(image: Image, networks: Networks) -> Plane:
    """The saliency grid of an image that is seen as the middle of a wider one, which repeats it in mirrors."""
    height, width = image.shape[:2]
    margin = int(MORE_AROUND * max(height, width))
    border = cv2.BORDER_REFLECT_101 if margin < min(height, width) else cv2.BORDER_REPLICATE
    wide = np.asarray(cv2.copyMakeBorder(image, margin, margin, margin, margin, border), np.uint8)
    found = cv2.resize(saliency(wide, networks), wide.shape[1::-1])[margin : margin + height, margin : margin + width]
    return np.asarray(cv2.resize(found, (320, 320), interpolation=cv2.INTER_AREA), np.float32)


def _overlap(one: Plane, other: NDArray[np.float32]) -> float:
    """Intersection over union of two soft masks."""
    return float(np.minimum(one, other).sum() / (np.maximum(one, other).sum() + 1e-6))

"""Image operations that several stages share."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Image, Plane

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels; x1 and y1 are outside."""
REMAP_COLUMNS = 256
"""cv2.remap wants both sides of its maps below 32,768."""


def smoothstep(x: NDArray[Any], low: float, high: float) -> NDArray[Any]:
    """0 below `low`, 1 above `high`, Hermite in between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def box_blur(image: NDArray[Any], radius: int) -> NDArray[Any]:
    """Mean over a square of 2 * radius + 1 pixels."""
    return np.asarray(cv2.boxFilter(image, -1, (2 * radius + 1,) * 2))


def guided_filter(guide: Plane, image: Plane, radius: int, epsilon: float) -> Plane:
    """Edge-preserving smoothing of `image` along the edges of `guide` (He, Sun and Tang, ECCV 2010)."""
    mean_guide, mean_image = box_blur(guide, radius), box_blur(image, radius)
    covariance = box_blur(guide * image, radius) - mean_guide * mean_image
    variance = box_blur(guide * guide, radius) - mean_guide * mean_guide
    slope = covariance / (variance + epsilon)
    smoothed: Plane = box_blur(slope, radius) * guide + box_blur(mean_image - slope * mean_guide, radius)
    return smoothed


def pull_push(image: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float32]:
    """Fill pixels of weight 0 smoothly from those that are known, in linear time (Gortler et al., SIGGRAPH 1996).

    `image` is (h, w, 3), `weight` (h, w) from 0 to 1; the result is float32 (h, w, 3).
    """
    images, weights = [image.astype(np.float32) * weight[..., None]], [weight.astype(np.float32)]
    while min(images[-1].shape[:2]) > 2:
        images.append(cv2.pyrDown(images[-1]))
        weights.append(cv2.pyrDown(weights[-1]))
    filled = images[-1] / np.maximum(weights[-1], 1e-6)[..., None]
    for finer, known in zip(images[-2::-1], weights[-2::-1], strict=True):
        trust = np.clip(known * 4, 0, 1)[..., None]
        coarse = cv2.pyrUp(filled, dstsize=finer.shape[1::-1])
        filled = coarse * (1 - trust) + finer / np.maximum(known, 1e-6)[..., None] * trust
    return np.asarray(filled, np.float32)


def lookup(image: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float32]:
    """Bilinear samples at n scattered positions: (n,) or (n, channels). Beyond the edge the edge repeats."""
    return np.asarray(rounded_lookup(image.astype(np.float32), x, y), np.float32)


def rounded_lookup(image: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """`lookup` in the image's own type: quicker for bytes, whose samples are bytes as well."""
    count = len(x)
    places = np.zeros((2, count + -count % REMAP_COLUMNS), np.float32)
    places[:, :count] = x, y
    columns, rows = places.reshape(2, -1, REMAP_COLUMNS)
    found = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape((places.shape[1], *found.shape[2:]))[:count])


def bounding_box(mask: NDArray[Any]) -> Box | None:
    """The box around everything above one half, or None where that is less than 50 pixels."""
    ys, xs = np.where(mask > 0.5)
    if len(ys) < 50:
        return None
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def bleed(image: Image, alpha: Plane, inset: int = 5) -> Image:
    """Replace colours at and outside of the cut-out's rim by the nearest safe ones from inside: no fringe remains."""
    safe = cv2.erode((alpha > 0.6).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (inset, inset)))
    if safe.sum() < 50:
        return image
    distance, nearest = cv2.distanceTransformWithLabels(1 - safe, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    ys, xs = np.where(safe > 0)
    table = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    table[nearest[ys, xs]] = image[ys, xs]
    outside = cv2.GaussianBlur(table[nearest], (0, 0), 1.5)
    share = np.clip(distance / 2, 0, 1)[..., None]
    return np.asarray(image * (1 - share) + outside * share, np.uint8)


def cluster_centres(samples: NDArray[Any], count: int, seed: int, least_share: float = 0.0) -> NDArray[np.float32]:
    """k-means centres of (n, c) samples without those that hold less than `least_share`; deterministic by `seed`."""
    samples = np.ascontiguousarray(samples, np.float32)
    if len(samples) < 12 * count:
        return samples[:0] if not len(samples) else np.median(samples, 0)[None].astype(np.float32)
    cv2.setRNGSeed(seed)
    samples = np.ascontiguousarray(samples[:: max(1, len(samples) // 4000)])
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, labels, centres = cv2.kmeans(samples, count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    share = np.bincount(labels.ravel(), minlength=count) / len(samples)
    return np.asarray(centres[share > least_share], np.float32)

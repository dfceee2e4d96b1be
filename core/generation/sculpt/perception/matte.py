"""From a network's soft mask to a clean matte along the subject's true outline."""

from __future__ import annotations

import cv2
import numpy as np

from core.generation.sculpt.imaging import cluster_centres, guided_filter, pull_push, smoothstep
from core.generation.sculpt.shapes import Image, Mask, Plane

LIGHTNESS_WEIGHT = 0.6
"""In colour distances brightness counts less than hue, since shade and light fall on one and the same thing."""

CARVING_SIDE = 224
MOST_CARVED = 0.22
"""A graph cut that takes more of the mask than this could not tell the two by their colours."""

OFF_HUE = 11.0
"""Distance in CIELAB's a and b from every main colour of the subject at which a carved part is believed."""

RIM = 8
"""How far the soft rim of a matte reaches, in pixels."""

SEED = 2


def refine(image: Image, mask: Plane, carve: bool) -> Plane:
    """The subject's alpha, 0 to 1, from a mask of the same size; `carve` lets a graph cut remove what is off-hue."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    alpha = np.clip(0.7 * np.clip(guided_filter(grey, mask, 10, 4e-4), 0, 1) + 0.3 * mask, 0, 1)
    alpha = np.asarray(smoothstep(alpha, 0.3, 0.7), np.float32)
    alpha = _decide_by_colour(image, _carve(image, alpha) if carve else alpha)
    alpha = np.asarray(cv2.GaussianBlur(smoothstep(alpha, 0.3, 0.7), (0, 0), 2.0), np.float32)
    return _without_crumbs(_without_pinholes(alpha))


def _decide_by_colour(image: Image, alpha: Plane) -> Plane:
    """Decide the uncertain band again: project each pixel's colour on the line from the background's colour to the
    subject's, both pulled in from the sure pixels nearby.
    """
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    rough = cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    inside, outside = _sure(rough)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lab[..., 0] *= LIGHTNESS_WEIGHT
    subject, background = pull_push(lab, inside), pull_push(lab, outside)
    line = subject - background
    length = (line * line).sum(-1)
    position = np.clip(((lab - background) * line).sum(-1) / (length + 1e-3), 0, 1)
    # Where the two colours are close, or the mask is sure, the mask's word stands.
    trust = np.clip((np.sqrt(length) - 14) / 22, 0, 0.85) * (1 - inside) * (1 - outside)
    change = (smoothstep(position, 0.15, 0.75) - rough) * trust
    change = cv2.resize(change.astype(np.float32), alpha.shape[1::-1])
    return np.asarray(np.where(np.abs(change) > 0.01, alpha + change, alpha).clip(0, 1), np.float32)


def _sure(rough: Plane) -> tuple[Plane, Plane]:
    """1 where a pixel is the subject for sure, and 1 where it is background for sure."""
    radius = max(3, int(0.012 * max(rough.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    solid = (rough > 0.5).astype(np.uint8)
    inside = cv2.erode(solid, kernel) * (rough > 0.8)
    return inside.astype(np.float32), (1 - cv2.dilate(solid, kernel)).astype(np.float32)


def _carve(image: Image, alpha: Plane) -> Plane:
    """Remove what a graph cut with colour models (Rother, Kolmogorov and Blake, SIGGRAPH 2004) takes for background in
    the mask's outer band, where its hue is not the subject's: grass between tail and back, gaps under arms.
    """
    scale = CARVING_SIDE / max(alpha.shape)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rough = cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    solid = rough > 0.5
    depth = cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, 5)
    kept = _graph_cut(small, rough, depth)
    if kept is None:
        return alpha
    lost = solid & ~kept
    deep = kept & (depth > 8)
    if lost.sum() > MOST_CARVED * solid.sum() or deep.sum() < 50 or not lost.any():
        return alpha
    kept |= lost & ~_off_hue(small, deep)
    opened = cv2.morphologyEx(kept.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    soft = cv2.GaussianBlur(opened.astype(np.float32), (0, 0), 1.0)
    limit = cv2.resize(soft, alpha.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1) * 1.15
    return np.asarray(np.minimum(alpha, limit), np.float32)


def _graph_cut(small: Image, rough: Plane, depth: Plane) -> Mask | None:
    """What the graph cut keeps of the mask, or None where there is too little sure ground to learn colours from."""
    solid = rough > 0.5
    outside = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5)
    guess = np.where(solid, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[(depth > 16) & (rough > 0.9)] = cv2.GC_FGD
    guess[outside > 4] = cv2.GC_BGD
    if (guess == cv2.GC_BGD).sum() < 200 or not (guess == cv2.GC_FGD).any():
        return None
    cv2.setRNGSeed(SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, guess, None, *models, 3, cv2.GC_INIT_WITH_MASK)
    kept = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    for operation in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
        kept = cv2.morphologyEx(kept, operation, np.ones((3, 3)))
    return np.asarray(kept > 0)


def _off_hue(small: Image, deep: Mask) -> Mask:
    """Where the hue is none of those deep inside the subject. Brightness is left out, so that dark paws stay."""
    smooth = cv2.GaussianBlur(small, (0, 0), 1.5).astype(np.float32) / 255
    hue = cv2.cvtColor(smooth, cv2.COLOR_BGR2LAB)[..., 1:]
    centres = cluster_centres(hue[deep][::7], 4, SEED)
    nearest = np.min([((hue - centre) ** 2).sum(-1) for centre in centres], axis=0)
    return np.asarray(np.sqrt(nearest) > OFF_HUE)


def _without_pinholes(alpha: Plane) -> Plane:
    """Close the holes that are smaller than 0.4 % of the picture."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((alpha <= 0.5).astype(np.uint8))
    small = [label for label in range(1, count) if statistics[label, cv2.CC_STAT_AREA] < 0.004 * alpha.size]
    return np.where(np.isin(labels, small), np.float32(1), alpha)


def _without_crumbs(alpha: Plane) -> Plane:
    """Drop the pieces that are smaller than 12 % of the largest, with their soft rims."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA]
    large = [label for label in range(1, count) if areas[label] >= 0.12 * areas[1:].max()]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1,) * 2)
    near = cv2.dilate(np.isin(labels, large).astype(np.uint8), kernel)
    return np.where((near > 0) & ((alpha <= 0.5) | np.isin(labels, large)), alpha, np.float32(0))

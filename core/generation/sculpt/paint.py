"""From the photo's colours to hand-painted ones."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import cluster_centres, pull_push, smoothstep
from core.generation.sculpt.landmarks import LEFT_CHEEK, LIPS, RIGHT_CHEEK
from core.generation.sculpt.shapes import Face, Image, Plane
from core.generation.styles import Paint

TONES = 9
"""How many steps of brightness the paint has."""

BLUSH = np.array([0.50, 0.42, 0.95], np.float32)
"""BGR."""

LIPSTICK = np.array([0.72, 0.66, 1.12], np.float32)
"""What lips' B, G and R are multiplied by."""

DESPILL_SIDE = 320
SEED = 5


def paint(image: Image, alpha: Plane, faces: tuple[Face, ...], paint: Paint) -> Image:
    """Paint a cut-out: even out the light, smooth, gather brightness into few tones, more colour, dark lines in the
    creases, and a blush and lips on each face. Colours outside of the subject are meaningless.
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lab[..., 0] = _even_light(lab[..., 0], alpha)
    lab[..., 1:] *= paint.saturation
    lit = _to_bytes(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR))
    lab = cv2.cvtColor(_smooth(lit, paint.strength).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lab[..., 0] = np.clip(_few_tones(lab[..., 0], paint.flatness) * (0.62 + 0.38 * _ink(lit)), 3, 96)
    painted = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), 0, 1)
    for face in faces:
        painted = _make_up(painted, face)
    return _to_bytes(painted)


def despill(image: Image, alpha: Plane) -> Image:
    """Give the subject's own colours to what is near its outline and has the background's; texture is kept."""
    scale = DESPILL_SIDE / max(alpha.shape)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    solid = cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.5
    depth = cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, 5)
    spilled = _spilled(small, depth)
    if spilled is None or spilled.sum() < 20:
        return image
    own = solid & (spilled < 0.15) & (depth > 2)
    size = image.shape[1::-1]
    clean = cv2.resize(pull_push(small, own.astype(np.float32)), size)
    share = np.clip(cv2.resize(spilled, size) * 1.3, 0, 1)[..., None]
    texture = (image - cv2.GaussianBlur(image, (0, 0), 4).astype(np.float32)).mean(-1, keepdims=True)
    return np.asarray(np.clip(image * (1 - share) + (clean + texture) * share, 0, 255), np.uint8)


def _spilled(small: Image, depth: NDArray[np.float32]) -> Plane | None:
    """How much each pixel near the outline has the background's colour, or None with too little to compare."""
    solid = depth > 0
    outside = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lab[..., 0] *= 0.35
    ring, deep = (outside > 5) & (outside < 40), depth > max(6, 0.42 * float(depth.max()))
    if ring.sum() < 200 or deep.sum() < 100:
        return None

    def distance(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        centres = cluster_centres(samples, count, SEED)
        return np.asarray(np.sqrt(np.min([((lab - centre) ** 2).sum(-1) for centre in centres], axis=0)), np.float32)

    foreign = smoothstep(distance(lab[deep], 7) - 1.1 * distance(lab[ring], 5), 1, 9)
    near_rim = np.clip(1.6 - depth / (0.16 * max(solid.shape)), 0, 1)
    spilled = (solid * near_rim * foreign).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(cv2.dilate(spilled, np.ones((3, 3))), (0, 0), 1.0), np.float32)


def _even_light(lightness: Plane, alpha: Plane) -> Plane:
    """Brighten broad shadows, then stretch the subject's brightness over the paint's range."""
    inside, weight = alpha > 0.5, np.clip(alpha, 1e-3, 1)
    broad = _wide_blur(lightness * weight) / np.maximum(_wide_blur(weight), 0.02)
    median = float(np.median(lightness[inside])) if inside.any() else 50.0
    lifted = lightness + 0.35 * (np.clip(median, 48, 62) - broad) * (broad < 95)
    low, high = np.percentile(lifted[inside] if inside.any() else lifted, (1.5, 99))
    return np.asarray(np.clip((lifted - low) / max(high - low, 1.0) * 86 + 8, 2, 98), np.float32)


def _wide_blur(plane: Plane) -> Plane:
    """A Gaussian of 60 pixels, made at a quarter of the size."""
    small = cv2.resize(plane, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), 15), plane.shape[1::-1]), np.float32)


def _smooth(image: Image, strength: float) -> Image:
    if strength == 0:
        return image
    for _ in range(2):
        image = cv2.bilateralFilter(image, 7, 30 * strength, 5)
    return np.asarray(cv2.edgePreservingFilter(image, flags=1, sigma_s=18, sigma_r=min(0.22 * strength, 1)), np.uint8)


def _few_tones(lightness: Plane, flatness: float) -> Plane:
    """Pull brightness towards the middle of its step, with soft borders between the steps."""
    step = lightness / 100 * TONES
    floor = np.floor(step)
    tones = floor + smoothstep((step - floor - 0.5) * 1.9 + 0.5, 0, 1)
    return np.asarray((1 - flatness) * lightness + flatness * tones / TONES * 100, np.float32)


def _ink(image: Image) -> Plane:
    """1 on even ground, towards 0 in narrow dark lines (an extended difference of Gaussians, Winnemoeller 2011)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255, (0, 0), 1.4)
    return np.asarray(np.clip(1 + np.tanh(9 * (grey - 0.98 * cv2.GaussianBlur(grey, (0, 0), 3.2) + 0.012)), 0, 1))


def _make_up(painted: NDArray[np.float32], face: Face) -> NDArray[np.float32]:
    """Blush on both cheeks, colour on the lips."""
    height, width = painted.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    for x, y in face.landmarks[[RIGHT_CHEEK, LEFT_CHEEK]]:
        squared = (columns - np.float32(x)) ** 2 + (rows - np.float32(y)) ** 2
        share = (np.exp(-squared / np.float32(2 * (face.radius * 0.17) ** 2)) * 0.16)[..., None]
        painted = painted * (1 - share) + BLUSH * share
    lips = np.zeros((height, width), np.float32)
    cv2.fillPoly(lips, [face.landmarks[LIPS].astype(np.int32)], 1)
    share = cv2.GaussianBlur(lips, (0, 0), max(1, face.radius * 0.02))[..., None] * 0.22
    return np.asarray(painted * (1 - share) + painted * LIPSTICK * share, np.float32)


def _to_bytes(image: NDArray[np.float32]) -> Image:
    return (np.clip(image, 0, 1) * 255).astype(np.uint8)

"""The back of a body: the front without its print, in few crisp colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.frame import FaceFrame
from core.generation.sculpt.colour.regions import ENOUGH, Regions
from core.generation.sculpt.imaging import cluster_centres, pull_push, smoothstep
from core.generation.sculpt.shapes import Label, Mask, Plane

SEED = 7


def back_of_body(parts: Regions, front: NDArray[np.float32]) -> NDArray[np.float32]:
    """The back's colours (h, w, 3) from the parts and the front's colours, spread over the whole picture."""
    back = _without_print(parts)
    if parts.frames:
        back = _few_cloths(parts, back)
        thin = _limbs(parts)[..., None]
        back = back * (1 - thin) + front * thin  # Limbs look the same from behind.
    for frame in parts.frames:
        back = _nape(parts, frame, back)
    where = parts.subject if parts.frames else parts.depth > 0.3 * parts.depth.max()
    return crisp(np.asarray(cv2.GaussianBlur(back, (0, 0), 3), np.float32), where, 8)


def crisp(image: NDArray[np.float32], where: Mask, count: int) -> NDArray[np.float32]:
    """Few paint colours with soft but clear borders instead of a long smear."""
    lab = cv2.cvtColor(np.clip(image / 255, 0, 1).astype(np.float32), cv2.COLOR_BGR2LAB)
    lab[..., 0] *= 0.55  # Shading counts less than hue.
    centres = cluster_centres(lab[where], count, SEED, 0.015)
    if len(centres) < 2:
        return image
    squared = np.stack([((lab - centre) ** 2).sum(-1) for centre in centres], axis=-1)
    share = np.exp(-(squared - squared.min(-1, keepdims=True)) / 12)
    paint = ((share / share.sum(-1, keepdims=True)) @ centres).astype(np.float32)
    paint[..., 0] /= 0.55
    return np.asarray(0.85 * 255 * cv2.cvtColor(paint, cv2.COLOR_LAB2BGR) + 0.15 * image, np.float32)


def _without_print(parts: Regions) -> NDArray[np.float32]:
    """The wide median of the front where it agrees with the rim's colours, and those elsewhere: logos go."""
    height, width = parts.labels.shape
    small = cv2.resize(parts.picture.astype(np.uint8), None, fx=0.33, fy=0.33, interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.medianBlur(small, 11), (width, height)).astype(np.float32)
    rim = parts.cloth & parts.rim
    median = pull_push(wide, parts.cloth)
    edge = pull_push(parts.picture, rim if rim.sum() > ENOUGH else parts.body)
    agreement = np.clip(1.25 - np.abs(median - edge).max(-1, keepdims=True) / 55, 0, 1 if parts.frames else 0.7)
    return np.asarray(edge * (1 - agreement) + median * agreement, np.float32)


def _few_cloths(parts: Regions, back: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pull each person's back towards what is mostly worn at that height."""
    blurred = np.asarray(cv2.GaussianBlur(parts.picture, (0, 0), 2), np.float32)
    beside = np.asarray(np.min([np.abs(frame.side) for frame in parts.frames], axis=0), np.float32)
    wide = cv2.GaussianBlur(parts.cloth.astype(np.float32), (0, 0), 0.05 * parts.height)
    reach = smoothstep(wide, 0.45, 0.8) * smoothstep(1.55 - beside, 0, 0.4)
    for index in range(len(parts.frames)):
        mine = parts.cloth & (parts.owner == index)
        middle = mine & (beside < 1.3)
        mine = middle if middle.sum() > 400 else mine
        if mine.sum() < ENOUGH:
            continue
        worn = _worn_by_row(parts.picture, mine, cluster_centres(blurred[mine], 6, SEED, 0.10))[:, None]
        foreign = np.clip(np.abs(back - worn).max(-1) / 40 - 0.2, 0, 1)
        back = back + (worn - back) * (0.92 * foreign * reach * (parts.owner == index))[..., None]
    return np.asarray(back, np.float32)


def _worn_by_row(picture: NDArray[np.float32], mine: Mask, centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """For every row the colour (rows, 3) that most of its pixels are nearest to, softly between rows."""
    if not len(centres):
        centres = np.median(picture[mine], axis=0)[None].astype(np.float32)
    nearest = np.stack([((picture - centre) ** 2).sum(-1) for centre in centres]).argmin(0)
    nearest[~mine] = -1
    counts = np.stack([(nearest == index).sum(1) for index in range(len(centres))], axis=1).astype(np.float32)
    sigma = max(2.0, 0.03 * len(picture))
    counts = np.stack([cv2.GaussianBlur(c[:, None], (1, 0), sigmaX=0.01, sigmaY=sigma)[:, 0] for c in counts.T], axis=1)
    share = counts**4
    colours = (share / (share.sum(1, keepdims=True) + 1e-9)) @ centres
    rows, known = np.arange(len(picture)), np.where(counts.sum(1) > 0)[0]
    return np.stack([np.interp(rows, known, colours[known, c]) for c in range(3)], axis=1).astype(np.float32)


def _limbs(parts: Regions) -> Plane:
    """1 where the subject is narrow."""
    height = parts.height
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(0.10 * height) | 1,) * 2)
    thickness = cv2.GaussianBlur(cv2.dilate(parts.depth, kernel), (0, 0), 4)
    return np.asarray(1 - smoothstep(thickness, 0.040 * height, 0.075 * height), np.float32)


def _nape(parts: Regions, frame: FaceFrame, back: NDArray[np.float32]) -> NDArray[np.float32]:
    """The nape wears what the throat wears, as high as that is seen."""
    share = smoothstep(frame.up, -0.30, -0.24) * smoothstep(0.56 - np.abs(frame.side), 0, 0.22)
    throat = parts.body & (np.abs(frame.side) < 0.28) & (frame.up < 0.1) & (frame.up > -0.45)
    skin = parts.labels == Label.SKIN
    last = np.median(parts.picture[skin], axis=0) if skin.any() else back.mean((0, 1))
    rows = np.zeros((parts.height, 3), np.float32)
    for y in range(parts.height - 1, -1, -1):
        if throat[y].sum() > 4:
            last = np.median(parts.picture[y, throat[y]], axis=0)
        rows[y] = last
    rows = np.stack([np.convolve(np.pad(c, 3, "edge"), np.ones(7) / 7, "valid") for c in rows.T], axis=1)
    return np.asarray(back * (1 - share[..., None]) + rows[:, None] * share[..., None], np.float32)

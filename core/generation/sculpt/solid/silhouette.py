"""The subject's outline on the grid: smooth, without hair-thin bits, rounded where the frame cuts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Cutout, Mask, Plane
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.plane import disc, signed_distance

FINER = 3
"""The outline is drawn this many times finer than the grid."""
SMOOTHING_MM = 0.55
OPENING_MM = 0.6
SIDE_ROUNDING = 0.13
TOP_ROUNDING = 0.21
SHOULDERS = 0.22
"""The share of a bust's height over which the shoulders close in."""
LEAST_PIECE = 0.10
"""Pieces below this share of the largest are dropped."""


def silhouette(cutout: Cutout, grid: Grid, taper: float) -> Plane:
    """Signed distance to the outline in cells, positive inside."""
    mask = _drawn(cutout, grid)
    mask &= _frame_cuts(cutout, grid, mask)
    if cutout.edges.bottom:
        mask &= _shoulders(cutout, grid, mask, taper)
    opened = _opened(mask, max(1, int(OPENING_MM / grid.style_mm * FINER)))
    distance = signed_distance(_large_pieces(opened), FINER)
    coarse = cv2.resize(distance, (grid.columns, grid.rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(coarse, (0, 0), 0.7), np.float32)


def _drawn(cutout: Cutout, grid: Grid) -> Mask:
    alpha = cutout.alpha.copy()
    alpha[:, :2] = 0
    alpha[:, -2:] = 0
    alpha[:2] = 0
    sigma = SMOOTHING_MM / grid.style_mm * FINER
    smooth = cv2.GaussianBlur(grid.sample(alpha, FINER), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth > 0.5)


def _fine_coordinates(mask: Mask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32) / FINER
    return y, x


def _arc(offset: NDArray[np.floating]) -> NDArray[np.floating]:
    """0 in the middle of a cut, 1 at its ends (offset -1 and 1), along a quarter circle."""
    return np.asarray(1 - np.sqrt(np.clip(1 - np.clip(offset, -1, 1) ** 2, 0, 1)))


def _frame_cuts(cutout: Cutout, grid: Grid, mask: Mask) -> Mask:
    """Straight cuts by the frame's left, right and top edge become rounded ends."""
    y, x = _fine_coordinates(mask)
    height = grid.rows - grid.foot_rows
    columns = np.where(mask.any(0))[0] / FINER
    first, last = columns.min(), columns.max()
    kept = np.ones(mask.shape, np.bool_)
    side = SIDE_ROUNDING * grid.columns * _arc((y / height - 0.5) / 0.5) + 1
    if cutout.edges.left:
        kept &= x - first > side
    if cutout.edges.right:
        kept &= last - x > side
    if cutout.edges.top:
        top = np.where(mask.any(1))[0].min() / FINER
        across = (x - columns.mean()) / (0.5 * (last - first) + 1)
        kept &= y - top > TOP_ROUNDING * height * _arc(across) + 1
    return kept


def _shoulders(cutout: Cutout, grid: Grid, mask: Mask, taper: float) -> Mask:
    """A bust's shoulders taper to the stand."""
    y, x = _fine_coordinates(mask)
    height = grid.rows - grid.foot_rows
    closing = SHOULDERS * height
    row = np.where(mask[int((height - closing) * FINER)])[0] / FINER
    lower = np.where(mask[int(0.6 * len(mask)) :])[1]
    if not len(row) or not len(lower):
        return np.ones(mask.shape, np.bool_)
    middle = float(np.median(lower)) / FINER
    if cutout.faces:
        middle = 0.5 * middle + 0.5 * float(grid.to_cells(cutout.faces[0].centre)[0])
    half_width = max(middle - row.min(), row.max() - middle)
    below = (y - (height - closing)) / closing
    narrowed = half_width * (1 - taper * _arc(np.minimum(below, 1)))
    return np.asarray((below <= 0) | (np.abs(x - middle) < narrowed))


def _opened(mask: Mask, radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc(radius)), np.uint8)


def _large_pieces(mask: NDArray[np.uint8]) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask > 0
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.asarray(np.isin(labels, np.where(areas >= LEAST_PIECE * areas.max())[0]))

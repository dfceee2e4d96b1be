"""Where image pixels, grid cells and millimetres lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Cutout, Points

MARGIN = 4
"""Empty cells around the subject."""
STYLE_HEIGHT_MM = 80.0
"""The figure's height for which styles give their lengths."""
WIDEST_MM = 105.0
"""A wider figure (of that height) gets coarser cells instead of more of them."""
FOOT_ROOM = 0.10
"""Rows added below a frame cut, of the height."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The voxel grid seen from the front: x to the right, y down, cells are squares of `voxel_mm`.

    `style_mm` is the side of a cell in the style's millimetres, those of a figure 80 mm high. `rows` includes
    `foot_rows` below the frame's cut, whose first row is `cut_row`.
    """

    columns: int
    rows: int
    foot_rows: int
    cells_per_pixel: float
    origin: tuple[float, float]
    voxel_mm: float
    style_mm: float

    @classmethod
    def around(cls, cutout: Cutout, height_mm: float, style_voxel_mm: float) -> Grid:
        """The grid on which the subject becomes `height_mm` high."""
        ys, xs = np.where(cutout.alpha > 0.5)
        high, wide = float(np.ptp(ys)), float(np.ptp(xs))
        cells_per_pixel = min(STYLE_HEIGHT_MM / high, WIDEST_MM / wide) / style_voxel_mm
        columns = int(wide * cells_per_pixel) + 2 * MARGIN + 1
        rows = int(high * cells_per_pixel) + 2 * MARGIN + 1
        foot_rows = int(FOOT_ROOM * rows) if cutout.edges.bottom else 0
        return cls(
            columns=columns,
            rows=rows + foot_rows,
            foot_rows=foot_rows,
            cells_per_pixel=cells_per_pixel,
            origin=(float(xs.min()) - MARGIN / cells_per_pixel, float(ys.min()) - MARGIN / cells_per_pixel),
            voxel_mm=height_mm / (high * cells_per_pixel),
            style_mm=style_voxel_mm,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def cut_row(self) -> int:
        """The row at which the frame cuts the subject."""
        return self.rows - self.foot_rows - MARGIN

    def cells(self, style_mm: float) -> float:
        """A length of the style in cells."""
        return style_mm / self.style_mm

    def coordinates(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Rows and columns (y, x) of every cell, each (rows, columns)."""
        y, x = np.mgrid[: self.rows, : self.columns].astype(np.float32)
        return y, x

    def inside(self, points: Points) -> NDArray[np.int64]:
        """The cells nearest to points, (n, 2) as (x, y), kept on the grid."""
        return np.clip(np.round(points[:, :2]).astype(np.int64), 0, (self.columns - 1, self.rows - 1))

    def to_cells(self, points: Points) -> Points:
        """Image pixels (..., 2) to grid cells; integers are centres in both."""
        cells: Points = (np.asarray(points, np.float64) + 0.5 - self.origin) * self.cells_per_pixel - 0.5
        return cells

    def to_pixels(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Grid cells to image pixels."""
        return (
            (x + 0.5) / self.cells_per_pixel + self.origin[0] - 0.5,
            (y + 0.5) / self.cells_per_pixel + self.origin[1] - 0.5,
        )

    def sample(self, image: NDArray[Any], finer: int = 1) -> NDArray[Any]:
        """The image on the grid, or on one `finer` times as fine. Rows below a frame cut repeat the last row."""
        step = self.cells_per_pixel * finer
        shrunk, scale = image, 1.0
        if step < 0.7:  # Bilinear samples of the full image would alias.
            shrunk = cv2.resize(image, None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
            scale = shrunk.shape[1] / image.shape[1]
        x = ((np.arange(self.columns * finer) + 0.5) / step + self.origin[0]) * scale - 0.5
        y = ((np.arange(self.rows * finer) + 0.5) / step + self.origin[1]) * scale - 0.5
        map_x, map_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
        sampled = cv2.remap(shrunk, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(sampled)

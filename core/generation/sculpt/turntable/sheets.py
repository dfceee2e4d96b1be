"""Several views on one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.generation.sculpt.shapes import Image

WIDEST_ROW = 4


def columns_of(count: int) -> int:
    """Columns on which `count` views make the fullest rows, at most four."""
    return min(range(1, min(count, WIDEST_ROW) + 1), key=lambda columns: (-count % columns, -columns))


def sheet(images: Sequence[Image], columns: int | None = None) -> Image:
    """Pictures of one size in rows from the upper left; places that stay free repeat the first one's corner colour.

    Raises:
        ValueError: there is no picture.
    """
    if not images:
        raise ValueError("a sheet needs a picture")
    columns = columns or columns_of(len(images))
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    whole = np.empty((rows * height, columns * width, 3), np.uint8)
    whole[:] = images[0][0, 0]
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        whole[row * height : (row + 1) * height, column * width : (column + 1) * width] = image
    return whole

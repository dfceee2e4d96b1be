"""What colour a surface has at a place on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import rounded_lookup
from core.generation.sculpt.scene.description import Item, Texture, linear


def blend(values: NDArray[Any], corners: NDArray[Any], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vertices' values (n,) or (n, c) at k places: `corners` (k, 3) are indices, `weights` (k, 3) barycentric."""
    values = values.astype(np.float32, copy=False)
    a, b, c = weights.T if values.ndim == 1 else weights.T[..., None]
    blended = values[corners[:, 0]] * a + values[corners[:, 1]] * b + values[corners[:, 2]] * c
    return np.asarray(blended, np.float32)


def surface_colour(item: Item, corners: NDArray[Any], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear RGB (k, 3) at k places of an item; see `blend`."""
    if isinstance(item.paint, Texture):
        return _from_texture(item.paint, blend(item.paint.uv, corners, weights))
    if isinstance(item.paint, np.ndarray):
        return blend(item.paint, corners, weights)
    return np.tile(np.array(item.paint, np.float32), (len(corners), 1))


def _from_texture(texture: Texture, uv: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = texture.image.shape[:2]
    x, y = (uv * (width, -height) + (-0.5, height - 0.5)).T
    return linear(rounded_lookup(texture.image, x, y)[:, ::-1] / np.float32(255))

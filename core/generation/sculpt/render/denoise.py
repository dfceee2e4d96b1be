"""Intel Open Image Denoise."""

from __future__ import annotations

import numpy as np
import pyoidn
from numpy.typing import NDArray

QUALITY = "fast"


def denoise(
    radiance: NDArray[np.float32], albedo: NDArray[np.float32], normals: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A path-traced picture (h, w, 3) without its noise, guided by noise-free albedo and normals."""
    clean = pyoidn.denoise(
        np.ascontiguousarray(radiance, np.float32),
        albedo=np.ascontiguousarray(np.clip(albedo, 0, 1), np.float32),
        normal=np.ascontiguousarray(normals, np.float32),
        hdr=True,
        quality=QUALITY,
    )
    return np.asarray(clean, np.float32)

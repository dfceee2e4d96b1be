"""Intel Open Image Denoise."""

from __future__ import annotations

import numpy as np
import pyoidn
from numpy.typing import NDArray

QUALITY = "fast"
MARGIN = 8
"""Pixels by which the picture is mirrored at its edges, where the filter would otherwise leave a pale line."""


def denoise(
    radiance: NDArray[np.float32], albedo: NDArray[np.float32], normals: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A path-traced picture (h, w, 3) without its noise, guided by noise-free albedo and normals."""
    clean = pyoidn.denoise(
        _padded(radiance), albedo=_padded(np.clip(albedo, 0, 1)), normal=_padded(normals), hdr=True, quality=QUALITY
    )
    return np.ascontiguousarray(clean[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32)


def _padded(image: NDArray[np.float32]) -> NDArray[np.float32]:
    padded = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="reflect")
    return np.ascontiguousarray(padded, np.float32)

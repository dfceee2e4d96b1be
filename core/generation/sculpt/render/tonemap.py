"""From linear light to bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Image

EXPOSURE = 0.72


def tone_map(radiance: NDArray[np.float32], exposure: float = EXPOSURE) -> Image:
    """Bytes in sRGB (BGR order) by Narkowicz's fit of the ACES film curve (2015)."""
    x = np.maximum(radiance, 0) * np.float32(exposure)
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1).astype(np.float32)
    encoded = _ENCODED[np.rint(film * np.float32(len(_ENCODED) - 1)).astype(np.int32)]
    return np.ascontiguousarray(encoded[..., ::-1], np.uint8)


def _srgb_table(size: int) -> NDArray[np.uint8]:
    light = np.linspace(0, 1, size)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(srgb * 255), np.uint8)


_ENCODED = _srgb_table(1 << 14)

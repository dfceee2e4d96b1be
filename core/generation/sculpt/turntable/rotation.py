"""Turns about the vertical axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rotation:
    """A turn by `degrees`, anticlockwise seen from above."""

    degrees: float

    def forth(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors (..., 3) of the statue in the room."""
        return _turned(vectors, np.radians(self.degrees))

    def back(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors (..., 3) of the room on the statue."""
        return _turned(vectors, -np.radians(self.degrees))


def _turned(vectors: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    # A product with a 3 by 3 matrix would start BLAS's threads for every call, and they cost more than the sums.
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    turned = np.empty(vectors.shape, np.float32)
    x, y = vectors[..., 0], vectors[..., 1]
    turned[..., 0] = cosine * x - sine * y
    turned[..., 1] = sine * x + cosine * y
    turned[..., 2] = vectors[..., 2]
    return turned

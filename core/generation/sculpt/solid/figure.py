"""The sculpted figure, as the rooms that colour it get it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.generation.sculpt.shapes import Mesh, Points
from core.generation.sculpt.solid.grid import Grid


@dataclass(frozen=True, slots=True)
class Head:
    """Where a head is in the solid, in grid cells: `up` is the unit vector from the chin to the hairline,
    `face_height` the distance between them, `middle` the point between the ears, `centre_depth` its middle in depth
    (towards the viewer).
    """

    chin: NDArray[np.float64]
    middle: NDArray[np.float64]
    up: NDArray[np.float64]
    face_height: float
    centre_depth: float


@dataclass(frozen=True, slots=True)
class Solid:
    """The sculpted figure before it is coloured and put on a stand, its feet (or cut) at z = 0.

    For each of the n vertices: `pixels` (n, 2) is where the painted picture shows it, `depth` (n,) its distance towards
    the viewer in mm, `photographed` (n,) whether the picture shows it well, `on_head` (n,) whether it is a head's.
    `smoother` (n, n) is the row-normalised adjacency: smoother @ values is the mean over a vertex's neighbours.
    """

    mesh: Mesh
    smoother: sparse.csr_matrix
    pixels: Points
    depth: NDArray[np.float64]
    photographed: NDArray[np.bool_]
    on_head: NDArray[np.bool_]
    heads: tuple[Head, ...]
    grid: Grid
    bust: bool

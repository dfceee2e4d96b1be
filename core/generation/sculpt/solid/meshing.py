"""From the field to a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skimage.measure import marching_cubes

from core.generation.sculpt.shapes import Faces, Points
from core.generation.sculpt.solid.field import Volume

LEAST_PIECE = 0.08
"""Pieces with fewer vertices than this share of the largest's are dropped."""
SHRINK, GROW = 0.5, -0.52
"""Taubin's two steps."""


def surface_of(field: Volume) -> tuple[Points, Faces]:
    """The closed zero surface by marching cubes (Lewiner et al. 2003): vertices as (row, column, layer).

    Raises:
        ValueError: nothing of the field is inside.
    """
    closed = field.copy()
    for axis in range(3):
        np.moveaxis(closed, axis, 0)[[0, -1]] = -1
    if not (closed > 0).any():
        raise ValueError("the field holds nothing")
    vertices, faces, _, _ = marching_cubes(closed, 0, allow_degenerate=False)  # type: ignore[no-untyped-call]
    return vertices.astype(np.float64), faces.astype(np.int64)


def standing_pieces(vertices: Points, faces: Faces, reach: float) -> tuple[Points, Faces]:
    """The largest piece, and others of some size, where all of them reach down to the lowest `reach` cells."""
    count = len(vertices)
    edges = sparse.coo_matrix(
        (np.ones(len(faces) * 2, np.int8), (faces[:, :2].ravel(), faces[:, 1:].ravel())), (count, count)
    )
    pieces, piece = sparse.csgraph.connected_components(edges, directed=False)
    size = np.bincount(piece)
    lowest = np.zeros(pieces)
    np.maximum.at(lowest, piece, vertices[:, 0])
    largest = int(size.argmax())
    stands = lowest > lowest.max() - reach
    wanted = (size > LEAST_PIECE * size.max()) & stands & stands[largest]
    wanted[largest] = True
    kept = wanted[piece]
    renumbered = np.cumsum(kept) - 1
    return vertices[kept], renumbered[faces[kept[faces[:, 0]]]]


def neighbour_mean(faces: Faces, count: int) -> sparse.csr_matrix:
    """The row-normalised adjacency (count, count)."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    adjacency = sparse.coo_matrix((np.ones(len(both), np.float32), (both[:, 0], both[:, 1])), (count, count)).tocsr()
    adjacency.data[:] = 1
    degree = np.maximum(np.asarray(adjacency.sum(1)).ravel(), 1)
    return sparse.csr_matrix(sparse.diags(1 / degree) @ adjacency)


def taubin(vertices: Points, smoother: sparse.csr_matrix, passes: int) -> Points:
    """Smoothing that keeps the volume (Taubin, SIGGRAPH 1995)."""
    for _ in range(passes):
        for step in (SHRINK, GROW):
            vertices = vertices + step * (smoother @ vertices - vertices)
    return vertices


def vertex_normals(vertices: Points, faces: Faces) -> Points:
    """Unit normals (n, 3), the mean of the faces' around each vertex, weighted with their areas."""
    corners = vertices[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, corner], face_normals[:, axis], len(vertices))
    length: NDArray[np.float64] = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / (length + 1e-9), np.float64)

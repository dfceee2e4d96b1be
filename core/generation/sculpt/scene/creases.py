"""Normals that are smooth on round surfaces and sharp at their edges."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from core.generation.sculpt.shapes import Mesh, Points, Shell


def creased(shell: Shell, degrees: float = 32.0) -> Mesh:
    """The shell with three vertices of its own for every triangle.

    A corner's normal is the mean, weighed by area, over those triangles around it that are turned by less than
    `degrees` against its own.
    """
    count = len(shell.faces)
    corners = shell.vertices[shell.faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    units = areas / (np.linalg.norm(areas, axis=1, keepdims=True) + 1e-12)
    vertex = shell.faces.ravel()
    triangle = np.repeat(np.arange(count), 3)
    around = sparse.csr_matrix((np.ones(3 * count, np.float32), (vertex, triangle)), (len(shell.vertices), count))
    pairs = around[vertex].tocoo()
    alike = (units[triangle[pairs.row]] * units[pairs.col]).sum(1) > np.cos(np.radians(degrees))
    row, neighbour = pairs.row[alike], pairs.col[alike]
    normals = np.stack([np.bincount(row, areas[neighbour, axis], 3 * count) for axis in range(3)], axis=1)
    return Mesh(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3), _unit(normals.astype(np.float64)))


def _unit(vectors: Points) -> Points:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-12, vectors / np.maximum(lengths, 1e-12), (0.0, 0.0, 1.0))

"""Normals of things with both round walls and sharp edges, such as stands."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from core.generation.sculpt.shapes import Mesh, Shell

CREASE_DEGREES = 32.0
"""Faces that meet at a sharper angle keep their edge."""


def creased(shell: Shell) -> Mesh:
    """The shell with its vertices split, each corner's normal the mean of the faces around it that bend little."""
    corners = shell.vertices[shell.faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = crosses / (np.linalg.norm(crosses, axis=1, keepdims=True) + 1e-12)
    count = len(shell.faces)
    face = np.repeat(np.arange(count), 3)
    ones = np.ones(3 * count, np.float32)
    around = sparse.csr_matrix((ones, (shell.faces.ravel(), face)), (len(shell.vertices), count))
    beside = around[shell.faces.ravel()].tocoo()  # Corner by corner, the faces that share its vertex.
    smooth = (flat[face[beside.row]] * flat[beside.col]).sum(1) > np.cos(np.radians(CREASE_DEGREES))
    normals = np.zeros((3 * count, 3))
    for axis in range(3):
        normals[:, axis] = np.bincount(beside.row[smooth], crosses[beside.col[smooth], axis], 3 * count)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    return Mesh(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3), normals)

"""A skin of fewer triangles, for viewers on phones."""

from __future__ import annotations

import fast_simplification
import numpy as np
from scipy.spatial import cKDTree

from core.generation.sculpt.shapes import Mesh, Skin
from core.generation.sculpt.solid.meshing import vertex_normals

AGGRESSION = 5


def reduced(skin: Skin, most_triangles: int) -> Skin:
    """The skin itself, or one of about `most_triangles`, whose vertices look like the nearest ones of the old."""
    mesh = skin.mesh
    if len(mesh.faces) <= most_triangles:
        return skin
    points, triangles = fast_simplification.simplify(
        mesh.vertices.astype(np.float32), mesh.faces.astype(np.int32), target_count=most_triangles, agg=AGGRESSION
    )
    vertices, faces = points.astype(np.float64), triangles.astype(np.int64)
    _, nearest = cKDTree(mesh.vertices, balanced_tree=False, compact_nodes=False).query(vertices)
    seen = np.zeros(len(mesh.vertices), np.bool_)
    seen[mesh.faces[skin.photographed]] = True
    return Skin(
        mesh=Mesh(vertices, faces, vertex_normals(vertices, faces)),
        uv=skin.uv[nearest],
        colours=skin.colours[nearest],
        photographed=seen[nearest][faces].all(1),
    )

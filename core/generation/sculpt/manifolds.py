"""Between the engine's shells and manifold3d's solids."""

from __future__ import annotations

import numpy as np
from manifold3d import Error, Manifold, Mesh

from core.generation.sculpt.shapes import Faces, Points, Shell


class OpenSurfaceError(ValueError):
    """The triangles do not bound a solid."""


def manifold_of(vertices: Points, faces: Faces) -> Manifold:
    """The solid that the triangles bound.

    Raises:
        OpenSurfaceError: an edge does not belong to exactly two triangles.
    """
    mesh = Mesh(vert_properties=np.asarray(vertices, np.float32), tri_verts=np.asarray(faces, np.uint32))
    solid = Manifold(mesh)
    if solid.status() != Error.NoError or solid.is_empty():
        raise OpenSurfaceError(str(solid.status()))
    return solid


def shell_of(solid: Manifold) -> Shell:
    """The solid's triangles; coordinates are exact in single precision."""
    mesh = solid.to_mesh()
    vertices = np.asarray(mesh.vert_properties, np.float64)[:, :3]
    return Shell(vertices, np.asarray(mesh.tri_verts, np.int64))


def largest_piece(solid: Manifold) -> Manifold:
    """The biggest of the solid's connected pieces: a union may leave slivers of no volume beside it."""
    pieces = solid.decompose()
    return max(pieces, key=lambda piece: piece.volume()) if len(pieces) > 1 else solid

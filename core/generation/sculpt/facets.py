"""The figure folded from few flat facets, one colour each."""

from __future__ import annotations

import fast_simplification
import numpy as np
from manifold3d import Manifold
from scipy.spatial import cKDTree

from core.generation.sculpt.manifolds import OpenSurfaceError, largest_piece, manifold_of, shell_of
from core.generation.sculpt.shapes import Colours, Faces, Mesh, Points, Shell, Skin

AGGRESSION = 6
"""How greedily edges are collapsed; more is faster and rougher."""
NEIGHBOURS = 12
"""A facet's colour is the mean of this many vertices around its middle."""
FALLBACK_MM = (1.2, 1.8, 2.7)
"""Tolerances of the other simplification, which always stays closed but does not count triangles."""


def facets(skin: Skin, count: int) -> tuple[Skin, Shell]:
    """About `count` planar facets: the skin to show, its vertices split so that each facet is flat and of one colour,
    and the same surface as a closed shell.

    Edges are collapsed by the quadric error metric (Garland and Heckbert, SIGGRAPH 1997).

    Raises:
        OpenSurfaceError: the skin does not bound a solid.
    """
    shell = shell_of(_simplified(skin.mesh.vertices, skin.mesh.faces, count))
    corners = shell.vertices[shell.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    split = np.arange(3 * len(corners)).reshape(-1, 3)
    shown = Skin(
        mesh=Mesh(corners.reshape(-1, 3), split, np.repeat(normals, 3, axis=0)),
        uv=np.zeros((3 * len(corners), 2)),
        colours=np.repeat(_colours(skin, corners.mean(1)), 3, axis=0),
        photographed=np.zeros(len(corners), np.bool_),
    )
    return shown, shell


def _simplified(vertices: Points, faces: Faces, count: int) -> Manifold:
    points, triangles = fast_simplification.simplify(
        vertices.astype(np.float32), faces.astype(np.int32), target_count=count, agg=AGGRESSION
    )
    try:
        return largest_piece(manifold_of(points, triangles))
    except OpenSurfaceError:  # Collapsing edges freely may pinch the surface.
        solid = manifold_of(vertices, faces)
        for tolerance in FALLBACK_MM:
            solid = solid.simplify(tolerance)
            if solid.num_tri() < 1.2 * count:
                break
        return largest_piece(solid)


def _colours(skin: Skin, middles: Points) -> Colours:
    _, nearest = cKDTree(skin.mesh.vertices).query(middles, k=NEIGHBOURS)
    return np.asarray(skin.colours[nearest].mean(1), np.float32)

"""Rays against triangles with Embree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Faces, Points


@dataclass(frozen=True, slots=True)
class Hits:
    """What k rays met. `item` and `triangle` (k,) are -1 for nothing, `distance` (k,) is along the ray, `weights`
    (k, 3) are barycentric, `normals` (k, 3) the triangles' own, not of unit length.
    """

    item: NDArray[np.int64]
    triangle: NDArray[np.int64]
    distance: NDArray[np.float32]
    weights: NDArray[np.float32]
    normals: NDArray[np.float32]


class Tracer:
    """Some meshes, ready to be hit; each is (vertices, faces)."""

    def __init__(self, meshes: Sequence[tuple[Points, Faces]]) -> None:
        self._scene = rtcore_scene.EmbreeScene()
        # Embree reads the arrays in place, so they must live as long as the scene does.
        self._kept: list[Any] = []
        for vertices, faces in meshes:
            corners = np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32)
            self._kept.append((corners, TriangleMesh(self._scene, *corners)))

    def trace(self, origin: NDArray[Any], directions: NDArray[np.float32]) -> Hits:
        """The nearest hits of rays (k, 3) from one origin (3,) or one origin each (k, 3)."""
        origins = np.ascontiguousarray(np.broadcast_to(origin, directions.shape), np.float32)
        found = self._scene.run(origins, np.ascontiguousarray(directions, np.float32), output=True)
        triangle = np.asarray(found["primID"]).astype(np.int64)
        item = np.where(triangle < 0, -1, np.asarray(found["geomID"]).astype(np.int64))
        u, v = np.asarray(found["u"], np.float32), np.asarray(found["v"], np.float32)
        weights = np.stack([1 - u - v, u, v], axis=1)
        distance, normals = np.asarray(found["tfar"], np.float32), np.asarray(found["Ng"], np.float32)
        return Hits(item, triangle, distance, weights, normals)

    def blocked(self, origins: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether anything lies in the way of rays (k, 3)."""
        found = np.asarray(self._scene.run(origins, directions, query="OCCLUDED"))
        return found if found.dtype == np.bool_ else np.asarray(found >= 0)

    def free_distance(
        self, origins: NDArray[np.float32], directions: NDArray[np.float32], reach: float
    ) -> NDArray[np.float32]:
        """How far rays (k, 3) get, at most `reach`."""
        limits = np.full(len(origins), reach, np.float32)
        found = self._scene.run(origins, directions, query="DISTANCE", dists=limits)
        return np.minimum(np.asarray(found, np.float32), reach)

"""Ambient occlusion, computed once per vertex because it turns with the statue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.generation.sculpt.render.tracer import Tracer
from core.generation.sculpt.scene.description import Item
from core.generation.sculpt.scene.studio import size_of
from core.generation.sculpt.shapes import Faces, Points

RAYS = 12
REACH = 0.6
"""How far away something still shades, in statue heights."""
LIFT = 0.0025
"""Rays start this far above the surface, in statue heights."""
SKY_SHADE, FLOOR_SHADE = 0.9, 0.55
"""How dark a blocked ray makes it; what lies below is lit by the floor."""
SMOOTHING_PASSES = 3
SEED = 0


@dataclass(frozen=True, slots=True)
class Baked:
    """A statue made ready to be seen from all sides, in pictures of any size: its items, the ambient occlusion of each
    one's vertices, a tracer of them, and how large it is against the usual statue.
    """

    items: tuple[Item, ...]
    ambient: tuple[NDArray[np.float32], ...]
    tracer: Tracer
    size: float

    @property
    def points(self) -> Points:
        """All vertices."""
        return np.concatenate([item.vertices for item in self.items])


def bake(items: Sequence[Item]) -> Baked:
    """Compute what does not depend on where the statue is seen from."""
    points = np.concatenate([item.vertices for item in items])
    meshes = [(item.vertices, item.faces) for item in items]
    size = size_of(points)
    ambient = ambient_occlusion(items, Tracer([*meshes, _ground(size)]), float(points[:, 2].max()))
    return Baked(tuple(items), tuple(ambient), Tracer(meshes), size)


def ambient_occlusion(items: Sequence[Item], tracer: Tracer, height: float) -> list[NDArray[np.float32]]:
    """For every vertex of every item the share of the surroundings' light that reaches it, 0 to 1.

    Rays are cosine-distributed and stratified; `tracer` holds whatever casts shade.
    """
    points = np.concatenate([item.vertices for item in items])
    normals = np.concatenate([_normals(item) for item in items])
    directions = _hemispheres(normals)
    origins = np.repeat(points + normals * LIFT * height, RAYS, axis=0).astype(np.float32)
    reach = REACH * height
    free = tracer.free_distance(origins, directions.reshape(-1, 3), reach)
    blocked = (free < 0.98 * reach).reshape(-1, RAYS)
    light = 1 - (blocked * np.where(directions[..., 2] < 0, FLOOR_SHADE, SKY_SHADE)).mean(1)
    light = _smoothed(light, points, normals, items)
    return np.split(light.astype(np.float32), np.cumsum([len(item.vertices) for item in items])[:-1])


def _ground(size: float) -> tuple[Points, Faces]:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float64) * 3000 * size
    return corners, np.array([[0, 1, 2], [0, 2, 3]])


def _normals(item: Item) -> Points:
    if item.normals is None:
        raise ValueError(f"{item.name} has no normals")
    return item.normals


def _hemispheres(normals: Points) -> NDArray[np.float32]:
    """Cosine-distributed directions (n, RAYS, 3) about the normals (Malley's method), as many in every ring."""
    rng = np.random.default_rng(SEED)
    shape = (len(normals), RAYS)
    angle = (2 * np.pi * rng.random(shape)).astype(np.float32)
    squared = ((np.arange(RAYS) + rng.random((len(normals), 1))) / RAYS).astype(np.float32)
    unit = normals.astype(np.float32)
    helper = np.where(np.abs(unit[:, :1]) > 0.9, [[0, 1, 0]], [[1, 0, 0]]).astype(np.float32)
    tangent = np.cross(unit, helper)
    # Triangles without an area have no normal; no one sees them.
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), np.float32(1e-9))
    bitangent = np.cross(unit, tangent)
    radius = np.sqrt(squared)
    directions = tangent[:, None] * (radius * np.cos(angle))[..., None]
    directions += bitangent[:, None] * (radius * np.sin(angle))[..., None]
    directions += unit[:, None] * np.sqrt(1 - squared)[..., None]
    return np.asarray(directions, np.float32)


def _smoothed(light: Points, points: Points, normals: Points, items: Sequence[Item]) -> Points:
    """The mean over neighbours, a few times; vertices at one place with one normal count as one."""
    same = _groups(points, normals)
    count = int(same.max()) + 1
    first = np.cumsum([0, *(len(item.vertices) for item in items)])
    faces = same[np.concatenate([item.faces + start for item, start in zip(items, first, strict=False)])]
    rows, columns = faces[:, [0, 1, 2, 1, 2, 0]].ravel(), faces[:, [1, 2, 0, 0, 1, 2]].ravel()
    neighbours = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (count, count))
    degree = np.asarray(neighbours.sum(1)).ravel() + 1
    value = np.bincount(same, light, count) / np.bincount(same, minlength=count)
    for _ in range(SMOOTHING_PASSES):
        value = (value + neighbours @ value) / degree
    return np.asarray(value[same], np.float64)


def _groups(points: Points, normals: Points) -> NDArray[np.int64]:
    """A number for every vertex, equal for vertices with (almost) the same place and normal."""
    keys = np.concatenate([np.rint(points * 512), np.rint(normals * 8)], axis=1).astype(np.int64)
    # Odd multipliers spread the six numbers over 64 bits; overflow wraps, as in any hash.
    mixed = keys @ np.array([73856093, 19349663 << 8, 83492791 << 16, 49979693, 29986577 << 12, 67867979 << 20])
    return np.unique(mixed, return_inverse=True)[1].astype(np.int64)

"""Is the body fit for a printer? Closedness, wall thickness, self-overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manifold3d import CrossSection, FillRule
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from core.generation.sculpt.manifolds import manifold_of
from core.generation.sculpt.shapes import Faces, Points, Shell
from core.model import MeshFacts

SAMPLES = 5000
"""Places on the surface at which the wall is measured."""
SURFACE_SPACING_MM = 0.17
"""About the distance between the points that stand for the surface when distances to it are taken."""
MOST_SURFACE_POINTS = 600_000
REACH_MM = 0.30
"""An inscribed sphere belongs to the wall at a sample when it comes this near to it. That is what a sphere of a good
wall leaves free in a square edge, with a little room: a thick part's edge is no thin wall, nor is relief lower than
a nozzle's line is wide (0.4 mm)."""
GOOD_WALL_MM = 1.2
START_MM = 0.3
"""The depth below the surface where the climb begins."""
MORE_STARTS_MM = (0.12, 0.6)
"""Depths of further climbs, for places that the first does not find thick, straight down and askew."""
ASKEW = 8
"""Directions of the climbs that begin askew, by 45 degrees: in a corner the way to the middle is not straight down."""
NEAR_MM = 0.3
"""So near to the surface, the direction to one of the points that stand for it says little."""
FACING = 0.8
"""Cosine above which the nearest point's plane, and not the point alone, tells the distance to the surface."""
CLIMB_MM = (0.15,) * 8 + (0.08,) * 8 + (0.04,) * 8 + (0.02,) * 6 + (0.01,) * 6
"""Steps of the climb to the middle of the wall."""
THICK_MM = 3.0
"""Thicker walls are not told apart."""


@dataclass(frozen=True, slots=True)
class Walls:
    """The thickness (n,) in mm at n places (n, 3) of the surface; never more than THICK_MM."""

    places: Points
    normals: Points
    thickness: NDArray[np.float64]

    @property
    def thinnest(self) -> float:
        """The smallest thickness found."""
        return float(self.thickness.min())

    @property
    def thin_share(self) -> float:
        """The share of the surface whose wall is under GOOD_WALL_MM."""
        return float((self.thickness < GOOD_WALL_MM).mean())


def inspect(body: Shell, seed: int = 0) -> MeshFacts:
    """Measure a body: see `is_closed`, `pieces` and `walls`."""
    found = walls(body, seed)
    width, depth, height = (float(x) for x in np.ptp(body.vertices, axis=0))
    return MeshFacts(
        watertight=is_closed(body.faces),
        bodies=pieces(body.faces, len(body.vertices)),
        min_wall_mm=round(found.thinnest, 3),
        thin_share=found.thin_share,
        size_mm=(width, depth, height),
        triangles=len(body.faces),
    )


def is_closed(faces: Faces) -> bool:
    """Whether every edge belongs to exactly two triangles, which run along it in opposite directions."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(faces.max()) + 1 if len(faces) else 0
    forward = np.sort(edges[:, 0] * count + edges[:, 1])
    backward = np.sort(edges[:, 1] * count + edges[:, 0])
    once = bool((np.diff(forward) > 0).all())
    return len(faces) > 0 and once and bool((forward == backward).all()) and bool((edges[:, 0] != edges[:, 1]).all())


def pieces(faces: Faces, count: int) -> int:
    """Number of connected pieces of the triangles over `count` vertices."""
    used = np.zeros(count, np.bool_)
    used[faces] = True
    graph = sparse.coo_matrix(
        (np.ones(2 * len(faces), np.int8), (faces[:, :2].ravel(), faces[:, 1:].ravel())), (count, count)
    )
    _, piece = sparse.csgraph.connected_components(graph, directed=False)
    return len(np.unique(piece[used]))


def walls(body: Shell, seed: int = 0, samples: int = SAMPLES) -> Walls:
    """The local thickness at seeded samples of the surface.

    It is the diameter of the largest sphere that fits into the body and reaches to within REACH_MM of the sample: the
    local thickness of Hildebrand and Rüegsegger (Journal of Microscopy, 1997), read at the surface. Its centre is found
    by climbing from below the sample, always away from the nearest point of the surface. Points stand for the
    surface, so that a thickness is right to about 0.05 mm.
    """
    random = np.random.default_rng(seed)
    triangles = _Triangles.of(body)
    dense = int(min(triangles.area / SURFACE_SPACING_MM**2, MOST_SURFACE_POINTS))
    surface = _Surface(*triangles.sampled(dense, random))
    return measured(surface, *triangles.sampled(samples, random))


@dataclass(frozen=True)
class _Surface:
    """Many points of a surface, and its normals there."""

    points: Points
    normals: Points

    def tree(self) -> cKDTree:
        """For nearest points."""
        return cKDTree(self.points, balanced_tree=False, compact_nodes=False)


def measured(surface: _Surface, places: Points, normals: Points) -> Walls:
    """The walls at given places."""
    tree = surface.tree()
    radius = _climbed(surface, tree, places, places - START_MM * normals)
    thin = np.where(2 * radius < GOOD_WALL_MM)[0]
    for direction in _inward(normals[thin]):
        for depth in MORE_STARTS_MM:
            found = _climbed(surface, tree, places[thin], places[thin] + depth * direction)
            radius[thin] = np.maximum(radius[thin], found)
    return Walls(places, normals, np.minimum(2 * radius, THICK_MM))


def _inward(normals: Points) -> list[Points]:
    """Directions (n, 3) into the body: straight, and ASKEW others around it."""
    helper = np.where(np.abs(normals[:, :1]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    first = np.cross(normals, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(normals, first)
    angles = np.linspace(0, 2 * np.pi, ASKEW, endpoint=False)
    around = [first * np.cos(angle) + second * np.sin(angle) for angle in angles]
    return [-normals, *((aside - normals) / np.sqrt(2) for aside in around)]


def _climbed(surface: _Surface, tree: cKDTree, places: Points, centres: Points) -> NDArray[np.float64]:
    """The largest radius met on the way from `centres` to the middle of the wall, among spheres that reach `places`."""
    radius = np.zeros(len(places))
    climbing = np.arange(len(places))
    for step in CLIMB_MM:
        free, nearest = tree.query(centres)
        offset, inward = centres - surface.points[nearest], -surface.normals[nearest]
        height = (offset * inward).sum(-1)
        outside = height < 0
        free = np.where(height > FACING * free, height, free)
        fits = ~outside & (np.linalg.norm(places[climbing] - centres, axis=1) <= free + REACH_MM)
        radius[climbing] = np.maximum(radius[climbing], np.where(fits, free, 0))
        away = np.where((outside | (free < NEAR_MM))[:, None], inward, offset / np.maximum(free, 1e-9)[:, None])
        thin = 2 * radius[climbing] < THICK_MM
        climbing, centres = climbing[thin], (centres + step * away)[thin]
    return radius


@dataclass(frozen=True, slots=True)
class _Triangles:
    """The corners (m, 3, 3) of m triangles, their unit normals (m, 3), and their doubled areas (m,) summed up."""

    corners: Points
    normals: Points
    cumulated: NDArray[np.float64]

    @classmethod
    def of(cls, body: Shell) -> _Triangles:
        corners = body.vertices[body.faces]
        crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        doubled = np.linalg.norm(crosses, axis=1)
        return cls(corners, crosses / np.maximum(doubled[:, None], 1e-12), np.cumsum(doubled))

    @property
    def area(self) -> float:
        return float(self.cumulated[-1]) / 2

    def sampled(self, count: int, random: np.random.Generator) -> tuple[Points, Points]:
        """Points spread evenly over the surface, and the normals of their triangles."""
        places = (np.arange(count) + random.random(count)) * (self.cumulated[-1] / count)
        chosen = np.minimum(np.searchsorted(self.cumulated, places), len(self.corners) - 1)
        u, v = random.random((2, count, 1))
        flipped = u + v > 1
        u, v = np.where(flipped, 1 - u, u), np.where(flipped, 1 - v, v)
        a, b, c = self.corners[chosen].transpose(1, 0, 2)
        return a + u * (b - a) + v * (c - a), self.normals[chosen]


def self_overlaps(body: Shell, slices: int = 40) -> float:
    """The area, in mm² over all of `slices` heights, that a slicer would meet more than once, or turned inside out.

    A slice's signed area counts a region as often as it is wound around; the area that is left after a union counts it
    once. Their difference is zero in every slice of a body that does not intersect itself.
    """
    solid = manifold_of(body.vertices, body.faces)
    low, high = body.vertices[:, 2].min(), body.vertices[:, 2].max()
    total = 0.0
    for height in np.linspace(low, high, slices + 2)[1:-1] + 1e-4:
        outline: CrossSection = solid.slice(float(height))
        united = CrossSection(outline.to_polygons(), FillRule.NonZero)
        total += abs(_signed_area(body, float(height)) - united.area())
    return total


def _signed_area(body: Shell, height: float) -> float:
    """Of the slice at that height, by Green's theorem over the segments in which it cuts the triangles."""
    above = body.vertices[:, 2] > height
    sides = above[body.faces]
    cut = sides.any(1) & ~sides.all(1)
    corners, sides = body.vertices[body.faces[cut]], sides[cut]
    lone = np.where(sides.sum(1) == 1, sides.argmax(1), (~sides).argmax(1))  # The corner alone on its side.
    row = np.arange(len(lone))
    tip = corners[row, lone]
    crossings = []
    for other in (1, 2):
        end = corners[row, (lone + other) % 3]
        share = (height - tip[:, 2]) / (end[:, 2] - tip[:, 2])
        crossings.append((tip + share[:, None] * (end - tip))[:, :2])
    (x0, y0), (x1, y1) = crossings[0].T, crossings[1].T
    direction = np.where(sides[row, lone], 1.0, -1.0)
    return float((direction * (x0 * y1 - x1 * y0)).sum() / 2)

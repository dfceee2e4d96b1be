"""What the denoiser is guided by: the first surface that each pixel sees, without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.render.edges import SHIFTS, edge_pixels
from core.generation.sculpt.render.surface import blend, surface_colour
from core.generation.sculpt.render.tracer import Hits, Tracer
from core.generation.sculpt.scene.description import Scene
from core.generation.sculpt.shapes import Plane

SKY = 0.5
"""Albedo where nothing is hit."""
FAR = 1e6


@dataclass(frozen=True, slots=True)
class Guides:
    """`albedo` (linear RGB) and `normals` towards the viewer, both (h, w, 3) float32; `depth` (h, w) in mm is
    measured along the direction of view.
    """

    albedo: NDArray[np.float32]
    normals: NDArray[np.float32]
    depth: Plane


def guides(scene: Scene) -> Guides:
    """One ray per pixel, and four at edges, so that they are as smooth as in the picture itself."""
    camera = scene.camera
    size = (camera.height, camera.width)
    tracer = Tracer([(item.vertices, item.faces) for item in scene.items])
    directions = camera.rays()
    hits = tracer.trace(camera.position, directions)
    albedo, normals = _seen(scene, hits, directions)
    depth = np.where(hits.item < 0, FAR, hits.distance * (directions @ camera.axes()[2]))
    edges = edge_pixels(hits, *size)
    albedo[edges] = normals[edges] = 0
    for shift in SHIFTS:
        again = camera.rays_through(edges, shift)
        colour, normal = _seen(scene, tracer.trace(camera.position, again), again)
        albedo[edges] += colour / len(SHIFTS)
        normals[edges] += normal / len(SHIFTS)
    return Guides(albedo.reshape(*size, 3), normals.reshape(*size, 3), depth.reshape(size).astype(np.float32))


def _seen(scene: Scene, hits: Hits, directions: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Albedo and unit normals (k, 3) where rays hit."""
    albedo = np.full((len(directions), 3), SKY, np.float32)
    normals = np.zeros((len(directions), 3), np.float32)
    for index, item in enumerate(scene.items):
        seen = np.flatnonzero(hits.item == index)
        corners, weights = item.faces[hits.triangle[seen]], hits.weights[seen]
        albedo[seen] = surface_colour(item, corners, weights)
        normals[seen] = hits.normals[seen] if item.normals is None else blend(item.normals, corners, weights)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-6
    normals *= -np.sign((normals * directions).sum(1, keepdims=True) + 1e-9)
    return albedo, normals

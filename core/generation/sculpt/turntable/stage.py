"""The turntable itself: a statue that can be looked at from any side in a tenth of a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.render.edges import SHIFTS, edge_pixels
from core.generation.sculpt.render.surface import blend, surface_colour
from core.generation.sculpt.render.tonemap import tone_map
from core.generation.sculpt.render.tracer import Hits, Tracer
from core.generation.sculpt.scene.description import RGB, Camera, Item, linear
from core.generation.sculpt.scene.framing import Frame, framed
from core.generation.sculpt.scene.studio import ELEVATION, size_of
from core.generation.sculpt.shapes import Image, Mask, Points
from core.generation.sculpt.turntable.baking import ambient_occlusion
from core.generation.sculpt.turntable.floor import Floor
from core.generation.sculpt.turntable.lighting import StudioLight, Surface

SHADOW_RAYS = 3
SHADOW_LIFT_MM = 0.4
LAMP_RADIUS = 0.73
"""The square lamp is sampled as a disc, against its half-size."""
SHADOW_BLUR = 2.2
"""Pixels, on the statue; it hides that a few rays sample the lamp."""
SEED = 0


@dataclass(frozen=True, slots=True)
class _Looks:
    """One item's values per vertex and its material's two numbers."""

    item: Item
    normals: NDArray[np.float32]
    ambient: NDArray[np.float32]
    gloss: float
    metallic: float


class Turntable:
    """Deferred shading: one ray finds the surface, a few tell whether the key light sees it, formulas do the rest."""

    def __init__(self, items: Sequence[Item], background: RGB, width: int, height: int) -> None:
        points = np.concatenate([item.vertices for item in items])
        size, tall = size_of(points), float(points[:, 2].max())
        self._tracer = Tracer([(item.vertices, item.faces) for item in items])
        shading = Tracer([*((item.vertices, item.faces) for item in items), _ground(size)])
        occlusion = ambient_occlusion(items, shading, tall)
        self._looks = [_looks_of(item, ambient) for item, ambient in zip(items, occlusion, strict=True)]
        self._camera = framed(_swept(points), Frame(width, height, side=0.07, top=0.08, bottom=0.10), ELEVATION)
        self._directions = self._camera.rays()
        paper = linear(background)
        self._light = StudioLight(size, paper)
        self._floor = Floor(paper, points, size, self._camera)
        self._size = size
        self._lamp_places = _lamp_places(width * height)

    def view(self, degrees: float) -> Image:
        """The statue turned by `degrees`, BGR bytes."""
        camera = self._camera
        turn = _rotation(degrees)
        directions = self._directions
        hits = self._hits(directions, turn)
        on_statue, on_floor = self._key_light(hits, directions, turn)
        colours = self._colours(hits, directions, turn, on_statue, on_floor)
        image = tone_map(colours.reshape(camera.height, camera.width, 3)).reshape(-1, 3)
        edges = edge_pixels(hits, camera.height, camera.width)
        finer = np.zeros((len(edges), 3), np.float32)
        for shift in SHIFTS:
            again = camera.rays_through(edges, shift)
            seen = self._hits(again, turn)
            finer += tone_map(self._colours(seen, again, turn, on_statue[edges], on_floor[edges]))
        image[edges] = np.rint(finer / len(SHIFTS))
        return image.reshape(camera.height, camera.width, 3)

    def _hits(self, directions: NDArray[np.float32], turn: NDArray[np.float32]) -> Hits:
        """What rays meet; they are turned back instead of turning the statue."""
        return self._tracer.trace(self._camera.position @ turn, directions @ turn)

    def _key_light(
        self, hits: Hits, directions: NDArray[np.float32], turn: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much of the key light each pixel's statue and floor see, smoothed separately."""
        statue = hits.item >= 0
        eye = self._camera.position.astype(np.float32)
        floor_places, floor = self._floor.places(directions)
        places = np.where(statue[:, None], eye + directions * hits.distance[:, None], floor_places)
        asked = np.flatnonzero(statue | (floor & self._floor.may_be_shaded(floor_places, self._light.key_position)))
        lift = np.float32(SHADOW_LIFT_MM * self._size) * self._light.to_key
        lit = np.ones(len(statue), np.float32)
        lit[asked] = self._lit((places[asked] + lift) @ turn, asked, turn)
        shape = (self._camera.height, self._camera.width)
        on_statue = _blurred_within(lit, statue, SHADOW_BLUR, shape)
        return on_statue, _blurred_within(lit, ~statue, 1.6 * SHADOW_BLUR, shape)

    def _lit(
        self, origins: NDArray[np.float32], pixels: NDArray[np.int64], turn: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The share of the key light's lamp that places (turned back, like all rays) see."""
        across, along = (axis @ turn for axis in self._light.key_axes())
        to_lamp = self._light.key_position @ turn - origins
        free = np.zeros(len(origins), np.float32)
        for ray in range(SHADOW_RAYS):
            x, y = self._lamp_places[ray, :, pixels].T
            free += ~self._tracer.blocked(origins, to_lamp + x[:, None] * across + y[:, None] * along)
        return free / SHADOW_RAYS

    def _colours(
        self,
        hits: Hits,
        directions: NDArray[np.float32],
        turn: NDArray[np.float32],
        on_statue: NDArray[np.float32],
        on_floor: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Linear light (k, 3) along rays."""
        colours = self._floor.colours(directions, turn, on_floor)
        for index, looks in enumerate(self._looks):
            seen = np.flatnonzero(hits.item == index)
            if len(seen):
                surface = _surface(looks, hits, seen, directions, turn, on_statue)
                colours[seen] = self._light.shade(surface)
        return colours


def _surface(
    looks: _Looks,
    hits: Hits,
    seen: NDArray[np.int64],
    directions: NDArray[np.float32],
    turn: NDArray[np.float32],
    key_light: NDArray[np.float32],
) -> Surface:
    corners, weights = looks.item.faces[hits.triangle[seen]], hits.weights[seen]
    normals = blend(looks.normals, corners, weights) @ turn.T
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return Surface(
        albedo=surface_colour(looks.item, corners, weights),
        normals=normals,
        to_viewer=-directions[seen],
        ambient=blend(looks.ambient, corners, weights),
        key_light=key_light[seen],
        gloss=np.full(len(seen), looks.gloss, np.float32),
        metallic=np.full(len(seen), looks.metallic, np.float32),
    )


def _looks_of(item: Item, ambient: NDArray[np.float32]) -> _Looks:
    if item.normals is None:
        raise ValueError(f"{item.name} has no normals")
    gloss = 0.35 + 0.65 * float(np.clip((0.6 - item.material.roughness) / 0.3, 0, 1))
    return _Looks(item, item.normals.astype(np.float32), ambient, gloss, item.material.metallic)


def _lamp_places(pixels: int) -> NDArray[np.float32]:
    """For each shadow ray and pixel a place (SHADOW_RAYS, 2, pixels) on a lamp of half-size 1, turned at random."""
    start = 2 * np.pi * np.random.default_rng(SEED).random(pixels)
    ray = np.arange(SHADOW_RAYS)[:, None]
    angle = start + 2 * np.pi * ray / SHADOW_RAYS
    radius = LAMP_RADIUS * np.sqrt((ray + 0.5) / SHADOW_RAYS)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


def _ground(size: float) -> tuple[Points, NDArray[np.int64]]:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float64) * 3000 * size
    return corners, np.array([[0, 1, 2], [0, 2, 3]])


def _swept(points: Points) -> Points:
    """Rings around everything that the points reach in one turn."""
    levels = np.linspace(points[:, 2].min(), points[:, 2].max(), 17)
    level = np.clip(np.digitize(points[:, 2], levels) - 1, 0, len(levels) - 2)
    radius = np.zeros(len(levels) - 1)
    np.maximum.at(radius, level, np.hypot(points[:, 0], points[:, 1]))
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    edges = [(radius[i], levels[j]) for i in range(len(radius)) for j in (i, i + 1)]
    return np.concatenate([np.insert(ring * r, 2, z, axis=1) for r, z in edges])


def _rotation(degrees: float) -> NDArray[np.float32]:
    angle = np.radians(degrees)
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], np.float32)


def _blurred_within(
    values: NDArray[np.float32], where: Mask, sigma: float, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """A Gaussian blur that takes values from `where` alone."""
    weight = where.reshape(shape).astype(np.float32)
    total = cv2.GaussianBlur(values.reshape(shape) * weight, (0, 0), sigma)
    return np.asarray(total / (cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3), np.float32).ravel()

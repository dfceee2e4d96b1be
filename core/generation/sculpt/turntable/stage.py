"""The turntable itself: a statue that can be looked at from any side in a tenth of a second."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.render.edges import SHIFTS, edge_pixels
from core.generation.sculpt.render.surface import blend, surface_colour
from core.generation.sculpt.render.tonemap import tone_map
from core.generation.sculpt.render.tracer import Hits
from core.generation.sculpt.scene.description import RGB, Item, linear
from core.generation.sculpt.scene.framing import Frame, framed
from core.generation.sculpt.scene.studio import ELEVATION
from core.generation.sculpt.shapes import Image, Mask, Points
from core.generation.sculpt.turntable.baking import Baked
from core.generation.sculpt.turntable.floor import Floor, Paper
from core.generation.sculpt.turntable.lighting import StudioLight, Surface
from core.generation.sculpt.turntable.rotation import Rotation

SHADOW_RAYS = 3
SHADOW_LIFT_MM = 0.4
LAMP_RADIUS = 0.73
"""The square lamp is sampled as a disc, against its half-size."""
STATUE_BLUR, FLOOR_BLUR = 2.2, 3.5
"""Pixels, by which shadows are smoothed; it hides that a few rays sample the lamp."""
SEED = 0

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Looks:
    """One item's values per vertex and its material's two numbers."""

    item: Item
    normals: Values
    ambient: Values
    gloss: float
    metallic: float


class Turntable:
    """Deferred shading: one ray finds the surface, a few tell whether the key light sees it, formulas do the rest.

    Rays are turned back instead of turning the statue. `view` may be called from several threads.
    """

    def __init__(self, baked: Baked, background: RGB, width: int, height: int) -> None:
        points, size = baked.points, baked.size
        self._tracer = baked.tracer
        self._looks = [_looks_of(item, ambient) for item, ambient in zip(baked.items, baked.ambient, strict=True)]
        self._camera = framed(_swept(points), Frame(width, height, side=0.07, top=0.08, bottom=0.10), ELEVATION)
        self._eye = self._camera.position.astype(np.float32)
        self._directions = self._camera.rays()
        colour = linear(background)
        self._light = StudioLight(size, colour)
        self._lift = np.float32(SHADOW_LIFT_MM * size) * self._light.to_key
        self._lamp_places = _lamp_places(width * height)
        self._floor = Floor(colour, points, size, self._camera, self._light.key_position)
        self._paper = self._floor.seen(self._directions)

    def view(self, degrees: float) -> Image:
        """The statue turned by `degrees`, BGR bytes."""
        turn, size = Rotation(degrees), (self._camera.height, self._camera.width)
        hits = self._hits(self._directions, turn)
        on_statue, on_floor = self._key_light(hits, turn)
        image = tone_map(self._colours(hits, self._directions, self._paper, turn, on_statue, on_floor))
        edges = edge_pixels(hits, *size)
        finer = np.zeros((len(edges), 3), np.float32)
        for shift in SHIFTS:
            again = self._camera.rays_through(edges, shift)
            seen, paper = self._hits(again, turn), self._floor.seen(again)
            finer += tone_map(self._colours(seen, again, paper, turn, on_statue[edges], on_floor[edges]))
        image[edges] = np.rint(finer / len(SHIFTS))
        return image.reshape(*size, 3)

    def _hits(self, directions: Values, turn: Rotation) -> Hits:
        return self._tracer.trace(turn.back(self._eye), turn.back(directions))

    def _key_light(self, hits: Hits, turn: Rotation) -> tuple[Values, Values]:
        """How much of the key light each pixel's statue and floor see, smoothed separately."""
        statue = hits.item >= 0
        asked = np.flatnonzero(statue | self._paper.shadowed)
        on_statue = statue[asked, None]
        surface = self._eye + self._directions[asked] * hits.distance[asked, None]
        places = np.where(on_statue, surface, self._paper.places[asked])
        lit = np.ones(len(statue), np.float32)
        lit[asked] = self._lit(turn.back(places + self._lift), asked, turn)
        shape = (self._camera.height, self._camera.width)
        return _blurred_within(lit, statue, STATUE_BLUR, shape), _blurred_within(lit, ~statue, FLOOR_BLUR, shape)

    def _lit(self, origins: Values, pixels: NDArray[np.int64], turn: Rotation) -> Values:
        """The share of the key light's lamp that places (turned back) see."""
        across, along = (turn.back(axis) for axis in self._light.key_axes())
        to_lamp = turn.back(self._light.key_position) - origins
        free = np.zeros(len(origins), np.float32)
        for ray in range(SHADOW_RAYS):
            x, y = self._lamp_places[ray, :, pixels].T
            free += ~self._tracer.blocked(origins, to_lamp + x[:, None] * across + y[:, None] * along)
        return free / np.float32(SHADOW_RAYS)

    def _colours(
        self, hits: Hits, directions: Values, paper: Paper, turn: Rotation, on_statue: Values, on_floor: Values
    ) -> Values:
        """Linear light (k, 3) along rays; the last two say how much of the key light arrives."""
        colours = self._floor.colours(paper, turn, on_floor)
        for index, looks in enumerate(self._looks):
            seen = np.flatnonzero(hits.item == index)
            if len(seen):
                colours[seen] = self._light.shade(_surface(looks, hits, seen, directions, turn, on_statue))
        return colours


def _surface(
    looks: _Looks, hits: Hits, seen: NDArray[np.int64], directions: Values, turn: Rotation, key_light: Values
) -> Surface:
    corners, weights = looks.item.faces[hits.triangle[seen]], hits.weights[seen]
    normals = turn.forth(blend(looks.normals, corners, weights))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + np.float32(1e-9)
    return Surface(
        albedo=surface_colour(looks.item, corners, weights),
        normals=normals,
        to_viewer=-directions[seen],
        ambient=blend(looks.ambient, corners, weights),
        key_light=key_light[seen],
        gloss=looks.gloss,
        metallic=looks.metallic,
    )


def _looks_of(item: Item, ambient: Values) -> _Looks:
    if item.normals is None:
        raise ValueError(f"{item.name} has no normals")
    gloss = 0.35 + 0.65 * float(np.clip((0.6 - item.material.roughness) / 0.3, 0, 1))
    return _Looks(item, item.normals.astype(np.float32), ambient, gloss, item.material.metallic)


def _lamp_places(pixels: int) -> Values:
    """For each shadow ray and pixel a place (SHADOW_RAYS, 2, pixels) on a lamp of half-size 1, turned at random."""
    start = 2 * np.pi * np.random.default_rng(SEED).random(pixels)
    ray = np.arange(SHADOW_RAYS)[:, None]
    angle = start + 2 * np.pi * ray / SHADOW_RAYS
    radius = LAMP_RADIUS * np.sqrt((ray + 0.5) / SHADOW_RAYS)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


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


def _blurred_within(values: Values, where: Mask, sigma: float, shape: tuple[int, int]) -> Values:
    """A Gaussian blur that takes values from `where` alone."""
    weight = where.reshape(shape).astype(np.float32)
    total = cv2.GaussianBlur(values.reshape(shape) * weight, (0, 0), sigma)
    return np.asarray(total / (cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3), np.float32).ravel()

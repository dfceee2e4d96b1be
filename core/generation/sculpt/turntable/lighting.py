"""How the turntable lights a point: the studio's three lamps as closed formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.scene.studio import lights

Vectors = NDArray[np.float32]
"""(k, 3) float32."""

KEY_COLOUR = np.array([1.00, 0.95, 0.88], np.float32)
FILL_COLOUR = np.array([0.85, 1.00, 1.20], np.float32)
SKY_COLOUR = np.array([0.95, 0.98, 1.05], np.float32)
KEY, FILL, RIM, SKY, SKY_SLOPE, BOUNCE = 1.75, 0.42, 0.55, 0.42, 0.20, 0.14
KEY_SPEC, FILL_SPEC, RIM_SPEC, SKY_SPEC = 7.0, 2.2, 4.0, 0.55
METAL_SPEC = 5.0
"""How much stronger a metal mirrors the lamps and the room."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What is known of k places: linear colours, unit normals, unit vectors towards the viewer, occlusion (0 to 1),
    and how much of the key light's lamp they see (0 to 1). `gloss` and `metallic` are the material's.
    """

    albedo: Vectors
    normals: Vectors
    to_viewer: Vectors
    ambient: NDArray[np.float32]
    key_light: NDArray[np.float32]
    gloss: float
    metallic: float


class StudioLight:
    """The studio's light on a statue that is `size` times as large as usual, before a background (linear RGB)."""

    def __init__(self, size: float, background: Vectors) -> None:
        key, fill, rim = lights(size)
        self.key_position = np.asarray(key.position, np.float32)
        self.key_half_size = np.float32(key.half_size)
        self._key, self._fill, self._rim = (
            _unit(np.asarray(light.position - light.target, np.float32)) for light in (key, fill, rim)
        )
        self._background = background

    @property
    def to_key(self) -> Vectors:
        """Unit vector towards the key light."""
        return self._key

    def key_axes(self) -> tuple[Vectors, Vectors]:
        """The two directions along the key lamp, as long as half its side."""
        across = _unit(np.cross(self._key, np.array([0, 0, 1], np.float32)))
        return across * self.key_half_size, np.cross(across, self._key) * self.key_half_size

    def shade(self, surface: Surface) -> Vectors:
        """The light (k, 3) that the places send to the viewer."""
        albedo, metallic = surface.albedo, np.float32(surface.metallic)
        diffuse = albedo * self._diffuse(surface) * (1 - 0.6 * metallic)
        tint = 1 - metallic + albedo * metallic
        mirrored = (self._mirrored(surface) * np.float32(surface.gloss * (1 + METAL_SPEC * surface.metallic)))[:, None]
        return np.asarray(diffuse + tint * mirrored, np.float32)

    def _diffuse(self, surface: Surface) -> Vectors:
        normals, ambient = surface.normals, surface.ambient**1.3
        key, fill, rim = (np.maximum(normals @ light, 0) for light in (self._key, self._fill, self._rim))
        up = normals[:, 2]
        light = (KEY * key * surface.key_light * (0.4 + 0.6 * ambient))[:, None] * KEY_COLOUR
        light += (FILL * fill * ambient)[:, None] * FILL_COLOUR + (RIM * rim * ambient)[:, None]
        light += (ambient * (SKY + SKY_SLOPE * up))[:, None] * SKY_COLOUR
        light += (BOUNCE * ambient * (0.5 - 0.5 * up))[:, None] * self._background
        return np.asarray(light, np.float32)

    def _mirrored(self, surface: Surface) -> NDArray[np.float32]:
        """Schlick's Fresnel times the lamps and the room as the mirrored ray sees them, with soft rims."""
        facing = np.clip((surface.normals * surface.to_viewer).sum(1), 0, 1)
        mirror = 2 * facing[:, None] * surface.normals - surface.to_viewer
        fresnel = np.minimum(0.04 + 0.96 * (1 - facing) ** 5, 0.35)
        room = SKY_SPEC * (0.6 + 0.4 * mirror[:, 2]) * surface.ambient**1.3
        lamps = KEY_SPEC * _lamp(mirror @ self._key, 0.90, 0.965) * surface.key_light
        lamps += FILL_SPEC * _lamp(mirror @ self._fill, 0.86, 0.95) + RIM_SPEC * _lamp(mirror @ self._rim, 0.92, 0.97)
        return np.asarray(fresnel * (lamps + room), np.float32)


def _lamp(cosine: NDArray[np.float32], outer: float, inner: float) -> NDArray[np.float32]:
    return np.asarray(np.clip((cosine - outer) / (inner - outer), 0, 1) ** 2, np.float32)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)

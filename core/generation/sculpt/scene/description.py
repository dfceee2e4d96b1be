"""The words a scene is described with. Lengths in mm, z up, the viewer at negative y; colours linear RGB."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Faces, Image, Points

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera. `field_of_view` is the vertical angle in degrees; the picture is `width` by `height` pixels.

    `lens` is the radius of its opening in mm; behind `focus` mm the picture gets soft. A lens of 0 shows all sharp.
    """

    position: Points
    target: Points
    field_of_view: float
    width: int
    height: int
    lens: float = 0.0
    focus: float = 1.0

    def axes(self) -> tuple[Points, Points, Points]:
        """Unit vectors to the right, up and into the picture."""
        forward = self.target - self.position
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        return right, np.cross(right, forward), forward

    def rays(self) -> NDArray[np.float32]:
        """Unit directions (height * width, 3) through the middles of the pixels, row by row."""
        return self.rays_through(np.arange(self.height * self.width))

    def rays_through(self, pixels: NDArray[np.int64], shift: tuple[float, float] = (0.5, 0.5)) -> NDArray[np.float32]:
        """Unit directions (k, 3) through pixels, counted row by row; `shift` is the place (x, y) within each."""
        right, up, forward = (axis.astype(np.float32) for axis in self.axes())
        half = np.tan(np.radians(self.field_of_view / 2))
        row, column = np.divmod(pixels, self.width)
        x = ((2 * (column + shift[0]) / self.width - 1) * half * self.width / self.height).astype(np.float32)
        y = ((1 - 2 * (row + shift[1]) / self.height) * half).astype(np.float32)
        directions = forward + x[:, None] * right + y[:, None] * up
        directions /= np.sqrt(1 + x * x + y * y)[:, None]
        return np.asarray(directions, np.float32)


@dataclass(frozen=True, slots=True)
class Light:
    """A square lamp at `position` that shines towards `target`; `half_size` is half its side."""

    position: Points
    target: Points
    half_size: float
    radiance: RGB


@dataclass(frozen=True, slots=True)
class Material:
    """Disney's principled material (Burley 2012), opaque."""

    roughness: float
    specular: float = 0.5
    metallic: float = 0.0
    clearcoat: float = 0.0
    clearcoat_gloss: float = 0.9


@dataclass(frozen=True, slots=True)
class Texture:
    """An sRGB picture (BGR bytes) and the place (n, 2) of every vertex in it, v upwards, 0 to 1."""

    image: Image
    uv: Points


@dataclass(frozen=True, slots=True)
class Item:
    """One surface. Without `normals` its triangles are flat.

    `paint` is one colour, a colour (n, 3) per vertex, both linear RGB, or a texture.
    """

    name: str
    vertices: Points
    faces: Faces
    normals: Points | None
    material: Material
    paint: RGB | NDArray[np.float32] | Texture


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a renderer needs."""

    camera: Camera
    items: tuple[Item, ...]
    lights: tuple[Light, ...]
    ambient: RGB = field(default=(0.42, 0.43, 0.46))


def linear(srgb: NDArray[np.floating] | RGB) -> NDArray[np.float32]:
    """sRGB, 0 to 1, to linear light (IEC 61966-2-1)."""
    value = np.clip(np.asarray(srgb, np.float32), 0, 1)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_rgb(srgb: RGB) -> RGB:
    """`linear` of one colour."""
    red, green, blue = (float(value) for value in linear(srgb))
    return red, green, blue

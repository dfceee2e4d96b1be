"""A photographer's studio: a paper sweep without a horizon, a key light, a cool fill and a rim light."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.scene.description import Item, Light, Material, Scene, linear_rgb
from core.generation.sculpt.scene.framing import Frame, framed
from core.generation.sculpt.scene.statue import turned
from core.generation.sculpt.shapes import Mesh, Points
from core.generation.sculpt.solid.meshing import vertex_normals
from core.generation.styles import Sculpt

YAW = -14.0
"""The figurine is turned a little to its right, in degrees, so that its depth shows."""
ELEVATION = 8.5
PAPER = Material(roughness=1.0, specular=0.0)
USUAL_SIZE_MM = 100.0
"""The set is built for a statue of this size and grows with larger ones."""


def studio(items: tuple[Item, ...], sculpt: Sculpt, palette: Palette, width: int, height: int) -> Scene:
    """The statue's items in the studio, photographed from the front."""
    statue = tuple(turned(item, YAW) for item in items)
    points = np.concatenate([item.vertices for item in statue])
    size = size_of(points)
    frame = Frame(width, height, side=0.10, top=0.10, bottom=0.12)
    return Scene(
        camera=framed(points, frame, ELEVATION),
        items=(*statue, sweep(size, sculpt.scene.background or palette.background)),
        lights=lights(size),
    )


def size_of(points: Points) -> float:
    """How much larger than usual a statue is."""
    return float(max(points[:, 2].max(), 2 * np.abs(points[:, :2]).max()) / USUAL_SIZE_MM)


def lights(size: float) -> tuple[Light, ...]:
    """Key from the upper left, fill from the right, rim from behind."""
    middle = np.array([0.0, 0.0, 50.0])

    def light(position: tuple[float, float, float], half_size: float, radiance: tuple[float, float, float]) -> Light:
        return Light(np.array(position) * size, middle * size, half_size * size, radiance)

    return (
        light((-170, -230, 300), 85, (13.5, 12.6, 11.4)),
        light((260, -190, 150), 100, (2.2, 2.6, 3.2)),
        light((150, 190, 230), 45, (16, 15, 15)),
    )


def sweep(size: float, srgb: tuple[float, float, float]) -> Item:
    """Floor, a curved corner and wall in one piece."""
    depth, wide, high, radius, front = 520.0, 900.0, 700.0, 150.0, -420.0
    arc = np.linspace(0, np.pi / 2, 25)
    corner = np.stack([depth - radius + radius * np.sin(arc), radius - radius * np.cos(arc)], axis=1)
    profile = np.concatenate([[(front, 0.0)], corner, [(depth, high)]]) * size
    left = np.insert(profile, 0, -wide * size, axis=1)
    right = np.insert(profile, 0, wide * size, axis=1)
    vertices = np.stack([left, right], axis=1).reshape(-1, 3)
    first = 2 * np.arange(len(profile) - 1)[:, None]
    faces = np.concatenate([first + np.array([0, 1, 3]), first + np.array([0, 3, 2])])
    mesh = Mesh(vertices, faces, vertex_normals(vertices, faces))
    return Item("sweep", mesh.vertices, mesh.faces, mesh.normals, PAPER, linear_rgb(srgb))

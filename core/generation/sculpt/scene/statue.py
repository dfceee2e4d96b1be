"""The statue as surfaces with materials: the same in the picture and on the turntable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.creases import creased
from core.generation.sculpt.scene.description import Item, Material, Texture, linear, linear_rgb
from core.generation.sculpt.shapes import Image, Points, Shell, Skin, Statue
from core.generation.styles import Finish, Sculpt

STAND = Material(roughness=0.22, specular=0.6, clearcoat=0.8, clearcoat_gloss=0.95)
LETTERING = Material(roughness=0.30, metallic=0.85)


def statue_items(statue: Statue, texture: Image, sculpt: Sculpt, palette: Palette) -> tuple[Item, ...]:
    """Figure, stand and lettering, unturned."""
    material = _material(sculpt.finish)
    items = [
        _part(statue.skin, "figure-photo", statue.skin.photographed, material, texture),
        _part(statue.skin, "figure-paint", ~statue.skin.photographed, material, None),
        _plain("stand", statue.stand, STAND, sculpt.base.colour or palette.stand),
    ]
    if statue.lettering is not None:
        items.append(_plain("lettering", statue.lettering, LETTERING, sculpt.base.lettering))
    return tuple(item for item in items if len(item.faces))


def turned(item: Item, degrees: float) -> Item:
    """The item turned about the vertical axis, anticlockwise seen from above."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])

    def apply(vectors: Points) -> Points:
        return np.asarray(vectors @ turn.T, np.float64)

    normals = None if item.normals is None else apply(item.normals)
    return Item(item.name, apply(item.vertices), item.faces, normals, item.material, item.paint)


def _material(finish: Finish) -> Material:
    return Material(
        roughness=finish.roughness, metallic=finish.metallic, clearcoat=finish.clearcoat, clearcoat_gloss=0.88
    )


def _part(skin: Skin, name: str, triangles: NDArray[np.bool_], material: Material, texture: Image | None) -> Item:
    """Some of the skin's triangles with the vertices that they use."""
    faces = skin.mesh.faces[triangles]
    used, renumbered = np.unique(faces, return_inverse=True)
    painted = linear(skin.colours[used][:, ::-1] / 255) if texture is None else Texture(texture, skin.uv[used])
    mesh = skin.mesh
    return Item(name, mesh.vertices[used], renumbered.reshape(-1, 3), mesh.normals[used], material, painted)


def _plain(name: str, shell: Shell, material: Material, srgb: tuple[float, float, float]) -> Item:
    mesh = creased(shell)
    return Item(name, mesh.vertices, mesh.faces, mesh.normals, material, linear_rgb(srgb))

"""A small statue that tests of pictures look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import trimesh

from core.generation.sculpt.colour.palette import Palette, palette
from core.generation.sculpt.scene.description import Item
from core.generation.sculpt.scene.statue import statue_items
from core.generation.sculpt.shapes import Image, Mesh, Plane, Shell, Skin, Statue
from core.generation.styles import style


@dataclass(frozen=True)
class Ball:
    """A ball on a disc, its front photographed, with everything that pictures of it need."""

    statue: Statue
    texture: Image
    alpha: Plane
    palette: Palette
    items: tuple[Item, ...]


@pytest.fixture(scope="session")
def ball() -> Ball:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=30)
    vertices = np.asarray(sphere.vertices) + np.array([0, 0, 40])
    faces = np.asarray(sphere.faces, np.int64)
    normals = np.asarray(sphere.vertices) / 30
    uv = np.stack([vertices[:, 0] / 60 + 0.5, (vertices[:, 2] - 10) / 60], axis=1)
    colours = np.tile(np.float32([40, 180, 60]), (len(vertices), 1))
    front = (vertices[faces][:, :, 1] < 0).all(1)
    disc = trimesh.creation.cylinder(radius=32, height=12, sections=96)
    stand = Shell(np.asarray(disc.vertices) + np.array([0, 0, 6]), np.asarray(disc.faces, np.int64))
    texture = np.zeros((120, 120, 3), np.uint8)
    texture[:, :60], texture[:, 60:] = (40, 40, 210), (200, 160, 40)
    alpha = np.ones((120, 120), np.float32)
    origin = np.ones(len(stand.faces), np.uint8)
    statue = Statue(Skin(Mesh(vertices, faces, normals), uv, colours, front), stand, None, stand, 32.0, 70.0, origin)
    colours_around = palette(texture, alpha)
    items = statue_items(statue, texture, style("chibi").sculpt, colours_around)
    return Ball(statue, texture, alpha, colours_around, items)

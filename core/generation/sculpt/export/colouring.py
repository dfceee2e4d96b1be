"""The colours of the printed body's triangles."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from core.generation.sculpt.imaging import lookup
from core.generation.sculpt.shapes import Colours, Image, Skin, Statue
from core.generation.sculpt.stand.mounting import LETTERING, STAND

Srgb = tuple[float, float, float]
"""Red, green, blue from 0 to 1."""


def skin_colours(skin: Skin, texture: Image) -> Colours:
    """What colour each vertex of the skin shows: the texture's where the photo looked, else its own."""
    shown = skin.colours.copy()
    seen = np.unique(skin.mesh.faces[skin.photographed])
    if not len(seen):
        return shown
    height, width = texture.shape[:2]
    x, y = skin.uv[seen, 0] * width - 0.5, (1 - skin.uv[seen, 1]) * height - 0.5
    shown[seen] = lookup(texture, x, y)
    return shown


def triangle_colours(statue: Statue, texture: Image, stand: Srgb, lettering: Srgb) -> Colours:
    """BGR, 0 to 255, for each triangle of the body (m, 3)."""
    middles = statue.body.vertices[statue.body.faces].mean(1)
    tree = cKDTree(statue.skin.mesh.vertices, balanced_tree=False, compact_nodes=False)
    _, nearest = tree.query(middles)
    colours = skin_colours(statue.skin, texture)[nearest]
    colours[statue.origin == STAND] = np.array(stand[::-1], np.float32) * 255
    colours[statue.origin == LETTERING] = np.array(lettering[::-1], np.float32) * 255
    return colours

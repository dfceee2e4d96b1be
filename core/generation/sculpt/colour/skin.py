"""From a sculpted figure and its painted picture to a coloured surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.layers import layers
from core.generation.sculpt.colour.materials import bronze, marble
from core.generation.sculpt.colour.vertices import colour_vertices
from core.generation.sculpt.shapes import Cutout, Image, Mesh, Points, Skin
from core.generation.sculpt.solid.figure import Solid
from core.generation.sculpt.solid.meshing import vertex_normals
from core.generation.styles import Sculpt


def skin(solid: Solid, cutout: Cutout, texture: Image, labels: NDArray[np.uint8], sculpt: Sculpt) -> Skin:
    """Colour a solid. `texture` is the painted picture of `cutout`, `labels` what `labels.label` says of it.

    The relief of hair, fur and folds becomes shape, unless the style cuts facets.
    """
    detail_mm = sculpt.surface.detail_mm
    colours, relief = colour_vertices(solid, texture, layers(texture, cutout.faces, labels), detail_mm)
    mesh = solid.mesh if sculpt.surface.facets else _raised(solid, relief)
    photographed = np.asarray(solid.photographed[solid.mesh.faces].all(1), np.bool_)
    if sculpt.paint.colours != "photo":
        photographed = np.zeros_like(photographed)
        colours = (marble if sculpt.paint.colours == "marble" else bronze)(solid, texture)
    return Skin(mesh, _texture_coordinates(solid.pixels, texture), colours, photographed)


def _raised(solid: Solid, relief: NDArray[np.float32]) -> Mesh:
    vertices = solid.mesh.vertices + solid.mesh.normals * relief[:, None]
    return Mesh(vertices, solid.mesh.faces, vertex_normals(vertices, solid.mesh.faces))


def _texture_coordinates(pixels: Points, texture: Image) -> Points:
    height, width = texture.shape[:2]
    return np.stack([(pixels[:, 0] + 0.5) / width, 1 - (pixels[:, 1] + 0.5) / height], axis=1)

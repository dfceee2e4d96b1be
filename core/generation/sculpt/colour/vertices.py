"""A colour and a fine relief for every vertex: the photo's where it looks, strands, fur and folds elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.frame import HALF
from core.generation.sculpt.colour.layers import Layers
from core.generation.sculpt.colour.noise import noise
from core.generation.sculpt.imaging import lookup, smoothstep
from core.generation.sculpt.shapes import Colours, Image, Points
from core.generation.sculpt.solid.figure import Head, Solid

Values = NDArray[np.float32]

DIFFUSION_STEPS = 28
"""How far the photo's colours flow over its border: about as many edges of the mesh."""
PULL = 0.12
"""How strongly the layer's colour holds against that flow."""
SOFT_STEPS = 6
STRAND_MM, FOLD_MM, WEAVE_MM = 0.16, 0.34, 0.04
HAIR_CONTRAST, CLOTH_CONTRAST, FUR_CONTRAST = 0.085, 0.10, 0.60
FUR_MM = 0.8


@dataclass(slots=True)
class _Texture:
    """Per vertex: `streak` is noise along hair, fur or weave, `contrast` how far it darkens, `relief` its height."""

    streak: Values
    contrast: Values
    relief: Values


def colour_vertices(solid: Solid, texture: Image, layers: Layers, relief_strength: float) -> tuple[Colours, Values]:
    """Colours (n, 3) and the relief (n,) in mm along the normals that goes with them.

    `texture` is the painted picture, `layers` come from it; `relief_strength` scales the relief (0.9 is usual). Both
    are for a figure 80 mm high; the relief is returned in the solid's own millimetres.
    """
    points = solid.mesh.vertices * (solid.grid.style_mm / solid.grid.voxel_mm)
    target, fine = _layered(solid, layers), _body_texture(points, layers, bool(solid.heads))
    for head in solid.heads:
        _dress_head(solid, layers, head, target, fine)
    colours = _flow_from_photo(solid, texture, target)
    unseen = _away_from_photo(solid)
    colours = colours * (1 + fine.contrast * fine.streak * unseen)[:, None]
    relief = fine.relief * unseen * relief_strength
    shadow = np.clip(1.1 * _hollowness(points, relief, solid), -0.10, 0.28) * unseen
    colours = np.clip(colours * (1 - shadow)[:, None], 0, 255).astype(np.float32)
    return colours, np.asarray(relief * (solid.grid.voxel_mm / solid.grid.style_mm), np.float32)


def _at_half(image: Values, solid: Solid) -> Values:
    return lookup(image, solid.pixels[:, 0] * HALF, solid.pixels[:, 1] * HALF)


def _layered(solid: Solid, layers: Layers) -> Values:
    """The body's layers, blended by how far a vertex faces the viewer."""
    facing = smoothstep(-solid.mesh.normals[:, 1], -0.15, 0.45)[:, None]
    blend = _at_half(layers.back_body, solid) * (1 - facing) + _at_half(layers.front_body, solid) * facing
    return np.asarray(blend, np.float32)


def _body_texture(points: Points, layers: Layers, person: bool) -> _Texture:
    """Fur for animals, folds for clothes; both run down and go round the figure without a seam."""
    x, y, z = points.T
    turn = np.arctan2(x, -y + 0.01) / (2 * np.pi)
    wobble = noise(turn * 97, z * 0.9, 21, columns=97)
    narrow = noise(turn * 229 + 0.7 * wobble, z * 0.8 + 60, 3, columns=229)
    broad = noise(turn * 44, z * 0.25 + y * 0.1 + 30, 8, columns=44)
    streak = 0.75 * narrow + 0.25 * broad
    fold = noise(x * 0.50 + z * 0.26 + 140, z * 0.30 - x * 0.16 + y * 0.45 + 99, 9)
    contrast = np.full(len(points), layers.liveliness * (CLOTH_CONTRAST if person else FUR_CONTRAST), np.float32)
    relief = FOLD_MM * fold + WEAVE_MM * streak if person else FUR_MM * layers.liveliness * streak
    return _Texture(streak, contrast, np.asarray(relief, np.float32))


def _dress_head(solid: Solid, layers: Layers, head: Head, target: Values, fine: _Texture) -> None:
    """Give a head's vertices their own layers and, behind the face, strands of hair."""
    cells = solid.grid.to_cells(solid.pixels)
    x, y = (cells - head.middle[:2]).T
    mine = solid.on_head & (np.hypot(x, y) < 1.6 * head.face_height)
    forward = (solid.depth / solid.grid.voxel_mm - head.centre_depth) / head.face_height
    face = smoothstep(forward, -0.06, 0.10)[:, None]
    blend = _at_half(layers.back_head, solid) * (1 - face) + _at_half(layers.front_head, solid) * face
    target[mine] = blend[mine]
    turn = np.arctan2(x, -(forward * head.face_height) + 1e-6) / (2 * np.pi)
    up = ((cells - head.chin[:2]) @ head.up[:2]) / head.face_height
    curl = 3 * np.sin(up * 5 + 2 * np.pi * turn)
    strands = noise(turn * 239 + curl, up * 16, 5, columns=239)
    hair = np.zeros(len(x), np.float32) if layers.bald else 1 - smoothstep(forward, 0.02, 0.14)
    _mix(fine, strands, np.asarray(hair, np.float32), _soft_mask(mine, solid))


def _mix(fine: _Texture, strands: Values, hair: Values, on_head: Values) -> None:
    """Replace cloth by strands on a head, in soft steps: a sudden one would be a groove."""
    fine.streak += (strands - fine.streak) * on_head
    fine.contrast += (HAIR_CONTRAST * hair - fine.contrast) * on_head
    fine.relief += (STRAND_MM * strands * hair - fine.relief) * on_head


def _soft_mask(mask: NDArray[np.bool_], solid: Solid) -> Values:
    soft = mask.astype(np.float32)
    for _ in range(SOFT_STEPS):
        soft = solid.smoother @ soft
    return np.asarray(soft, np.float32)


def _flow_from_photo(solid: Solid, texture: Image, target: Values) -> Values:
    """Join the invented colours to the photo's by diffusion over the mesh."""
    photo = lookup(cv2.GaussianBlur(texture, (0, 0), 1.2), solid.pixels[:, 0], solid.pixels[:, 1])
    seen = solid.photographed
    free = np.where(~seen)[0]
    mean = solid.smoother[free].astype(np.float32)
    colours = np.where(seen[:, None], photo, target).astype(np.float32)
    pulled = np.float32(PULL) * target[free]
    for _ in range(DIFFUSION_STEPS):
        colours[free] = (mean @ colours + pulled) / np.float32(1 + PULL)
    return colours


def _away_from_photo(solid: Solid) -> Values:
    """0 on and beside photographed vertices, 1 a few edges away."""
    unseen = (~solid.photographed).astype(np.float32)
    for _ in range(4):
        unseen = np.minimum(unseen, solid.smoother @ unseen)
    return np.asarray(unseen, np.float32)


def _hollowness(points: Points, relief: Values, solid: Solid) -> Values:
    """How far the surface lies below its surroundings, in mm: paint gathers there."""
    raised = points + solid.mesh.normals * relief[:, None]
    around = raised
    for _ in range(5):
        around = solid.smoother @ around
    return np.asarray(((around - raised) * solid.mesh.normals).sum(1), np.float32)

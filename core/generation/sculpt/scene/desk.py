"""A collector's desk: the figurine in front, its box behind at its side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.scene.box_art import BoxArt
from core.generation.sculpt.scene.description import RGB, Item, Light, Material, Scene, Texture
from core.generation.sculpt.scene.framing import Frame, framed, shape_in_view
from core.generation.sculpt.scene.statue import turned
from core.generation.sculpt.scene.studio import size_of, sweep
from core.generation.sculpt.scene.wood import wood
from core.generation.sculpt.shapes import Image, Points

ELEVATION, AZIMUTH = 11.0, 5.0
BOX_HEIGHT = 1.05
"""Against the statue's height."""
BOX_SHAPE = (0.72, 0.34)
"""The box's width and depth against its height."""
BOX_YAW = -13.0
YAW = 8.0
"""The figurine looks a little towards its box, in degrees."""
LENS_MM = 9.0
FOCUS_DEPTH = 0.3
"""How far behind the statue's middle the sharp zone ends, as a share of its depth to the back."""
CARD = Material(roughness=0.38, specular=0.5)
LACQUER = Material(roughness=0.34, specular=0.45)
LONG_SIDE, SHORT_SIDE = 1024, 819


def desk(items: tuple[Item, ...], art: BoxArt, palette: Palette, background: RGB | None) -> Scene:
    """The statue's items with their box. The picture is upright or wide, whichever shows them larger."""
    statue = tuple(turned(item, YAW) for item in items)
    points = np.concatenate([item.vertices for item in statue])
    size = size_of(points)
    box = _box(points, art)
    shown = np.concatenate([points, box.vertices])
    wide = shape_in_view(shown, ELEVATION, AZIMUTH) > 1.0
    picture = (LONG_SIDE, SHORT_SIDE) if wide else (SHORT_SIDE, LONG_SIDE)
    frame = Frame(*picture, side=0.06, top=0.11, bottom=0.13)
    camera = framed(shown, frame, ELEVATION, AZIMUTH)
    distance = float(np.linalg.norm(camera.target - camera.position))
    camera = replace(camera, lens=LENS_MM * size, focus=distance + FOCUS_DEPTH * float(points[:, 1].max()))
    return Scene(
        camera=camera,
        items=(*statue, box, _table(size), sweep(size, background or palette.background)),
        lights=_lights(size),
    )


def _lights(size: float) -> tuple[Light, ...]:
    """A warm window at the left, the room's light from the right, a lamp behind."""
    middle = np.array([20.0, 0.0, 50.0])

    def light(position: tuple[float, float, float], half_size: float, radiance: RGB) -> Light:
        return Light(np.array(position) * size, middle * size, half_size * size, radiance)

    return (
        light((-190, -230, 290), 85, (14.0, 12.6, 10.8)),
        light((280, -200, 150), 105, (2.2, 2.5, 3.0)),
        light((170, 210, 240), 45, (15, 14.5, 14)),
    )


def _table(size: float) -> Item:
    corners = np.array([[-520, -320, 0.05], [520, -320, 0.05], [520, 400, 0.05], [-520, 400, 0.05]])
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Item("desk", corners * size, faces, None, LACQUER, Texture(wood(), uv))


def _box(statue: Points, art: BoxArt) -> Item:
    """The box with its left edge just behind the statue's right side."""
    high = BOX_HEIGHT * float(statue[:, 2].max())
    wide, deep = (share * high for share in BOX_SHAPE)
    corners, uv, texture = _panels(wide, deep, high, art)
    faces = np.concatenate([4 * panel + np.array([[0, 1, 2], [0, 2, 3]]) for panel in range(len(corners) // 4)])
    item = turned(Item("box", corners, faces, None, CARD, Texture(texture, uv)), BOX_YAW)
    right, behind = float(statue[:, 0].max()), float(statue[:, 1].max())
    place = np.array([0.93 * right - item.vertices[:, 0].min(), 0.35 * behind + 0.62 * deep, 0.1])
    return Item(item.name, item.vertices + place, faces, None, CARD, item.paint)


def _panels(wide: float, deep: float, high: float, art: BoxArt) -> tuple[Points, Points, Image]:
    """Corners (20, 3) of front, right, back, left and lid, their places in one texture, and that texture."""
    x, y = wide / 2, deep / 2
    ring = np.array([(-x, -y), (x, -y), (x, y), (-x, y)])
    walls = []
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        walls.append([(*a, 0), (*b, 0), (*b, high), (*a, high)])
    lid = [(*corner, high) for corner in ring]
    front, side = art.front, art.side
    plain = np.full((len(front), 16, 3), np.rint(np.array(art.lid[::-1]) * 255), np.uint8)
    texture = np.ascontiguousarray(np.concatenate([front, side, plain], axis=1))
    edges = np.array([0, front.shape[1], front.shape[1] + side.shape[1]]) / texture.shape[1]
    front_uv = [(0, 0), (edges[1], 0), (edges[1], 1), (0, 1)]
    side_uv = [(edges[1], 0), (edges[2], 0), (edges[2], 1), (edges[1], 1)]
    plain_uv = [((edges[2] + 1) / 2, 0.5)] * 4
    uv = np.array([*front_uv, *side_uv, *plain_uv, *side_uv, *plain_uv], np.float64)
    return np.array([*walls, lid], np.float64).reshape(-1, 3), uv, texture

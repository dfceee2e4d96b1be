"""The shapes of stands, as solids of revolution and chamfered blocks. Every edge is chamfered or rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Points
from core.generation.sculpt.stand.lettering import Bend, band_section, filling, groove

SEGMENTS = 128
ROUND_STEPS = 9
READABLE = 1.5
"""How much of its radius a round band may be written on, so that all of it is seen from the front."""

BaseShape = Literal["disc", "puck", "block"]


@dataclass(frozen=True, slots=True)
class Pedestal:
    """A stand with its flat bottom at z = 0, centred: the solid, the letters' filling, its top and its half-sizes.

    `groove_id` is the number under which manifold3d remembers which triangles are the letters' grooves.
    """

    solid: Manifold
    filling: Manifold | None
    groove_id: int | None
    top: float
    half_width: float
    half_depth: float


@dataclass(frozen=True, slots=True)
class _Band:
    """Where the name goes: half-sizes of the wall, the height of its middle, its width and height in mm."""

    half_width: float
    half_depth: float
    middle: float
    width: float
    height: float


def pedestal(shape: BaseShape, half_width: float, half_depth: float, engraving: str, scale: float = 1.0) -> Pedestal:
    """A stand of that shape; `scale` is 1 for a figure of about 90 mm. See `clean_engraving` for the text.

    Raises:
        InvalidEngraving: a character is in none of the bundled fonts.
    """
    solid, band, top = _SHAPES[shape](half_width, half_depth, scale)
    section = band_section(engraving, band.width, band.height)
    if section.is_empty():
        return Pedestal(solid, None, None, top, half_width, half_depth)
    bend = _flat(band) if shape == "block" else _around(band)
    cut = groove(section, bend).as_original()
    return Pedestal(solid - cut, filling(section, bend), cut.original_id(), top, half_width, half_depth)


def _disc(half_width: float, half_depth: float, scale: float) -> tuple[Manifold, _Band, float]:
    """A rounded disc with a chamfered foot and an upright band above it."""
    height, rounding, setback = 11 * scale, 2.6 * scale, 1.4 * scale
    foot = 0.24 * height
    outline = [(0.0, 0.0), (half_width - 1.2, 0.0), (half_width, 1.2), (half_width, foot)]
    outline += [(half_width - setback, foot + setback), *_quarter(half_width - setback, height, rounding)]
    solid = _revolved([*outline, (0.0, height)], half_depth / half_width)
    low, high = foot + setback, height - rounding
    wall = half_width - setback
    ratio = half_depth / half_width
    return solid, _Band(wall, wall * ratio, (low + high) / 2 + 0.2, READABLE * wall, (high - low) * 0.98), height


def _puck(half_width: float, half_depth: float, scale: float) -> tuple[Manifold, _Band, float]:
    """A low cylinder, softly rounded above."""
    height, rounding = 8.5 * scale, 2.2 * scale
    outline = [(0.0, 0.0), (half_width - 0.9, 0.0), (half_width, 0.9), *_quarter(half_width, height, rounding)]
    solid = _revolved([*outline, (0.0, height)], half_depth / half_width)
    low, high = 0.9, height - rounding
    return solid, _Band(half_width, half_depth, (low + high) / 2, READABLE * half_width, (high - low) * 0.86), height


def _block(half_width: float, half_depth: float, scale: float) -> tuple[Manifold, _Band, float]:
    """A plinth of cut stone: a slab on a slightly wider one, all edges chamfered."""
    height, step = 13 * scale, 1.6 * scale
    foot = 0.28 * height
    lower = _chamfered(half_width, half_depth, 0.0, foot + 1, 0.9)
    upper = _chamfered(half_width - step, half_depth - step, foot - 1, height, 1.1 * scale)
    low, high = foot + 1.0, height - 1.1 * scale
    band = _Band(half_width - step, half_depth - step, (low + high) / 2, 1.8 * (half_width - step), (high - low) * 0.74)
    return lower + upper, band, height


_SHAPES = {"disc": _disc, "puck": _puck, "block": _block}


def column(radius: float, height: float) -> Manifold:
    """The turned socle of a classical bust, its foot at z = 0."""
    outline = [(0.0, 0.0), (radius * 1.25 - 0.8, 0.0), (radius * 1.25, 0.8), (radius * 1.25, height * 0.12)]
    outline.append((radius, height * 0.2))
    waist = np.linspace(0, 1, 14)[1:-1]
    outline += [(radius * (0.62 + 0.38 * (2 * t - 1) ** 2), height * (0.2 + 0.6 * t)) for t in waist]
    outline += [(radius, height * 0.8), (radius * 1.05, height * 0.86), (radius * 1.05, height), (0.0, height)]
    return _revolved(outline, 1.0)


def _quarter(radius: float, height: float, rounding: float) -> list[tuple[float, float]]:
    """The rounded upper edge of a disc."""
    angles = np.linspace(0, np.pi / 2, ROUND_STEPS)
    across = radius - rounding + rounding * np.cos(angles)
    return list(zip(across.tolist(), (height - rounding + rounding * np.sin(angles)).tolist(), strict=True))


def _revolved(outline: list[tuple[float, float]], depth_ratio: float) -> Manifold:
    turned = Manifold.revolve(CrossSection([np.array(outline)]), SEGMENTS)
    return turned.scale((1, depth_ratio, 1))


def _chamfered(half_width: float, half_depth: float, bottom: float, top: float, chamfer: float) -> Manifold:
    middle, half_height = (bottom + top) / 2, (top - bottom) / 2
    halves = np.array([half_width, half_depth, half_height])
    corners: list[Points] = []
    for axis in range(3):
        inset = np.full(3, chamfer)
        inset[axis] = 0
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
        corners.append(signs * (halves - inset))
    return Manifold.hull_points(np.concatenate(corners)).translate((0, 0, middle))


def _flat(band: _Band) -> Bend:
    """Onto the front face of a block."""

    def bend(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([points[:, 0], -band.half_depth - points[:, 2], points[:, 1] + band.middle])

    return bend


def _around(band: _Band) -> Bend:
    """Around the front of an elliptic wall, true to length along it."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 721)
    wall = np.column_stack([band.half_width * np.sin(angles), -band.half_depth * np.cos(angles)])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(wall, axis=0), axis=1))])
    length -= length[len(length) // 2]

    def bend(points: NDArray[np.float64]) -> NDArray[np.float64]:
        angle = np.interp(points[:, 0], length, angles)
        outward = np.column_stack([np.sin(angle) * band.half_depth, -np.cos(angle) * band.half_width])
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        x = band.half_width * np.sin(angle) + outward[:, 0] * points[:, 2]
        y = -band.half_depth * np.cos(angle) + outward[:, 1] * points[:, 2]
        return np.column_stack([x, y, points[:, 1] + band.middle])

    return bend

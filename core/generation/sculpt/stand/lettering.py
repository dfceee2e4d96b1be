"""Letters to engrave, to fill with colour and to draw."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from manifold3d import CrossSection, JoinType, Manifold
from numpy.typing import NDArray

from core.generation.sculpt.shapes import Image, Points
from core.generation.sculpt.stand.shaping import shape_text, text_bounds, text_section

DEPTH_MM = 0.55
"""How deep the grooves go. Their walls slope by 45 degrees, so that no thin ridge is left between two strokes."""
STEPS = 4
"""The sloping walls' terraces; each is finer than a printer's nozzle by far."""
LEAST_STROKE_MM = 0.62
"""Thinner strokes are drawn bolder, by up to `MOST_BOLDENING_MM` on each side."""
MOST_BOLDENING_MM = 0.14
OUTLINE_LOSS_MM = 0.012
"""Outlines may differ by this much from the font's."""
RECESS_MM = 0.08
"""The coloured filling stays this far below the surface."""
CAPITAL_EM = 0.714
"""Height of a capital letter."""
LONGEST_EDGE_MM = 0.9
"""Long edges are split before the letters are bent around the base."""

Bend = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Takes (n, 3) points (along the band, up the band, outwards) to where they lie on the base."""


def band_section(text: str, width_mm: float, height_mm: float) -> CrossSection:
    """The text in mm, centred at 0, as large as the band allows: capitals of 0.95 of its height, narrower if need be.

    Raises:
        InvalidEngraving: a character is in none of the bundled fonts.
    """
    section = text_section(text)
    if section.is_empty():
        return section
    left, bottom, right, top = section.bounds()
    scale = min(0.95 * height_mm / CAPITAL_EM, height_mm / (top - bottom), width_mm / (right - left))
    section = section.translate((-(left + right) / 2, -(bottom + top) / 2)).scale((scale, scale))
    return _bolder(section)


def _bolder(section: CrossSection) -> CrossSection:
    perimeter = sum(_length(contour) for contour in section.to_polygons())
    stroke = 2 * section.area() / max(perimeter, 1e-6)
    return _grown(section, float(np.clip((LEAST_STROKE_MM - stroke) / 2, 0, MOST_BOLDENING_MM)))


def _grown(section: CrossSection, by_mm: float) -> CrossSection:
    """The section with its rim moved outwards, and without points that no one could see."""
    return section.offset(by_mm, JoinType.Round, circular_segments=16).simplify(OUTLINE_LOSS_MM)


def _length(contour: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.diff(contour, axis=0, append=contour[:1]), axis=1).sum())


def groove(section: CrossSection, bend: Bend) -> Manifold:
    """What is cut out of the base: strokes with sloping walls, deepest in their middle."""
    step = DEPTH_MM / STEPS
    slices = [_slab(section, 0.0, 1.5)]
    for index in range(STEPS):
        narrower = _grown(section, -(index + 0.5) * step)
        slices.append(_slab(narrower, -(index + 1) * step, 0.5))
    return _bent(_union(slices), bend)


def filling(section: CrossSection, bend: Bend) -> Manifold:
    """The colour in the grooves, flush but for a small recess."""
    return _bent(_slab(_grown(section, -RECESS_MM), -DEPTH_MM - 0.3, DEPTH_MM + 0.3 - RECESS_MM), bend)


def _slab(section: CrossSection, bottom: float, height: float) -> Manifold:
    """The section between two heights; an empty one, which manifold3d can't extrude, is an empty solid."""
    return Manifold() if section.is_empty() else section.extrude(height).translate((0, 0, bottom))


def _union(solids: list[Manifold]) -> Manifold:
    whole = Manifold()
    for solid in solids:
        whole += solid
    return whole


def _bent(solid: Manifold, bend: Bend) -> Manifold:
    return solid.refine_to_length(LONGEST_EDGE_MM).warp_batch(bend)


def draw_text(
    image: Image,
    text: str,
    centre: tuple[float, float],
    height: float,
    width: float,
    colour: tuple[float, float, float],
) -> None:
    """Write into a BGR picture, anti-aliased: centred, capitals `height` pixels high, at most `width` pixels wide.

    Raises:
        InvalidEngraving: a character is in none of the bundled fonts.
    """
    polygons: list[Points] = shape_text(text)
    if not polygons:
        return
    left, bottom, right, top = text_bounds(polygons)
    scale = min(height / CAPITAL_EM, width / (right - left))
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    sixteenths = [
        np.round(((contour - middle) * (scale, -scale) + centre) * 16).astype(np.int32) for contour in polygons
    ]
    cv2.fillPoly(image, sixteenths, colour, cv2.LINE_AA, shift=4)

"""Text as outlines: runs by font and direction, shaped by HarfBuzz, flattened to polygons."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import uharfbuzz as hb
from manifold3d import CrossSection, FillRule, OpType

from core.errors import InvalidEngraving
from core.generation.sculpt.shapes import Points
from core.generation.sculpt.stand.bidi import levels, visual_order
from core.generation.sculpt.stand.engraving import MOST_CHARACTERS
from core.generation.sculpt.stand.typefaces import Typeface, typefaces

CURVE_STEPS = 6
"""Straight pieces per curve of an outline."""

Point = tuple[float, float]
Contours = list[list[Point]]


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    typeface: Typeface
    level: int


def shape_text(text: str) -> list[Points]:
    """Outlines of a line of text in em, y up, baseline at 0, from x = 0: outer contours anticlockwise, holes clockwise.

    The contours neither cross nor overlap, so any filling rule gives the same letters.

    Raises:
        InvalidEngraving: a character is in none of the bundled fonts.
    """
    return [np.asarray(contour, np.float64) for contour in text_section(text).to_polygons()]


def text_bounds(polygons: list[Points]) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is drawn; zeros where nothing is."""
    if not polygons:
        return 0.0, 0.0, 0.0, 0.0
    points = np.concatenate(polygons)
    (left, bottom), (right, top) = points.min(0), points.max(0)
    return float(left), float(bottom), float(right), float(top)


def text_section(text: str) -> CrossSection:
    """The same as a cross-section; see `shape_text`."""
    runs = _runs(text)
    glyphs: list[CrossSection] = []
    x = 0.0
    for index in visual_order([run.level for run in runs]):
        shaped, advance = _shaped(runs[index])
        glyphs += [glyph.translate((x, 0.0)) for glyph in shaped]
        x += advance
    return CrossSection.batch_boolean(glyphs, OpType.Add) if glyphs else CrossSection()


def _runs(text: str) -> list[_Run]:
    """Runs of one font and one direction, in the order of reading."""
    keys = list(zip(_chosen(text), levels(text), strict=True))
    runs, start = [], 0
    for (typeface, level), members in groupby(keys):
        end = start + len(list(members))
        runs.append(_Run(text[start:end], typeface, level))
        start = end
    return runs


def _chosen(text: str) -> list[Typeface]:
    """A font for each character: the one before goes on where it can."""
    chosen: list[Typeface] = []
    for character in text:
        candidates = (*chosen[-1:], *typefaces())
        typeface = next((face for face in candidates if face.has(character)), None)
        if typeface is None:
            raise InvalidEngraving(f"no font has U+{ord(character):04X}", limit=MOST_CHARACTERS)
        chosen.append(typeface)
    return chosen


def _shaped(run: _Run) -> tuple[list[CrossSection], float]:
    """The glyphs of a run from left to right, and its width, in em."""
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.language = "und"  # Otherwise HarfBuzz asks the process's locale.
    buffer.guess_segment_properties()
    hb.shape(run.typeface.font, buffer)
    scale = 1 / run.typeface.units
    glyphs, x = [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        place = ((x + position.x_offset) * scale, position.y_offset * scale)
        glyph = _outline(run.typeface, info.codepoint).scale((scale, scale)).translate(place)
        if not glyph.is_empty():
            glyphs.append(glyph)
        x += position.x_advance
    return glyphs, x * scale


def _outline(typeface: Typeface, glyph: int) -> CrossSection:
    """A glyph in font units. TrueType's outer contours run clockwise, so they are turned around."""
    contours: Contours = []
    typeface.font.draw_glyph(glyph, _drawing(), contours)
    turned = [np.asarray(contour[::-1], np.float64) for contour in contours if len(contour) > 2]
    return CrossSection(turned, FillRule.NonZero)


def _drawing() -> hb.DrawFuncs:
    """Callbacks that append what HarfBuzz draws to the contours handed to `draw_glyph`."""
    functions = hb.DrawFuncs()
    functions.set_move_to_func(_move_to)
    functions.set_line_to_func(_line_to)
    functions.set_quadratic_to_func(_quadratic_to)
    functions.set_cubic_to_func(_cubic_to)
    functions.set_close_path_func(_close_path)
    return functions


def _move_to(x: float, y: float, contours: Contours) -> None:
    contours.append([(x, y)])


def _line_to(x: float, y: float, contours: Contours) -> None:
    contours[-1].append((x, y))


def _quadratic_to(cx: float, cy: float, x: float, y: float, contours: Contours) -> None:
    _bezier([contours[-1][-1], (cx, cy), (x, y)], contours)


def _cubic_to(cx: float, cy: float, dx: float, dy: float, x: float, y: float, contours: Contours) -> None:
    _bezier([contours[-1][-1], (cx, cy), (dx, dy), (x, y)], contours)


def _close_path(contours: Contours) -> None:
    """Contours are closed by nature."""


def _bezier(control: list[Point], contours: Contours) -> None:
    """Flatten a curve by de Casteljau's construction."""
    t = np.linspace(0, 1, CURVE_STEPS + 1)[1:, None, None]
    points = np.asarray(control)[None]
    while points.shape[1] > 1:
        points = points[:, :-1] * (1 - t) + points[:, 1:] * t
    contours[-1].extend((float(x), float(y)) for x, y in points[:, 0])

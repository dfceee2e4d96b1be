"""The figure put on its stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from manifold3d import Manifold
from numpy.typing import NDArray

from core.generation.sculpt.manifolds import largest_piece, manifold_of, shell_of
from core.generation.sculpt.shapes import Points, Shell, Skin, Statue
from core.generation.sculpt.stand.bases import BaseShape, Pedestal, column, pedestal
from core.generation.sculpt.stand.engraving import clean_engraving
from core.generation.styles import Base

FIGURE, STAND, LETTERING = 0, 1, 2
"""Values of a statue's `origin`."""
USUAL_MM = 90.0
"""The whole height for which the bases' lengths were chosen."""
BASE_HEIGHT_MM = {"disc": 11.0, "puck": 8.5, "block": 13.0}
SINK_MM = 1.2
"""How deep the figure stands in its base."""
SOCLE_HEIGHT = 0.22
"""Height of a bust's column against that of the figure."""
SOCLE_SINK_MM = 4.5
"""How deep the column reaches into the bust."""
FOOT_MM, CUT_MM = 3.5, 1.2
"""What lies lower than this stands on the ground (of a bust on a socle: is its lower end)."""
WIDEST_MM = 58.0
DETAIL_LOSS_MM = 0.012
"""The printed body may differ from the shown one by this much; it saves half of its triangles."""
LEAST_EDGE_MM = 0.002
"""Shorter edges, which the union leaves, are collapsed: readers of files take their ends for one point."""


def figure_height(base: Base, bust: bool, height_mm: float) -> float:
    """How high the figure alone must be, so that it is `height_mm` high with its stand."""
    scale = _scale(height_mm)
    if bust and base.shape == "socle":
        return (height_mm - BASE_HEIGHT_MM["disc"] * scale) / (1 + SOCLE_HEIGHT)
    return height_mm - BASE_HEIGHT_MM[_shape(base)] * scale + SINK_MM


def mount(skin: Skin, bust: bool, base: Base, engraving: str, height_mm: float, shell: Shell | None = None) -> Statue:
    """Put the figure on its stand; the whole is `height_mm` high.

    `skin` is scaled to the height of `figure_height` exactly; it bounds a closed solid, unless `shell` does in its
    place (low poly, whose skin has split vertices). `bust` says whether the frame cuts the figure below.

    Raises:
        InvalidEngraving: the text is too long, or has a character that no bundled font has.
        OpenSurfaceError: the figure's triangles do not bound a solid.
    """
    text = clean_engraving(engraving)
    place = _fitted(skin.mesh.vertices, figure_height(base, bust, height_mm))
    vertices = place.of(skin.mesh.vertices)
    stand = _stand(vertices, bust, base, text, height_mm)
    vertices = vertices - stand.under
    figure = vertices if shell is None else place.of(shell.vertices) - stand.under
    faces = skin.mesh.faces if shell is None else shell.faces
    united = manifold_of(figure, faces).simplify(DETAIL_LOSS_MM) + stand.solid
    body = largest_piece(united).simplify(LEAST_EDGE_MM)
    return Statue(
        skin=replace(skin, mesh=replace(skin.mesh, vertices=vertices)),
        stand=shell_of(stand.solid),
        lettering=None if stand.filling is None else shell_of(stand.filling),
        body=shell_of(body),
        radius=stand.radius,
        height=height_mm,
        origin=_origin(body, stand),
    )


def _origin(body: Manifold, stand: _Stand) -> NDArray[np.uint8]:
    """Which solid each of the body's triangles comes from; manifold3d remembers it through all operations."""
    of_stand = {int(number) for number in stand.solid.to_mesh().run_original_id}
    mesh = body.to_mesh()
    ends = np.asarray(mesh.run_index, np.int64) // 3
    origins = [
        LETTERING if number == stand.groove_id else STAND if number in of_stand else FIGURE
        for number in np.asarray(mesh.run_original_id).tolist()
    ]
    return np.repeat(np.asarray(origins, np.uint8), ends[1:] - ends[:-1])


@dataclass(frozen=True, slots=True)
class _Placement:
    """A uniform scale after a move down."""

    lowest: float
    scale: float

    def of(self, vertices: Points) -> Points:
        return (vertices - (0, 0, self.lowest)) * self.scale


@dataclass(frozen=True, slots=True)
class _Stand:
    """A stand in the statue's place, and what has to be taken from the figure's coordinates to put it there."""

    solid: Manifold
    filling: Manifold | None
    groove_id: int | None
    under: Points
    radius: float


def _fitted(vertices: Points, height: float) -> _Placement:
    low, high = vertices[:, 2].min(), vertices[:, 2].max()
    return _Placement(float(low), float(height / (high - low)))


def _shape(base: Base) -> BaseShape:
    return "disc" if base.shape == "socle" else base.shape


def _scale(height_mm: float) -> float:
    return float(np.clip(height_mm / USUAL_MM, 0.6, 2.5))


def _stand(vertices: Points, bust: bool, base: Base, text: str, height_mm: float) -> _Stand:
    width, depth, height = np.ptp(vertices, axis=0)
    scale = _scale(height_mm)
    foot = vertices[vertices[:, 2] < (CUT_MM if bust and base.shape == "socle" else FOOT_MM) * scale, :2]
    centre = (foot.min(0) + foot.max(0)) / 2
    if bust and base.shape == "socle":
        return _on_socle(float(width), float(height), centre, text, scale)
    span = float(np.ptp(foot, axis=0).max())
    middle = vertices[:, :2].mean(0)
    needs_rod = not bust and (span < 0.22 * width or abs(middle[0] - centre[0]) > 0.20 * width)
    half_width = max(0.5 * span * (1.18 if bust else 1.35) + 3, 0.30 * height, 20.0 * scale)
    half_width = half_width if bust else min(half_width, WIDEST_MM * scale)
    if needs_rod:
        half_width, centre = max(half_width, 0.36 * width), middle
    oval = np.clip(max(0.5 * depth * 1.25 + 6, 0.24 * height) / half_width, 0.62, 1.0)
    block = pedestal(_shape(base), float(half_width), float(half_width * oval), text, scale)
    under = np.array([centre[0], centre[1], SINK_MM - block.top])
    solid = block.solid + _rod(vertices - under, scale) if needs_rod else block.solid
    return _Stand(solid, block.filling, block.groove_id, under, block.half_width)


def _on_socle(width: float, height: float, centre: Points, text: str, scale: float) -> _Stand:
    radius, column_height = 0.20 * width, SOCLE_HEIGHT * height
    foot: Pedestal = pedestal("disc", *(max(radius * 1.25 + 3.5 * scale, 17.0 * scale),) * 2, text, scale)
    shaft = column(radius, column_height + 0.5 + SOCLE_SINK_MM).translate((0, 0, foot.top - 0.5))
    under = np.array([centre[0], centre[1], -(foot.top + column_height)])
    return _Stand(foot.solid + shaft, foot.filling, foot.groove_id, under, foot.half_width)


def _rod(vertices: Points, scale: float) -> Manifold:
    """From the base up into the figure, where its feet alone would not carry it."""
    low, height = vertices[:, 2].min(), np.ptp(vertices[:, 2])
    top = low + 0.42 * height
    x, y = np.median(vertices[np.abs(vertices[:, 2] - top) < 4 * scale, :2], axis=0)
    return Manifold.cylinder(top - 2, 2.2 * scale, 1.8 * scale, 32).translate((x, y, 2.0))

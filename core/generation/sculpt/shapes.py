"""What the stages of the sculpt engine hand to one another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(height, width, 3) uint8, BGR."""
Plane = NDArray[np.float32]
"""(height, width) float32."""
Mask = NDArray[np.bool_]
"""(height, width) bool."""
Points = NDArray[np.float64]
"""(n, 2) or (n, 3) float64."""
Faces = NDArray[np.int64]
"""(n, 3) int64, indices of vertices, anticlockwise seen from outside."""
Colours = NDArray[np.float32]
"""(n, 3) float32, BGR, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face: 468 landmarks of MediaPipe's mesh as (x, y) in pixels, their depth in pixels (smaller is nearer),
    the centre of the detector's box and half its size in pixels.
    """

    landmarks: Points
    depth: NDArray[np.float64]
    centre: NDArray[np.float64]
    radius: float


@dataclass(frozen=True, slots=True)
class Pose:
    """33 joints of MediaPipe's pose: (x, y) in pixels, depth in pixels (smaller is nearer), visibility 0 to 1."""

    joints: Points
    depth: NDArray[np.float64]
    visibility: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edges:
    """Which edges of the photo cut the subject."""

    left: bool = False
    right: bool = False
    top: bool = False
    bottom: bool = False


@dataclass(frozen=True, slots=True)
class Cutout:
    """The subject, cropped with a margin: `image` BGR, `alpha` 0 to 1, people's faces (largest first) and pose."""

    image: Image
    alpha: Plane
    faces: tuple[Face, ...]
    pose: Pose | None
    edges: Edges


class Label(IntEnum):
    """What a pixel of the cut-out shows."""

    OUTSIDE = 0
    CLOTH = 1
    SKIN = 2
    HAIR = 3


@dataclass(frozen=True, slots=True)
class Mesh:
    """A surface: vertices in mm, triangles, unit normals of the vertices."""

    vertices: Points
    faces: Faces
    normals: Points


@dataclass(frozen=True, slots=True)
class Skin:
    """A coloured surface, ready to be shown.

    `uv` (n, 2) are texture coordinates with v upwards; `colours` (n, 3) are the vertices' own; `photographed` (m,) says
    of each triangle whether it shows the texture (true) or its vertices' colours (false).
    """

    mesh: Mesh
    uv: Points
    colours: Colours
    photographed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shell:
    """Triangles without colour, in mm."""

    vertices: Points
    faces: Faces


@dataclass(frozen=True, slots=True)
class Statue:
    """The figure on its stand, z = 0 on the table, x = y = 0 in the middle of the stand.

    `skin` is what one sees of the figure, `stand` and `lettering` what one sees below it; `body` is all of it united
    into one closed solid for the printer. `radius` is the stand's half-width, `height` the whole height, both in mm.
    `origin` says of each triangle of the body whether it is the figure's (0), the stand's (1) or a letter's groove (2).
    """

    skin: Skin
    stand: Shell
    lettering: Shell | None
    body: Shell
    radius: float
    height: float
    origin: NDArray[np.uint8]

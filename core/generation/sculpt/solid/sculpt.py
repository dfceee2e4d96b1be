"""The whole way from the cut-out to the solid."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.imaging import lookup
from core.generation.sculpt.shapes import Cutout, Face, Image, Label, Mesh, Plane, Points, Pose
from core.generation.sculpt.solid.body import body_parts
from core.generation.sculpt.solid.field import Field, Volume, soft_maximum, unite
from core.generation.sculpt.solid.figure import Solid
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.head import HeadPart, head_part
from core.generation.sculpt.solid.meshing import neighbour_mean, standing_pieces, surface_of, taubin, vertex_normals
from core.generation.sculpt.solid.plane import disc
from core.generation.sculpt.solid.relief import relief
from core.generation.sculpt.solid.silhouette import silhouette
from core.generation.sculpt.solid.walls import without_thin_walls
from core.generation.styles import Surface

STANDING_MM = 1.5
"""Pieces that end this near to the lowest one stand on the same ground."""
RIM_CELLS = 3
"""Creases and detail stay this far from the outline."""
RIM_REACH_CELLS = 9
RIM_SHARE, MOST_RIM_CELLS = 0.5, 7.0
"""The rim is rounded over this share of a part's half-width, and over so many cells at most."""
FACING = 0.30
"""A photographed vertex' normal points at least this much towards the viewer."""


def sculpt(
    cutout: Cutout, texture: Image, labels: NDArray[np.uint8], surface: Surface, height_mm: float, socle: bool
) -> Solid:
    """Sculpt the figure.

    `texture` is the painted picture, `labels` (at half its scale) holds a `Label` for each
    pixel. `height_mm` is the height of the figure alone, `socle` whether a bust ends in a classical curve.

    Raises:
        ValueError: nothing is left of the subject.
    """
    grid = Grid.around(cutout, height_mm, surface.voxel_mm)
    outline = silhouette(cutout, grid, surface.taper)
    faces = tuple(_face_in_cells(face, grid) for face in cutout.faces)
    creases, detail = relief(texture, grid, faces, surface.detail)
    heads = _heads(faces, outline, grid, labels, texture)
    pose = _pose_in_cells(cutout.pose, grid) if len(faces) < 2 else None
    body = body_parts(cutout, grid, outline, heads, creases * (outline > RIM_CELLS), pose, surface)
    field = unite(body + [head.part for head in heads], grid)
    distance = _clipped(field, outline, grid, cutout.edges.bottom, socle)
    distance = without_thin_walls(distance, grid.voxel_mm)
    detail = detail * np.clip(outline / RIM_CELLS, 0, 1) * np.float32(surface.detail_mm / grid.style_mm)
    return _solid(replace(field, distance=distance), outline, detail, heads, grid, surface, cutout.edges.bottom)


def _face_in_cells(face: Face, grid: Grid) -> Face:
    return Face(
        landmarks=grid.to_cells(face.landmarks),
        depth=face.depth * grid.cells_per_pixel,
        centre=grid.to_cells(face.centre),
        radius=face.radius * grid.cells_per_pixel,
    )


def _pose_in_cells(pose: Pose | None, grid: Grid) -> Pose | None:
    if pose is None:
        return None
    return Pose(grid.to_cells(pose.joints), pose.depth * grid.cells_per_pixel, pose.visibility)


def _heads(
    faces: tuple[Face, ...], outline: Plane, grid: Grid, labels: NDArray[np.uint8], texture: Image
) -> list[HeadPart]:
    full = cv2.resize(labels, (texture.shape[1], texture.shape[0]), interpolation=cv2.INTER_NEAREST)
    hair, cloth = (grid.sample((full == label).astype(np.float32)) for label in (Label.HAIR, Label.CLOTH))
    found = (head_part(face, outline, grid, hair, cloth) for face in faces)
    return [head for head in found if head is not None]


def _clipped(field: Field, outline: Plane, grid: Grid, bust: bool, socle: bool) -> Volume:
    """Clip by the exact silhouette, and a bust by its lower end."""
    distance = _rounded_rim(field.distance, outline)
    if not bust:
        return distance
    rows = np.arange(grid.rows, dtype=np.float32)[:, None, None]
    inside = np.where((outline > 0)[grid.cut_row - 2])[0]
    if not socle or not len(inside):
        return np.asarray(np.minimum(distance, grid.cut_row - rows), np.float32)
    middle, half_width = 0.5 * (inside.min() + inside.max()), 0.5 * np.ptp(inside) + 1
    columns = np.arange(grid.columns, dtype=np.float32)[None, :, None]
    layers = (np.arange(distance.shape[2], dtype=np.float32) + field.first_layer)[None, None]
    squared = ((columns - middle) / (half_width * 1.05)) ** 2 + (layers / (half_width * 0.75)) ** 2
    bowl = (grid.cut_row - 0.20 * grid.rows * np.minimum(squared, 1.6) - rows) * 0.8
    return np.asarray(np.minimum(distance, bowl), np.float32)


def _rounded_rim(distance: Volume, outline: Plane) -> Volume:
    """The smaller of both, but smoothly where the figure is wide: thick parts would end in a flat band at their rim."""
    wide = cv2.dilate(outline, disc(RIM_REACH_CELLS))
    softness = np.clip(RIM_SHARE * cv2.GaussianBlur(wide, (0, 0), 3.0), 0.5, MOST_RIM_CELLS)[..., None]
    rim = np.broadcast_to(outline[..., None], distance.shape)
    return -soft_maximum(-distance, -rim, softness)


def _solid(
    field: Field, outline: Plane, detail: Plane, heads: list[HeadPart], grid: Grid, surface: Surface, bust: bool
) -> Solid:
    vertices, faces = standing_pieces(*surface_of(field.distance), reach=grid.cells(STANDING_MM))
    smoother = neighbour_mean(faces, len(vertices))
    vertices = taubin(vertices, smoother, surface.smoothing)
    faces = faces[:, ::-1].copy()  # (row, column, layer) to (x, y, z) is a mirror image.
    row, column, layer = vertices.T
    depth = layer + field.first_layer
    placed = np.column_stack([column, -depth, -row])
    normals = vertex_normals(placed, faces)
    cells = np.clip(np.round(vertices).astype(int), 0, np.array(field.distance.shape) - 1)
    seen = _seen(field.distance, vertices, cells) & (normals[:, 1] < 0)
    placed[:, 1] -= lookup(detail, column, row) * seen * np.clip(-normals[:, 1] * 1.6, 0, 1)
    placed = _on_the_ground(placed * grid.voxel_mm, bust)
    normals = vertex_normals(placed, faces)
    photographed = seen & (normals[:, 1] < -FACING) & (lookup(outline, column, row) > grid.cells(1.3) * 0.45)
    return Solid(
        mesh=Mesh(placed, faces, normals),
        smoother=smoother,
        pixels=np.column_stack(grid.to_pixels(column, row)),
        depth=depth * grid.voxel_mm,
        photographed=photographed,
        on_head=field.heads[tuple(cells.T)],
        heads=tuple(head.place for head in heads),
        grid=grid,
        bust=bust,
    )


def _seen(field: Volume, vertices: Points, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a vertex is (about) the nearest to the viewer in its column."""
    inside = field > 0
    nearest = np.where(inside.any(2), field.shape[2] - 1 - np.argmax(inside[..., ::-1], 2), -1)
    return np.asarray(vertices[:, 2] > nearest[cells[:, 0], cells[:, 1]] - 2.2)


def _on_the_ground(vertices: Points, bust: bool) -> Points:
    """Lowest at z = 0; a bust's cut, or else the whole figure, in the middle of x."""
    lowest = vertices[:, 2].min()
    foot = vertices[vertices[:, 2] < lowest + 0.6, 0] if bust else vertices[:, 0]
    return vertices - (0.5 * (foot.min() + foot.max()), 0, lowest)

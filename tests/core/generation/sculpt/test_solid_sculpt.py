"""Whole solids: from drawn outlines, and from the sample photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.generation.sculpt.perception.cutout import cut_out
from core.generation.sculpt.perception.observation import observe
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.printable import is_closed, pieces
from core.generation.sculpt.shapes import Cutout, Edges
from core.generation.sculpt.solid.figure import Solid
from core.generation.sculpt.solid.sculpt import sculpt
from core.generation.styles import style

COARSE = style("collector").sculpt.surface.model_copy(update={"voxel_mm": 0.9})


def drawn(shape: str, edges: Edges | None = None) -> Cutout:
    mask = np.zeros((500, 400), np.uint8)
    if shape == "egg":
        cv2.ellipse(mask, (200, 250), (110, 190), 0, 0, 360, 1, -1)
    else:  # A torso that the frame cuts below.
        cv2.ellipse(mask, (200, 150), (70, 90), 0, 0, 360, 1, -1)
        cv2.ellipse(mask, (200, 500), (150, 260), 0, 0, 360, 1, -1)
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)
    return Cutout(np.full((500, 400, 3), 128, np.uint8), alpha.astype(np.float32), (), None, edges or Edges())


def made(cutout: Cutout, height_mm: float = 90.0, socle: bool = False) -> Solid:
    labels = (cv2.resize(cutout.alpha, None, fx=0.5, fy=0.5) > 0.5).astype(np.uint8)
    return sculpt(cutout, cutout.image, labels, COARSE, height_mm, socle)


@pytest.mark.parametrize("height_mm", [45.0, 90.0, 150.0])
def test_a_solid_is_closed_stands_on_the_ground_and_has_the_height_asked_for(height_mm: float) -> None:
    solid = made(drawn("egg"), height_mm)
    vertices, faces = solid.mesh.vertices, solid.mesh.faces
    assert is_closed(faces) and pieces(faces, len(vertices)) == 1
    assert vertices[:, 2].min() == 0
    assert np.ptp(vertices[:, 2]) == pytest.approx(height_mm, rel=0.03)
    volume = (
        np.einsum("ij,ij->i", vertices[faces[:, 0]], np.cross(vertices[faces[:, 1]], vertices[faces[:, 2]])).sum() / 6
    )
    assert volume > 0


def test_a_turned_thing_is_as_deep_as_it_is_wide() -> None:
    width, depth, _ = np.ptp(made(drawn("egg")).mesh.vertices, axis=0)
    assert 0.7 < depth / width < 1.1


def test_the_photo_is_shown_in_front_only_and_where_it_was_taken() -> None:
    solid = made(drawn("egg"))
    assert (solid.mesh.normals[solid.photographed, 1] < 0).all()
    assert 0.2 < solid.photographed.mean() < 0.6
    x, y = solid.pixels.T
    assert 80 < x.min() < 100 and 300 < x.max() < 320
    assert np.corrcoef(y, solid.mesh.vertices[:, 2])[0, 1] < -0.999
    assert np.corrcoef(solid.depth, -solid.mesh.vertices[:, 1])[0, 1] > 0.99


def test_a_smoothers_rows_are_means() -> None:
    solid = made(drawn("egg"))
    assert np.asarray(solid.smoother.sum(1)).ravel() == pytest.approx(1, abs=1e-5)


def test_a_bust_ends_flat_unless_it_gets_a_socle() -> None:
    cutout = drawn("bust", Edges(bottom=True))
    flat, curved = made(cutout).mesh.vertices, made(cutout, socle=True).mesh.vertices
    low_flat, low_curved = (vertices[vertices[:, 2] < 2] for vertices in (flat, curved))
    assert np.ptp(low_flat[:, 0]) > 2 * np.ptp(low_curved[:, 0])


def test_the_same_input_gives_the_same_mesh() -> None:
    first, second = made(drawn("egg")), made(drawn("egg"))
    assert np.array_equal(first.mesh.vertices, second.mesh.vertices)
    assert np.array_equal(first.mesh.faces, second.mesh.faces)


def test_a_portraits_head_is_round_and_its_nose_leads(photo_path: Callable[[str], Path], networks: Path) -> None:
    cutout = cut_out(observe(np.asarray(cv2.imread(str(photo_path("astronaut"))), np.uint8), Networks(networks)))
    solid = made(cutout)
    (head,) = solid.heads
    vertices = solid.mesh.vertices[solid.on_head]
    depth, height = np.ptp(vertices[:, 1]), np.ptp(vertices[:, 2])
    assert 0.6 < depth / height < 1.3
    nose = solid.grid.to_cells(cutout.faces[0].landmarks[1])
    tip = vertices[np.argmin(vertices[:, 1])]
    x, y = solid.grid.to_cells(solid.pixels[solid.on_head][np.argmin(vertices[:, 1])])
    assert np.hypot(x - nose[0], y - nose[1]) < 0.3 * head.face_height
    assert tip[1] == vertices[:, 1].min() and is_closed(solid.mesh.faces)

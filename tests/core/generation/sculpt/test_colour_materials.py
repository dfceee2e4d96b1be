"""Colours of a solid: what the photo shows, what it can't, and statues of one material."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.generation.sculpt.colour.labels import label
from core.generation.sculpt.colour.layers import layers
from core.generation.sculpt.colour.skin import skin
from core.generation.sculpt.colour.vertices import colour_vertices
from core.generation.sculpt.shapes import Cutout, Edges, Image
from core.generation.sculpt.solid.figure import Solid
from core.generation.sculpt.solid.sculpt import sculpt
from core.generation.styles import style


@pytest.fixture(scope="module")
def vase() -> tuple[Cutout, Image, Solid]:
    """A vase, yellow above and blue below, with a red print in the middle of its front."""
    alpha = np.zeros((320, 240), np.float32)
    cv2.ellipse(alpha, (120, 180), (80, 120), 0, 0, 360, 1.0, -1)
    image = np.full((320, 240, 3), (40, 200, 220), np.uint8)
    image[180:] = (170, 90, 30)
    cv2.circle(image, (120, 200), 22, (30, 30, 220), -1)
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    cutout = Cutout(image, alpha, (), None, Edges())
    surface = style("vinyl").sculpt.surface.model_copy(update={"voxel_mm": 0.9})
    return cutout, image, sculpt(cutout, image, label(image, alpha, ()), surface, 80.0, False)


def colours_of(vase: tuple[Cutout, Image, Solid], name: str):
    cutout, image, solid = vase
    return skin(solid, cutout, image, label(image, cutout.alpha, ()), style(name).sculpt)


def test_the_front_has_the_photos_colours_and_the_back_has_no_print(vase: tuple[Cutout, Image, Solid]) -> None:
    solid = vase[2]
    colours = colours_of(vase, "vinyl").colours.astype(int)
    is_red = colours[:, 2] > colours[:, :2].max(1) + 60
    front = solid.mesh.normals[:, 1] < -0.5
    back = solid.mesh.normals[:, 1] > 0.5
    assert is_red[front].any()
    assert not is_red[back].any()
    top, bottom = solid.mesh.vertices[:, 2] > 60, solid.mesh.vertices[:, 2] < 25
    assert (colours[back & top][:, 2] > colours[back & top][:, 0]).mean() > 0.95
    assert (colours[back & bottom][:, 0] > colours[back & bottom][:, 2]).mean() > 0.95


def test_relief_stays_off_the_photo_and_below_half_a_millimetre(vase: tuple[Cutout, Image, Solid]) -> None:
    cutout, image, solid = vase
    found = layers(image, (), label(image, cutout.alpha, ()))
    colours, relief = colour_vertices(solid, image, found, 0.9)
    assert np.isfinite(colours).all()
    assert np.isfinite(relief).all()
    assert np.abs(relief[solid.photographed]).max() == 0
    assert 0 < np.abs(relief).max() < 0.5


def test_the_texture_coordinates_point_at_the_photos_own_pixel(vase: tuple[Cutout, Image, Solid]) -> None:
    coloured = colours_of(vase, "vinyl")
    x, y = coloured.uv[:, 0] * 240 - 0.5, (1 - coloured.uv[:, 1]) * 320 - 0.5
    assert np.allclose(np.stack([x, y], 1), vase[2].pixels)


def test_marble_is_pale_grey_with_darker_veins_and_shows_no_photo(vase: tuple[Cutout, Image, Solid]) -> None:
    coloured = colours_of(vase, "marble")
    assert not coloured.photographed.any()
    assert np.ptp(coloured.colours, axis=1).max() < 25
    grey = coloured.colours.mean(1)
    assert 165 < np.median(grey) < 215
    assert np.percentile(grey, 1) < np.median(grey) - 25


def test_bronze_is_brown_on_ridges_and_green_in_hollows(vase: tuple[Cutout, Image, Solid]) -> None:
    cutout, image, solid = vase
    vertices = solid.mesh.vertices.copy()
    dented = (np.abs(vertices[:, 0]) < 6) & (np.abs(vertices[:, 2] - 50) < 2) & (solid.mesh.normals[:, 1] > 0.3)
    vertices[dented, 1] -= 3
    hollow = replace(solid, mesh=replace(solid.mesh, vertices=vertices))
    colours = skin(hollow, cutout, image, label(image, cutout.alpha, ()), style("bronze").sculpt).colours
    assert dented.sum() > 10
    redness = colours[:, 2] - colours[:, 1]
    assert redness[dented].mean() < 0 < np.median(redness[~dented])


def test_a_faceted_style_keeps_the_solids_shape(vase: tuple[Cutout, Image, Solid]) -> None:
    assert np.array_equal(colours_of(vase, "lowpoly").mesh.vertices, vase[2].mesh.vertices)
    assert not np.array_equal(colours_of(vase, "vinyl").mesh.vertices, vase[2].mesh.vertices)

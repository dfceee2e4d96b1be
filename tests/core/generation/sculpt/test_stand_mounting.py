"""Figures on their stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from manifold3d import Manifold

from core.errors import InvalidEngraving
from core.generation.sculpt.facets import facets
from core.generation.sculpt.manifolds import OpenSurfaceError, manifold_of, shell_of
from core.generation.sculpt.printable import is_closed, pieces, self_overlaps, walls
from core.generation.sculpt.shapes import Mesh, Shell, Skin
from core.generation.sculpt.solid.meshing import vertex_normals
from core.generation.sculpt.stand.bases import pedestal
from core.generation.sculpt.stand.mounting import FIGURE, LETTERING, STAND, figure_height, mount
from core.generation.styles import Base


def skin_of(solid: Manifold) -> Skin:
    shell = shell_of(solid)
    count = len(shell.vertices)
    mesh = Mesh(shell.vertices, shell.faces, vertex_normals(shell.vertices, shell.faces))
    colours = np.full((count, 3), 150, np.float32)
    return Skin(mesh, np.zeros((count, 2)), colours, np.zeros(len(shell.faces), np.bool_))


@pytest.fixture(scope="module")
def pillar() -> Skin:
    return skin_of(Manifold.cylinder(80, 14, 10, 96).refine_to_length(3))


@pytest.fixture(scope="module")
def balancing() -> Skin:
    """A wide thing that touches the ground with next to nothing."""
    return skin_of(Manifold.sphere(30, 96).scale((1.5, 1, 1)) + Manifold.cylinder(20, 2, 2, 32).translate((38, 0, -34)))


@pytest.mark.parametrize("shape", ["disc", "puck", "block", "socle"])
@pytest.mark.parametrize("bust", [True, False])
@pytest.mark.parametrize("height_mm", [60.0, 100.0, 180.0])
def test_a_statue_is_one_closed_body_of_the_height_asked_for(
    pillar: Skin, shape: str, bust: bool, height_mm: float
) -> None:
    statue = mount(pillar, bust, Base.model_validate({"shape": shape}), "Ada", height_mm)
    low, high = statue.body.vertices.min(0), statue.body.vertices.max(0)
    assert low[2] == 0 and high[2] == pytest.approx(height_mm, abs=0.1)
    assert is_closed(statue.body.faces) and pieces(statue.body.faces, len(statue.body.vertices)) == 1
    assert manifold_of(statue.body.vertices, statue.body.faces).volume() > 0
    assert (low[0] + high[0]) / 2 == pytest.approx(0, abs=0.2)
    assert statue.radius == pytest.approx(statue.stand.vertices[:, 0].max(), rel=0.01)
    assert statue.skin.mesh.vertices[:, 2].max() == pytest.approx(height_mm, abs=0.01)


def test_a_statue_rests_on_a_flat_bottom(pillar: Skin) -> None:
    body = mount(pillar, False, Base(), "", 100).body
    corners = body.vertices[body.faces]
    on_table = (corners[:, :, 2] == 0).all(1)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert areas[on_table].sum() > 800


def test_a_bust_on_a_socle_stands_higher_than_on_a_disc(pillar: Skin) -> None:
    socle, disc = (Base.model_validate({"shape": shape}) for shape in ("socle", "disc"))
    assert figure_height(socle, True, 100) < figure_height(disc, True, 100) - 10
    assert figure_height(socle, False, 100) == figure_height(disc, False, 100)


def test_a_figure_whose_feet_miss_gets_a_rod(balancing: Skin) -> None:
    statue = mount(balancing, False, Base(), "", 100)
    assert statue.stand.vertices[:, 2].max() > 30
    assert pieces(statue.body.faces, len(statue.body.vertices)) == 1


def test_a_wide_figure_gets_an_oval_stand() -> None:
    wide = skin_of(Manifold.cube((90, 12, 60), True).refine_to_length(4))
    width, depth, _ = np.ptp(mount(wide, True, Base(), "", 100).stand.vertices, axis=0)
    assert 0.6 < depth / width < 0.9


@pytest.mark.parametrize("shape", ["disc", "puck", "block"])
@pytest.mark.parametrize(
    "name", ["EILEEN", "José Ñandú", "Привет", "Ώρα", "محمد بن سلمان", "क्षत्रिय", "山田太郎 김", "W" * 40]
)
def test_names_are_engraved_within_the_band_and_leave_walls(shape: str, name: str) -> None:
    plain, named = pedestal(shape, 30, 22, ""), pedestal(shape, 30, 22, name)  # type: ignore[arg-type]
    assert named.filling is not None and plain.filling is None
    lost = plain.solid.volume() - named.solid.volume()
    assert 1 < lost < 120
    left, _, low, right, front, high = named.filling.bounding_box()
    assert -29 < left < right < 29 and 0.5 < low < high < named.top and front < -10
    assert self_overlaps(shell_of(named.solid)) < 0.01
    assert walls(shell_of(named.solid), samples=2000).thin_share <= 0.002


def test_the_filling_lies_in_the_grooves_and_below_the_surface() -> None:
    named, plain = pedestal("block", 30, 22, "Ada"), pedestal("block", 30, 22, "")
    assert named.filling is not None
    assert (named.filling - plain.solid).volume() == pytest.approx(0, abs=1e-6)
    assert named.filling.bounding_box()[1] == pytest.approx(plain.solid.bounding_box()[1] + 1.6 + 0.08, abs=0.01)


def test_the_body_remembers_where_its_triangles_come_from(pillar: Skin) -> None:
    statue = mount(pillar, False, Base(), "Ada", 100)
    middles = statue.body.vertices[statue.body.faces].mean(1)
    assert len(statue.origin) == len(statue.body.faces)
    assert middles[statue.origin == FIGURE, 2].min() > 8
    assert middles[statue.origin == STAND, 2].max() < 13
    letters = middles[statue.origin == LETTERING]
    assert len(letters) > 50 and (letters[:, 1] < -10).all() and letters[:, 2].max() < 11


def test_a_wrong_name_is_refused(pillar: Skin) -> None:
    with pytest.raises(InvalidEngraving):
        mount(pillar, False, Base(), "x" * 41, 100)
    with pytest.raises(InvalidEngraving):
        mount(pillar, False, Base(), "🦝", 100)


def test_an_open_surface_is_refused(pillar: Skin) -> None:
    mesh = pillar.mesh
    torn = Skin(Mesh(mesh.vertices, mesh.faces[5:], mesh.normals), pillar.uv, pillar.colours, pillar.photographed[5:])
    with pytest.raises(OpenSurfaceError):
        mount(torn, False, Base(), "", 100)


def test_the_same_figure_gives_the_same_statue(pillar: Skin) -> None:
    first, second = (mount(pillar, False, Base(), "محمد", 100).body for _ in range(2))
    assert np.array_equal(first.vertices, second.vertices) and np.array_equal(first.faces, second.faces)


def test_facets_are_few_flat_and_of_one_colour_and_bound_a_solid() -> None:
    smooth = skin_of(Manifold.sphere(30, 96).scale((1, 0.8, 1.4)))
    colours = np.random.default_rng(3).uniform(0, 255, smooth.colours.shape).astype(np.float32)
    shown, shell = facets(replace(smooth, colours=colours), 300)
    assert len(shell.faces) <= 330 and is_closed(shell.faces)
    corners = shown.colours.reshape(-1, 3, 3)
    assert np.array_equal(corners[:, 0], corners[:, 2])
    normals = shown.mesh.normals.reshape(-1, 3, 3)
    assert np.array_equal(normals[:, 0], normals[:, 1]) and np.linalg.norm(normals, axis=-1) == pytest.approx(1)
    statue = mount(shown, False, Base(), "", 100, shell)
    assert is_closed(statue.body.faces)
    assert isinstance(statue.stand, Shell)

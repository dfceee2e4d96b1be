"""The pieces from which a solid is built, each against a case that has a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from core.generation.sculpt.shapes import Cutout, Edges
from core.generation.sculpt.solid.field import soft_maximum
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.meshing import neighbour_mean, standing_pieces, surface_of, taubin, vertex_normals
from core.generation.sculpt.solid.plane import signed_distance
from core.generation.sculpt.solid.poisson import inflate
from core.generation.sculpt.solid.thinplate import thin_plate
from core.generation.sculpt.solid.turned import turned
from core.generation.sculpt.solid.walls import without_thin_walls


def box_cutout(height: int, width: int, edges: Edges | None = None) -> Cutout:
    alpha = np.zeros((height + 40, width + 40), np.float32)
    alpha[20 : 20 + height, 20 : 20 + width] = 1
    return Cutout(np.zeros((*alpha.shape, 3), np.uint8), alpha, (), None, edges or Edges())


def ball(radius: float, size: int = 40) -> np.ndarray:
    offset = np.mgrid[:size, :size, :size] - (size - 1) / 2
    return (radius - np.linalg.norm(offset, axis=0)).astype(np.float32)


def test_pixels_and_cells_lead_back_and_forth() -> None:
    grid = Grid.around(box_cutout(400, 200), 88.0, 0.45)
    points = np.array([[30.0, 50.0], [199.5, 20.25]])
    x, y = grid.to_cells(points).T
    assert np.allclose(np.column_stack(grid.to_pixels(x, y)), points)


@pytest.mark.parametrize("height_mm", [40.0, 88.0, 180.0])
def test_the_number_of_cells_does_not_depend_on_the_height(height_mm: float) -> None:
    grid = Grid.around(box_cutout(400, 200), height_mm, 0.45)
    assert grid.shape == Grid.around(box_cutout(400, 200), 88.0, 0.45).shape
    assert 400 * grid.cells_per_pixel * grid.voxel_mm == pytest.approx(height_mm, rel=0.01)


def test_a_very_wide_subject_gets_larger_cells_and_not_more_of_them() -> None:
    wide = Grid.around(box_cutout(100, 800), 88.0, 0.45)
    assert wide.columns < 260 and wide.voxel_mm > 2


def test_only_a_bust_gets_room_below_its_cut() -> None:
    assert Grid.around(box_cutout(400, 200), 88.0, 0.45).foot_rows == 0
    bust = Grid.around(box_cutout(400, 200, Edges(bottom=True)), 88.0, 0.45)
    assert bust.foot_rows > 10 and bust.cut_row < bust.rows - bust.foot_rows


def test_a_disc_is_inflated_to_a_half_ball() -> None:
    y, x = np.mgrid[:101, :101] - 50.0
    squared = inflate(x**2 + y**2 < 40**2)
    assert squared[50, 50] == pytest.approx(40**2, rel=0.1)
    assert squared[50, 70] == pytest.approx(40**2 - 20**2, rel=0.1)
    assert squared[5, 5] == 0


def test_screening_bounds_the_depth() -> None:
    squared = inflate(np.ones((200, 200), np.bool_), 1 / 20**2)
    assert squared.max() < 4.01 * 20**2


def test_a_thin_plate_goes_through_its_points_and_is_flat_for_a_plane() -> None:
    random = np.random.default_rng(1)
    points = random.uniform(0, 50, (30, 2))
    x, y = np.meshgrid(np.arange(50, dtype=np.float32), np.arange(50, dtype=np.float32))
    plane = thin_plate(points, 3 + 0.2 * points[:, 0] - 0.1 * points[:, 1], x, y, 50)
    assert np.abs(plane - (3 + 0.2 * x - 0.1 * y)).max() < 0.05


def test_a_mirror_symmetric_outline_is_turned_and_a_lopsided_one_is_not() -> None:
    y, x = np.mgrid[:120, :120]
    vase = np.abs(x - 60) < 25 + 10 * np.sin(y / 15.0)
    vase[:5] = vase[-5:] = False
    depth, certainty = turned(vase)
    assert certainty > 0.95
    assert depth[60, 60] == pytest.approx((25 + 10 * np.sin(4)) ** 2, rel=0.1)
    assert turned(vase & ((y > 60) | (x < 60)))[1] < 0.05


def test_the_soft_maximum_exceeds_the_sharp_one_by_a_quarter_of_its_width_at_most() -> None:
    first = np.linspace(-5, 5, 101, dtype=np.float32)
    soft = soft_maximum(first, np.zeros_like(first), 2.0)
    excess = soft - np.maximum(first, 0)
    assert excess.max() == pytest.approx(0.5) and (excess >= 0).all() and excess[0] == excess[-1] == 0


def test_signed_distance_is_positive_inside() -> None:
    mask = np.zeros((30, 30), np.bool_)
    mask[10:20, 10:20] = True
    distance = signed_distance(mask)
    assert distance[15, 15] > 4 and distance[2, 15] < -7


def test_a_fin_that_no_printer_could_make_is_taken_off_and_the_rest_stays() -> None:
    field = ball(12)
    thin, thick = field.copy(), field.copy()
    thin[20, :, :] = np.maximum(thin[20, :, :], 0.4)  # A sheet of less than one cell across all.
    thick[16:24, :, :] = np.maximum(thick[16:24, :, :], 4 - np.abs(np.arange(16, 24) - 19.5)[:, None, None])
    opened = without_thin_walls(thin, 0.5)
    assert (opened[20, 0:4] < 0).all()
    inside = field > 1
    assert np.array_equal(opened[inside], thin[inside])
    assert (without_thin_walls(thick, 0.5)[19, 20, 3:37] > 0).all()


def test_a_balls_surface_is_closed_round_and_looks_outwards() -> None:
    vertices, faces = surface_of(ball(12))
    assert np.linalg.norm(vertices - 19.5, axis=1) == pytest.approx(12, abs=0.1)
    outward = vertices - 19.5
    cosine = (vertex_normals(vertices, faces) * outward).sum(1) / 12
    assert np.abs(cosine).min() > 0.98 and abs(cosine.sum()) == pytest.approx(np.abs(cosine).sum())


def test_nothing_inside_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        surface_of(np.full((8, 8, 8), -1, np.float32))


def test_smoothing_keeps_the_size_and_lessens_noise() -> None:
    vertices, faces = surface_of(ball(12))
    noisy = vertices + np.random.default_rng(2).normal(0, 0.1, vertices.shape)
    smooth = taubin(noisy, neighbour_mean(faces, len(noisy)), 4)
    before, after = (np.linalg.norm(v - 19.5, axis=1) for v in (noisy, smooth))
    assert after.std() < 0.6 * before.std() and after.mean() == pytest.approx(12, abs=0.1)


def test_of_two_pieces_only_those_that_stand_are_kept() -> None:
    field = np.maximum(ball(9, 60), np.roll(ball(6, 60), (-20, 20), (0, 1)))
    vertices, faces = surface_of(field)
    kept, kept_faces = standing_pieces(vertices, faces, reach=2)
    assert len(kept) < len(vertices) and kept_faces.max() == len(kept) - 1
    assert np.linalg.norm(kept - 29.5, axis=1).max() < 10

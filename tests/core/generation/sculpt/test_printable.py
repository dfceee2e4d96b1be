"""The measures that a printer cares about, on bodies whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from manifold3d import Manifold

from core.generation.sculpt.manifolds import shell_of
from core.generation.sculpt.printable import inspect, is_closed, pieces, self_overlaps, walls
from core.generation.sculpt.shapes import Shell

CUBE = shell_of(Manifold.cube((20, 20, 20), True))


def joined(*shells: Shell) -> Shell:
    counts = np.cumsum([0, *(len(shell.vertices) for shell in shells)])
    faces = [shell.faces + count for shell, count in zip(shells, counts[:-1], strict=True)]
    return Shell(np.concatenate([shell.vertices for shell in shells]), np.concatenate(faces))


@pytest.mark.parametrize("thickness", [0.7, 1.0, 1.4, 2.0])
def test_a_sheets_thickness_is_measured(thickness: float) -> None:
    found = walls(shell_of(Manifold.cube((30, 30, thickness), True)), samples=1500)
    assert np.median(found.thickness) == pytest.approx(thickness, abs=0.06)
    assert (found.thin_share > 0.99) == (thickness < 1.2)


@pytest.mark.parametrize("diameter", [0.8, 1.1, 1.5])
def test_a_rods_thickness_is_its_diameter(diameter: float) -> None:
    rod = shell_of(Manifold.cylinder(20, diameter / 2, diameter / 2, 64))
    assert np.median(walls(rod, samples=1500).thickness) == pytest.approx(diameter, abs=0.06)


def test_the_edges_of_a_thick_part_are_no_thin_walls() -> None:
    assert walls(CUBE).thin_share <= 0.002


def test_a_fin_on_a_ball_is_found() -> None:
    body = Manifold.sphere(10, 96) + Manifold.cube((0.6, 30, 4), True)
    found = walls(shell_of(body))
    assert 0.5 < found.thinnest < 0.65 and 0.03 < found.thin_share < 0.15
    assert np.abs(found.places[found.thickness < 1.0, 0]).max() < 1.0


def test_measuring_twice_gives_the_same() -> None:
    assert np.array_equal(walls(CUBE, samples=500).thickness, walls(CUBE, samples=500).thickness)


def test_a_hole_a_flipped_triangle_and_a_doubled_one_are_not_closed() -> None:
    assert is_closed(CUBE.faces)
    assert not is_closed(CUBE.faces[1:])
    flipped = CUBE.faces.copy()
    flipped[0] = flipped[0, ::-1]
    assert not is_closed(flipped)
    assert not is_closed(np.concatenate([CUBE.faces, CUBE.faces[:1]]))
    assert not is_closed(CUBE.faces[:0])


def test_pieces_are_counted() -> None:
    other = Shell(CUBE.vertices + 50, CUBE.faces)
    assert pieces(CUBE.faces, len(CUBE.vertices)) == 1
    two = joined(CUBE, other)
    assert pieces(two.faces, len(two.vertices)) == 2


def test_two_bodies_in_one_another_overlap_and_one_does_not() -> None:
    ball = shell_of(Manifold.sphere(6, 64))
    assert self_overlaps(ball) < 1e-3
    assert self_overlaps(joined(ball, Shell(np.add(ball.vertices, (5, 0, 0)), ball.faces))) > 100
    assert self_overlaps(joined(ball, Shell(np.add(ball.vertices, (13, 0, 0)), ball.faces))) < 1e-3


def test_a_body_turned_inside_out_is_noticed() -> None:
    assert self_overlaps(Shell(CUBE.vertices, CUBE.faces[:, ::-1])) > 100


def test_facts_are_those_of_the_body() -> None:
    facts = inspect(shell_of(Manifold.cube((20, 30, 40), True)))
    assert facts.watertight and facts.bodies == 1 and facts.triangles == 12
    assert facts.size_mm == pytest.approx((20, 30, 40))
    assert facts.min_wall_mm > 0.8 and facts.thin_share <= 0.002

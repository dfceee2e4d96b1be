"""Styles are declarations: each makes another shape, a new one is a file, and a wrong one is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from pydantic import ValidationError
from scipy.spatial import cKDTree

from core.errors import UnknownStyle
from core.generation import styles as room
from core.generation.sculpt.building import painted, statue_of
from core.generation.sculpt.engine import USUAL_SECONDS
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.perception.subject import perceive
from core.generation.sculpt.shapes import Cutout, Shell
from core.generation.sculpt.stages import Stages
from core.generation.styles import Style, style, styles

POINTS = 40_000
TIN = """
order = 15
label = "Tin"
summary = "A tin soldier"

[sculpt.finish]
metallic = 0.9
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the styles' folder that is read instead of it."""
    for declaration in Path(str(room.__file__)).parent.glob("*.toml"):
        shutil.copy(declaration, tmp_path)
    monkeypatch.setattr(room.resources, "files", lambda _: tmp_path)
    styles.cache_clear()
    yield tmp_path
    styles.cache_clear()


def body(cutout: Cutout, declared: Style) -> Shell:
    sculpt = declared.sculpt
    stages = Stages(USUAL_SECONDS, lambda _: None)
    return statue_of(*painted(cutout, sculpt), sculpt, "", 100.0, stages).body


def surface_points(shell: Shell, seed: int) -> np.ndarray:
    return np.asarray(trimesh.sample.sample_surface(trimesh.Trimesh(shell.vertices, shell.faces), POINTS, seed=seed)[0])


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """The mean distance, in mm, from the points of either surface to the nearest of the other."""
    there, back = cKDTree(one).query(other)[0], cKDTree(other).query(one)[0]
    return float(there.mean() + back.mean()) / 2


@pytest.mark.slow
def test_every_two_styles_differ_in_shape_and_not_in_paint_alone(
    networks: Path, photo_path: Callable[[str], Path]
) -> None:
    image = np.asarray(cv2.imread(str(photo_path("cameraman"))), np.uint8)
    _, cutout = perceive(image, Networks(networks))
    shapes = {name: body(cutout, declared) for name, declared in styles().items()}
    points = {name: surface_points(shape, seed=0) for name, shape in shapes.items()}
    alike = gap(points["vinyl"], surface_points(shapes["vinyl"], seed=1))
    gaps = {(one, other): gap(points[one], points[other]) for one, other in combinations(shapes, 2)}
    assert min(gaps.values()) > 1.5 * alike, gaps


def test_a_file_dropped_into_the_folder_is_a_style_in_its_place(folder: Path) -> None:
    before = list(styles())
    (folder / "tin.toml").write_text(TIN, "utf-8")
    styles.cache_clear()
    assert list(styles()) == ["collector", "tin", *before[1:]]
    assert style("tin").label == "Tin"
    assert style("tin").sculpt.finish.metallic == 0.9


def test_an_unknown_style_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(UnknownStyle) as caught:
        style("tin")
    assert caught.value.fields == {"style": "tin", "known": ", ".join(styles())}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("shininess = 1", ("sculpt", "finish", "shininess")),
        ("roughness = 1.5", ("sculpt", "finish", "roughness")),
        ('roughness = "dull"', ("sculpt", "finish", "roughness")),
        ('[sculpt.base]\nshape = "cloud"', ("sculpt", "base", "shape")),
        ("[sculpt.base]\ncolour = [0.1, 0.2, 256]", ("sculpt", "base", "colour", 2)),
        ("[sculpt.sound]\nvolume = 1", ("sculpt", "sound")),
    ],
)
def test_a_wrong_declaration_is_refused_and_its_place_told(folder: Path, wrong: str, place: tuple[object, ...]) -> None:
    (folder / "tin.toml").write_text(f"{TIN}{wrong}\n", "utf-8")
    styles.cache_clear()
    with pytest.raises(ValidationError) as caught:
        styles()
    assert [error["loc"] for error in caught.value.errors()] == [place]


@pytest.mark.parametrize("name", ["Tin", "2nd", "a-name-much-too-long-for-a-menu"])
def test_a_file_whose_name_is_no_name_of_a_style_is_refused(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").write_text(TIN, "utf-8")
    styles.cache_clear()
    with pytest.raises(ValidationError):
        styles()

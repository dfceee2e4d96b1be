"""Pictures: what is in them, and that they are clean."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.generation.sculpt.render.path_trace import path_trace
from core.generation.sculpt.render.picture import photograph
from core.generation.sculpt.render.tonemap import tone_map
from core.generation.sculpt.render.tracer import Tracer
from core.generation.sculpt.scene.box_art import BoxText, box_art
from core.generation.sculpt.scene.description import Scene
from core.generation.sculpt.scene.desk import desk
from core.generation.sculpt.scene.studio import studio
from core.generation.styles import style

if TYPE_CHECKING:
    from tests.core.generation.sculpt.conftest import Ball

WIDTH, HEIGHT = 164, 205


@pytest.fixture(scope="module")
def scene(ball: Ball) -> Scene:
    return studio(ball.items, style("chibi").sculpt, ball.palette, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def picture(scene: Scene) -> np.ndarray:
    return photograph(scene, lambda _: None)


def figure_mask(scene: Scene) -> np.ndarray:
    hits = Tracer([(item.vertices, item.faces) for item in scene.items]).trace(
        scene.camera.position, scene.camera.rays()
    )
    paper = next(index for index, item in enumerate(scene.items) if item.name == "sweep")
    return ((hits.item >= 0) & (hits.item != paper)).reshape(HEIGHT, WIDTH)


def test_the_traced_light_is_finite_everywhere(scene: Scene) -> None:
    light = path_trace(scene, 1, lambda _: None)
    assert light.shape == (HEIGHT, WIDTH, 3)
    assert np.isfinite(light).all()
    assert light.min() >= 0


def test_the_same_scene_gives_the_same_picture(scene: Scene, picture: np.ndarray) -> None:
    assert np.array_equal(picture, photograph(scene, lambda _: None))


def test_it_is_neither_dark_nor_burnt_out(picture: np.ndarray) -> None:
    brightness = picture.max(-1)
    assert 90 < brightness.mean() < 235
    assert (brightness > 254).mean() < 0.05
    assert (brightness < 5).mean() < 0.01


def test_the_paper_has_no_noise(picture: np.ndarray) -> None:
    """The upper left is plain paper: neighbours hardly differ, and no pixel stands out."""
    paper = picture[2:26, 2:22].astype(float)
    assert np.abs(np.diff(paper, axis=1)).max() <= 6
    assert np.abs(np.diff(paper, axis=0)).max() <= 6


def test_a_smooth_ball_shows_no_facets_and_no_fireflies(scene: Scene, picture: np.ndarray) -> None:
    """A green flank without texture: its second differences stay small."""
    light = picture.astype(float).mean(-1)
    rows, columns = np.where(figure_mask(scene))
    middle = int(np.median(columns))
    patch = light[int(np.percentile(rows, 35)) : int(np.percentile(rows, 50)), middle + 4 : middle + 24]
    assert np.abs(np.diff(patch, 2, axis=0)).max() < 8
    assert np.abs(np.diff(patch, 2, axis=1)).max() < 8


def test_the_photo_is_on_the_front_the_right_way_round(scene: Scene, picture: np.ndarray) -> None:
    """The texture is red at its left and blue at its right."""
    rows, columns = np.where(figure_mask(scene))
    y = int(np.percentile(rows, 40))
    left, right = picture[y, int(np.percentile(columns, 25))], picture[y, int(np.percentile(columns, 70))]
    assert int(left[2]) - int(left[0]) > 60
    assert int(right[0]) - int(right[2]) > 40


def test_progress_rises_to_one_and_an_error_from_it_stops_the_work(scene: Scene) -> None:
    told: list[float] = []
    photograph(scene, told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) >= 5

    def stop(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        photograph(scene, stop)


def test_nothing_is_written_to_the_temporary_folder(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    seen: list[int] = []
    photograph(scene, lambda _: seen.append(len(list(tmp_path.iterdir()))))
    assert set(seen) == {0}


def test_the_statue_is_inside_the_picture(scene: Scene) -> None:
    mask = figure_mask(scene)
    assert not mask[:, [0, 1, -1, -2]].any()
    assert not mask[[0, 1, 2]].any()
    assert mask.sum() > 0.2 * mask.size


def test_the_desk_shows_statue_and_box_whole_with_the_box_behind_at_the_right(ball: Ball) -> None:
    text = BoxText("Zoë", "COLLECTIBLE FIGURINE", "70 mm")
    scene = desk(ball.items, box_art(ball.texture, ball.alpha, ball.palette, text), ball.palette, None)
    assert max(scene.camera.width, scene.camera.height) == 1024
    statue = np.concatenate([item.vertices for item in scene.items if item.name.startswith(("figure", "stand"))])
    box = next(item for item in scene.items if item.name == "box").vertices
    for points in (statue, box):
        seen = (points - scene.camera.position) @ np.stack(scene.camera.axes()).T
        reach = seen[:, :2] / seen[:, 2:] / np.tan(np.radians(scene.camera.field_of_view / 2))
        assert np.abs(reach[:, 0]).max() < scene.camera.width / scene.camera.height
        assert np.abs(reach[:, 1]).max() < 1
    assert box[:, 0].mean() > statue[:, 0].max()
    assert box[:, 1].min() > statue[:, 1].min()


def test_the_box_carries_name_and_subject(ball: Ball) -> None:
    with_name, without = (
        box_art(ball.texture, ball.alpha, ball.palette, BoxText(name, "COLLECTIBLE FIGURINE", "70 mm")).front
        for name in ("Анна", "")
    )
    band = slice(int(0.78 * len(with_name)), None)
    assert (with_name[band].min(-1) > 200).sum() > 1000
    assert not np.array_equal(with_name[band], without[band])
    red = (with_name[..., 2] > 180) & (with_name[..., 0] < 80) & (with_name[..., 1] < 80)
    assert red.mean() > 0.1


def test_a_long_name_stays_on_the_box(ball: Ball) -> None:
    front = box_art(ball.texture, ball.alpha, ball.palette, BoxText("W" * 24, "COLLECTIBLE FIGURINE", "70 mm")).front
    margin = front[int(0.80 * len(front)) : int(0.93 * len(front)), 20:40]
    assert margin.max() < 60


def test_tone_mapping_keeps_order_and_ends_at_white() -> None:
    light = np.linspace(0, 60, 500, dtype=np.float32)[:, None].repeat(3, 1)
    mapped = tone_map(light)[:, 0].astype(int)
    assert (np.diff(mapped) >= 0).all()
    assert mapped[0] == 0
    assert mapped[-1] == 255

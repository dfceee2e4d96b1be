"""The turntable's views and its video."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from core.generation.sculpt import metadata
from core.generation.sculpt.render.tracer import Tracer
from core.generation.sculpt.scene.description import Item, Material
from core.generation.sculpt.turntable.baking import ambient_occlusion, bake
from core.generation.sculpt.turntable.frames import turn, views
from core.generation.sculpt.turntable.sheets import columns_of, sheet
from core.generation.sculpt.turntable.stage import Turntable
from core.generation.sculpt.turntable.video import encode

if TYPE_CHECKING:
    from tests.core.generation.sculpt.conftest import Ball

WIDTH, HEIGHT = 96, 120


@pytest.fixture(scope="module")
def table(ball: Ball) -> Turntable:
    return Turntable(bake(ball.items), ball.palette.background, WIDTH, HEIGHT)


def share(image: np.ndarray, *, red: bool) -> float:
    blue_green_red = image.astype(int)
    if red:
        return float((blue_green_red[..., 2] > blue_green_red[..., :2].max(-1) + 60).mean())
    return float((blue_green_red[..., 1] > blue_green_red[..., [0, 2]].max(-1) + 30).mean())


def test_the_front_shows_the_photo_and_the_back_its_own_paint(table: Turntable) -> None:
    front, back = table.view(0), table.view(180)
    assert share(front, red=True) > 0.05
    assert share(back, red=True) == 0
    assert share(back, red=False) > 0.1


def test_a_whole_turn_ends_where_it_began(table: Turntable) -> None:
    assert np.abs(table.view(0).astype(int) - table.view(360)).max() <= 2


def test_views_are_smooth_at_the_outline(table: Turntable) -> None:
    """Between paper and ball lie pixels that are neither."""
    row = table.view(180)[int(0.45 * HEIGHT)].astype(int)
    green = row[:, 1] - row[:, 2]
    assert ((green > 10) & (green < green.max() - 25)).any()


def test_threads_give_the_views_in_their_order(table: Turntable) -> None:
    angles = [0, 60, 120, 180, 240, 300]
    for image, angle in zip(views(table, angles), angles, strict=True):
        assert np.array_equal(image, table.view(angle))


def test_whoever_stops_asking_stops_the_work(table: Turntable, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    original = table.view
    monkeypatch.setattr(table, "view", lambda degrees: (made.append(degrees), original(degrees))[1])
    frames = turn(table, 40)
    next(frames)
    frames.close()
    assert len(made) <= 4


def test_the_video_is_h264_that_plays_from_its_start_and_says_what_it_is(table: Turntable) -> None:
    frames = list(turn(table, 6))
    video = encode(frames, 12, metadata.DESCRIPTION)
    assert 0 < video.index(b"moov") < video.index(b"mdat")
    with av.open(io.BytesIO(video)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.width, stream.height) == (WIDTH, HEIGHT)
        assert stream.average_rate == 12
        assert container.metadata["comment"] == metadata.DESCRIPTION
        decoded = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
    assert len(decoded) == 6
    for seen, made in zip(decoded, frames, strict=True):
        assert np.abs(seen.astype(int) - made).mean() < 6


def test_a_video_needs_frames_of_even_size() -> None:
    with pytest.raises(ValueError, match="needs a frame"):
        encode([], 12, "")
    with pytest.raises(ValueError, match="even"):
        encode([np.zeros((11, 10, 3), np.uint8)], 12, "")


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 4), (6, 3), (8, 4), (12, 4)])
def test_sheets_have_full_rows(count: int, columns: int) -> None:
    assert columns_of(count) == columns


def test_a_sheet_holds_every_picture_in_order() -> None:
    images = [np.full((4, 6, 3), 10 * number, np.uint8) for number in range(5)]
    whole = sheet(images, columns=3)
    assert whole.shape == (8, 18, 3)
    assert [int(whole[y, x, 0]) for y in (0, 4) for x in (0, 6, 12)] == [0, 10, 20, 30, 40, 0]
    with pytest.raises(ValueError, match="needs a picture"):
        sheet([])


def test_hollows_get_less_light_than_open_places_and_empty_triangles_do_no_harm() -> None:
    corner = np.array([[0, 0, 0], [40, 0, 0], [40, 40, 0], [0, 40, 0], [0, 0, 40], [0, 40, 40]], np.float64)
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 5], [0, 5, 4], [1, 1, 2]])
    normals = np.array([[0.7, 0, 0.7], [0, 0, 1], [0, 0, 1], [0.7, 0, 0.7], [1, 0, 0], [0, 0, 0]], np.float64)
    item = Item("corner", corner, faces, normals, Material(0.5), (0.5, 0.5, 0.5))
    (light,) = ambient_occlusion([item], Tracer([(corner, faces)]), 100.0)
    assert np.isfinite(light).all()
    assert light[1] > light[0]
    assert light.min() >= 0
    assert light.max() <= 1

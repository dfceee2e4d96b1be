"""Cutting out real photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import NetworksMissing
from core.generation.sculpt.perception.cutout import LONG_SIDE, cut_out
from core.generation.sculpt.perception.observation import observe
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Cutout, Edges, Image, Plane


@pytest.fixture(scope="module")
def loaded(networks: Path) -> Networks:
    return Networks(networks)


@pytest.fixture(scope="module")
def photo(photo_path: Callable[[str], Path]) -> Callable[[str], Image]:
    def read(name: str) -> Image:
        return np.asarray(cv2.imread(str(photo_path(name))), np.uint8)

    return read


@pytest.fixture(scope="module")
def astronaut(photo: Callable[[str], Image], loaded: Networks) -> Cutout:
    return cut_out(observe(photo("astronaut"), loaded))


def overlap(one: Plane, other: Plane) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


def test_a_portrait_has_its_face_its_pose_and_the_edges_that_cut_it(astronaut: Cutout) -> None:
    assert max(astronaut.image.shape) == LONG_SIDE
    assert astronaut.image.shape[:2] == astronaut.alpha.shape
    (face,) = astronaut.faces
    columns, rows = face.landmarks.astype(int).T
    assert np.median(astronaut.alpha[rows, columns]) == 1 and (astronaut.alpha[rows, columns] > 0.5).mean() > 0.95
    assert np.hypot(*(face.landmarks.mean(0) - face.centre)) < 0.3 * face.radius
    assert astronaut.pose is not None and astronaut.pose.joints.shape == (33, 2)
    assert astronaut.edges == Edges(left=True, right=True, top=False, bottom=True)


def test_the_flag_and_the_shuttle_behind_a_portrait_are_left_out(astronaut: Cutout) -> None:
    height, width = astronaut.alpha.shape
    assert astronaut.alpha[: height // 4, : width // 8].max() < 0.05
    assert astronaut.alpha[: height // 4, -width // 5 :].max() < 0.05


def test_a_small_thing_is_enlarged_to_fill_the_cut_out(photo: Callable[[str], Image], loaded: Networks) -> None:
    cutout = cut_out(observe(photo("rocket"), loaded))
    height, width = cutout.alpha.shape
    assert height == LONG_SIDE and width < height / 2
    assert cutout.faces == () and cutout.pose is None and cutout.edges == Edges()
    assert (cutout.alpha > 0.5).any(1).mean() > 0.8


def test_leaves_beside_an_animal_are_left_out(photo: Callable[[str], Image], loaded: Networks) -> None:
    cutout = cut_out(observe(photo("raccoon"), loaded))
    blue, green, red = (cutout.image[..., channel].astype(int) for channel in range(3))
    leaf = (green > red + 30) & (green > blue + 30)
    assert leaf.sum() > 10_000
    assert (cutout.alpha[leaf] > 0.5).mean() < 0.05


def test_the_same_photo_gives_the_same_bytes(photo: Callable[[str], Image], loaded: Networks) -> None:
    first, second = (cut_out(observe(photo("cat"), loaded)) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.alpha.tobytes() == second.alpha.tobytes()


def test_a_mirrored_photo_gives_the_mirrored_cut_out(photo: Callable[[str], Image], loaded: Networks) -> None:
    straight = cut_out(observe(photo("coffee"), loaded))
    mirrored = cut_out(observe(np.ascontiguousarray(photo("coffee")[:, ::-1]), loaded))
    back = cv2.resize(np.ascontiguousarray(mirrored.alpha[:, ::-1]), straight.alpha.shape[1::-1])
    assert overlap(straight.alpha, back) > 0.95


def test_a_huge_photo_gives_the_same_cut_out_as_a_small_one(photo: Callable[[str], Image], loaded: Networks) -> None:
    small = cut_out(observe(photo("coffee"), loaded))
    huge = cut_out(observe(np.asarray(cv2.resize(photo("coffee"), None, fx=5, fy=5), np.uint8), loaded))
    assert overlap(small.alpha, cv2.resize(huge.alpha, small.alpha.shape[1::-1])) > 0.95


@pytest.mark.parametrize("size", [(64, 64), (2000, 80), (80, 2000)])
def test_an_odd_size_is_no_trouble(size: tuple[int, int], loaded: Networks) -> None:
    height, width = size
    image = np.full((height, width, 3), 200, np.uint8)
    image[height // 4 : height // 2, width // 4 : width // 2] = (20, 40, 180)
    cutout = cut_out(observe(image, loaded))
    assert cutout.alpha.shape == cutout.image.shape[:2]


def test_without_the_networks_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(NetworksMissing):
        Networks(tmp_path)

"""What a picture shows, and that pictures without a clear subject are refused: the calibration of that test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from core.errors import NoClearSubject
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.perception.subject import perceive
from core.generation.sculpt.shapes import Image
from core.model import Subject, SubjectKind

PICTURES = Path(skimage.__file__).parent / "data"
KINDS = {
    "astronaut": Subject(SubjectKind.BUST, 1, whole=False),
    "cameraman": Subject(SubjectKind.PERSON, 1, whole=False),
    "cat": Subject(SubjectKind.ANIMAL, 0, whole=False),
    "coffee": Subject(SubjectKind.THING, 0, whole=True),
    "raccoon": Subject(SubjectKind.ANIMAL, 0, whole=False),
    "rocket": Subject(SubjectKind.THING, 0, whole=True),
}


@pytest.fixture(scope="module")
def loaded(networks: Path) -> Networks:
    return Networks(networks)


@pytest.fixture(scope="module")
def photo(photo_path: Callable[[str], Path]) -> Callable[[str], Image]:
    def read(name: str) -> Image:
        return np.asarray(cv2.imread(str(photo_path(name))), np.uint8)

    return read


@pytest.mark.parametrize("name", KINDS)
def test_each_sample_photo_is_told_rightly(name: str, photo: Callable[[str], Image], loaded: Networks) -> None:
    assert perceive(photo(name), loaded)[0] == KINDS[name]


def mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def darker(image: Image) -> Image:
    return np.asarray(image * 0.65, np.uint8)


def smaller(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize(
    ("name", "changed"),
    [("astronaut", mirrored), ("cat", smaller), ("coffee", darker), ("raccoon", smaller), ("rocket", mirrored)],
)
def test_a_good_photo_stays_good_when_it_is_changed_a_little(
    name: str, changed: Callable[[Image], Image], photo: Callable[[str], Image], loaded: Networks
) -> None:
    assert perceive(changed(photo(name)), loaded)[0].kind == KINDS[name].kind


def test_a_motorcycle_is_a_thing(loaded: Networks) -> None:
    subject, _ = perceive(np.asarray(cv2.imread(str(PICTURES / "motorcycle_left.png")), np.uint8), loaded)
    assert subject.kind is SubjectKind.THING


def test_two_portraits_side_by_side_are_people(photo: Callable[[str], Image], loaded: Networks) -> None:
    one = photo("astronaut")[:, 60:400]
    subject, cutout = perceive(np.hstack([one, mirrored(one)]), loaded)
    assert (subject.kind, subject.count) == (SubjectKind.PEOPLE, 2)
    assert len(cutout.faces) == 2


def test_a_face_alone_is_a_face(photo: Callable[[str], Image], loaded: Networks) -> None:
    close = np.ascontiguousarray(photo("astronaut")[30:200, 150:300])
    assert perceive(close, loaded)[0].kind is SubjectKind.FACE


TEXTURES = ["brick.png", "grass.png", "gravel.png", "ihc.png", "hubble_deep_field.jpg", "microaneurysms.png"]
DOCUMENTS = ["page.png", "text.png", "chessboard_RGB.png"]


@pytest.mark.parametrize("name", TEXTURES + DOCUMENTS)
def test_textures_and_documents_are_refused(name: str, loaded: Networks) -> None:
    with pytest.raises(NoClearSubject):
        perceive(np.asarray(cv2.imread(str(PICTURES / name)), np.uint8), loaded)


def even(shade: int) -> Image:
    return np.full((480, 640, 3), shade, np.uint8)


def ramp() -> Image:
    return np.repeat(np.tile(np.linspace(0, 255, 480).astype(np.uint8)[:, None], (1, 640))[..., None], 3, 2)


def sky() -> Image:
    down = np.linspace(0, 1, 480)[:, None]
    colours = np.array([230.0, 170.0, 90.0]) + down * np.array([-40.0, 50.0, 110.0])
    return np.repeat(colours[:, None], 640, 1).astype(np.uint8)


def noise() -> Image:
    return np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)


def stripes() -> Image:
    return np.repeat(np.tile((np.arange(640) // 20 % 2 * 200 + 20).astype(np.uint8), (480, 1))[..., None], 3, 2)


def hills() -> Image:
    """A landscape: sky, three ranges of hills that get darker, and meadow with grain."""
    rng = np.random.default_rng(6)
    image = sky()
    columns = np.arange(640)
    for number, shade in enumerate(((190, 170, 150), (140, 130, 100), (70, 110, 80))):
        ridge = 200 + 70 * number + 25 * np.sin(columns / (90 - 20 * number) + number) + 8 * np.sin(columns / 13)
        image[np.arange(480)[:, None] > ridge] = shade
    return np.clip(image + rng.normal(0, 9, image.shape), 0, 255).astype(np.uint8)


def letter() -> Image:
    """A page of printed lines, seen slightly askew."""
    page = np.full((800, 620, 3), 250, np.uint8)
    for line in range(22):
        text = "the quick brown fox jumps over a lazy dog"[line % 7 :]
        cv2.putText(page, text, (50, 60 + 32 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 1, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((310, 400), 4, 1)
    return np.asarray(cv2.warpAffine(page, turn, (620, 800), borderMode=cv2.BORDER_REPLICATE), np.uint8)


EVEN: dict[str, Image] = {"black": even(0), "grey": even(128), "white": even(255)}
MADE: dict[str, Image] = EVEN | {
    "ramp": ramp(),
    "sky": sky(),
    "noise": noise(),
    "stripes": stripes(),
    "hills": hills(),
    "letter": letter(),
}


@pytest.mark.parametrize("name", MADE)
def test_pictures_of_nothing_are_refused(name: str, loaded: Networks) -> None:
    with pytest.raises(NoClearSubject):
        perceive(MADE[name], loaded)


@pytest.mark.parametrize("name", ["astronaut", "cat", "coffee", "rocket"])
def test_a_heavy_blur_is_refused(name: str, photo: Callable[[str], Image], loaded: Networks) -> None:
    image = photo(name)
    with pytest.raises(NoClearSubject):
        perceive(np.asarray(cv2.GaussianBlur(image, (0, 0), 0.02 * max(image.shape)), np.uint8), loaded)

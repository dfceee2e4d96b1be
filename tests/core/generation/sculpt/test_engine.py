"""The sculpt engine as a whole, on sample photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidEngraving, NoClearSubject, UnknownStyle
from core.generation.pool.local import LocalPool
from core.generation.sculpt.engine import USUAL_SECONDS, SculptMaker
from core.generation.styles import styles
from core.model import Figurine, FigurineRequest, FileKind, Photo, Progress, SubjectKind
from core.settings import GenerationSettings, PhotoSettings

PhotoPath = Callable[[str], Path]


def load(path: Path) -> Photo:
    image = Image.open(path).convert("RGB")
    return Photo(image.width, image.height, image.tobytes())


def file(figurine: Figurine, kind: FileKind) -> bytes:
    return next(file.data for file in figurine.files if file.kind is kind)


@pytest.fixture(scope="module")
def maker(networks: Path) -> SculptMaker:
    return SculptMaker(networks)


@pytest.fixture(scope="module")
def portrait(photo_path: PhotoPath) -> Photo:
    return load(photo_path("astronaut"))


@pytest.mark.slow
def test_a_portrait_becomes_a_printable_figurine_with_every_file(maker: SculptMaker, portrait: Photo) -> None:
    told: list[Progress] = []
    figurine = maker.make(FigurineRequest(portrait, "collector", engraving="Зоя", views=2), told.append)
    assert {made.kind for made in figurine.files} == set(FileKind)
    assert figurine.subject.kind is SubjectKind.BUST
    facts = figurine.facts
    assert facts.watertight
    assert facts.bodies == 1
    assert facts.size_mm[2] == pytest.approx(100, abs=0.1)
    assert facts.min_wall_mm >= 0.8
    assert facts.thin_share <= 0.001
    assert set(figurine.seconds) == set(USUAL_SECONDS)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert {progress.stage for progress in told} == set(USUAL_SECONDS)


@pytest.mark.slow
async def test_the_same_order_gives_the_same_bytes_of_mesh_in_another_process(
    networks: Path, photo_path: PhotoPath
) -> None:
    request = FigurineRequest(load(photo_path("cat")), "marble", engraving="Chelsea", seed=7)
    first, second = [await made_afresh(networks, request) for _ in range(2)]
    for kind in (FileKind.STL, FileKind.GLB, FileKind.THREEMF):
        assert file(first, kind) == file(second, kind)


async def made_afresh(networks: Path, request: FigurineRequest) -> Figurine:
    """The figurine, made by a process that has done nothing before."""
    maker = "tests.engines.sculpted:SmallPicturesMaker"
    async with LocalPool(maker, {"networks": str(networks)}, GenerationSettings(), PhotoSettings()) as engine:
        return await engine.make(request, lambda _: None)


def test_a_grey_wall_gets_a_question_instead_of_a_figurine(maker: SculptMaker) -> None:
    wall = Photo(640, 480, np.full((480, 640, 3), 128, np.uint8).tobytes())
    with pytest.raises(NoClearSubject):
        maker.make(FigurineRequest(wall, "collector"), lambda _: None)


def test_an_unknown_style_is_refused_before_any_work(maker: SculptMaker, portrait: Photo) -> None:
    told: list[Progress] = []
    with pytest.raises(UnknownStyle) as caught:
        maker.make(FigurineRequest(portrait, "nosuch"), told.append)
    assert caught.value.fields["known"] == ", ".join(styles())
    assert not told


def test_a_name_longer_than_the_base_is_refused_before_any_work(maker: SculptMaker, portrait: Photo) -> None:
    told: list[Progress] = []
    with pytest.raises(InvalidEngraving):
        maker.make(FigurineRequest(portrait, "collector", engraving="x" * 500), told.append)
    assert not told

"""What every engine promises, whatever it makes: the suite runs over the pool with each maker that there is."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from PIL import Image

from core.errors import NoClearSubject, NotAPicture, UnknownStyle
from core.generation.pool.local import LocalPool
from core.model import Figurine, FigurineRequest, FileKind, Photo, Progress, SubjectKind
from core.ports import Engine
from core.settings import GenerationSettings, PhotoSettings

KINDS = {FileKind.PICTURE, FileKind.TURNTABLE, FileKind.GLB, FileKind.STL, FileKind.THREEMF}


pytestmark = pytest.mark.asyncio(loop_scope="module")


def quick(request: pytest.FixtureRequest) -> LocalPool:
    return LocalPool("tests.engines.quick:QuickMaker", {"pause": 0.05}, GenerationSettings(), PhotoSettings())


def sculpt(request: pytest.FixtureRequest) -> LocalPool:
    folder = str(request.getfixturevalue("networks"))
    maker = "tests.engines.sculpted:SmallPicturesMaker"
    return LocalPool(maker, {"networks": folder}, GenerationSettings(), PhotoSettings())


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[quick, pytest.param(sculpt, marks=pytest.mark.slow)]
)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    async with request.param(request) as pool:
        await pool.warm()
        yield pool


@pytest.fixture(scope="module")
def photo(photo_path) -> Photo:
    image = Image.open(photo_path("coffee")).convert("RGB")
    return Photo(image.width, image.height, image.tobytes())


@dataclass(frozen=True)
class Made:
    request: FigurineRequest
    figurine: Figurine
    reports: list[Progress]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(engine: Engine, photo: Photo) -> Made:
    request, reports = FigurineRequest(photo, "collector", seed=3), []
    return Made(request, await engine.make(request, reports.append), reports)


async def test_a_photo_is_decoded_and_looked_at(engine: Engine, photo_path, made: Made):
    photo = await engine.decode(photo_path("coffee").read_bytes())
    assert (await engine.look(photo)).kind in SubjectKind
    assert await engine.look(made.request.photo) == made.figurine.subject


async def test_a_figurine_has_its_files_and_what_was_measured_on_it(made: Made):
    figurine = made.figurine
    assert {file.kind for file in figurine.files} >= KINDS
    assert all(file.data and file.name for file in figurine.files)
    assert (figurine.style, figurine.seed) == ("collector", 3)
    assert figurine.facts.watertight
    assert figurine.facts.size_mm[2] == pytest.approx(100, abs=1)
    assert sum(figurine.seconds.values()) > 0
    assert figurine.peak_mb > 0


async def test_progress_only_grows_and_names_its_stages(made: Made):
    fractions = [report.fraction for report in made.reports]
    assert len({report.stage for report in made.reports}) > 2
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert all(report.seconds_left >= 0 for report in made.reports)


async def test_a_cancelled_order_is_over_within_a_second_and_the_next_process_makes_the_same_mesh(
    engine: Engine, made: Made
):
    begun = asyncio.Event()
    making = asyncio.get_running_loop().create_task(engine.make(made.request, lambda _: begun.set()))
    await begun.wait()
    start = time.monotonic()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert time.monotonic() - start < 1
    again = await engine.make(made.request, lambda _: None)
    assert mesh(again) == mesh(made.figurine)


def mesh(figurine: Figurine) -> bytes:
    return next(file.data for file in figurine.files if file.kind is FileKind.STL)


async def test_no_picture_is_refused_and_the_next_picture_works(engine: Engine, photo_path):
    with pytest.raises(NotAPicture):
        await engine.decode(b"no picture at all")
    assert (await engine.decode(photo_path("cat").read_bytes())).width > 64


async def test_an_even_grey_has_no_subject(engine: Engine):
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), (128, 128, 128)).save(stream, "PNG")
    with pytest.raises(NoClearSubject):
        await engine.look(await engine.decode(stream.getvalue()))


async def test_an_unknown_style_is_named_with_those_that_are_known(engine: Engine, photo: Photo):
    with pytest.raises(UnknownStyle) as caught:
        await engine.make(FigurineRequest(photo, "nosuch"), lambda _: None)
    assert caught.value.fields["style"] == "nosuch"
    assert "collector" in str(caught.value.fields["known"])

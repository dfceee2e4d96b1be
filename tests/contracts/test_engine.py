"""What every engine promises, whatever it makes: the suite runs over the pool with each maker in turn."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from core.errors import NoClearSubject, NotAPicture, UnknownStyle
from core.generation.pool.local import LocalPool
from core.model import FigurineRequest, FileKind, Photo, Progress, SubjectKind
from core.ports import Engine
from core.settings import GenerationSettings, PhotoSettings

KINDS = {FileKind.PICTURE, FileKind.TURNTABLE, FileKind.GLB, FileKind.STL, FileKind.THREEMF}


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    async with LocalPool(
        "tests.engines.quick:QuickMaker", {"pause": 0.05}, GenerationSettings(), PhotoSettings()
    ) as pool:
        await pool.warm()
        yield pool


@pytest.fixture
def photo(photo_path) -> Photo:
    image = Image.open(photo_path("coffee")).convert("RGB")
    return Photo(image.width, image.height, image.tobytes())


async def test_a_photo_is_decoded_looked_at_and_made_into_files(engine: Engine, photo_path):
    photo = await engine.decode(photo_path("coffee").read_bytes())
    subject = await engine.look(photo)
    reports: list[Progress] = []
    figurine = await engine.make(FigurineRequest(photo, "collector", seed=3), reports.append)
    assert subject.kind in SubjectKind
    assert {file.kind for file in figurine.files} >= KINDS
    assert all(file.data and file.name for file in figurine.files)
    assert (figurine.style, figurine.seed) == ("collector", 3)
    assert figurine.facts.watertight
    assert figurine.facts.size_mm[2] == pytest.approx(100, abs=1)
    assert sum(figurine.seconds.values()) > 0
    assert figurine.peak_mb > 0


async def test_progress_only_grows_and_names_its_stages(engine: Engine, photo: Photo):
    reports: list[Progress] = []
    await engine.make(FigurineRequest(photo, "collector"), reports.append)
    fractions = [report.fraction for report in reports]
    assert len({report.stage for report in reports}) > 2
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert all(report.seconds_left >= 0 for report in reports)


async def test_the_same_order_gives_the_same_mesh(engine: Engine, photo: Photo):
    def mesh(figurine) -> bytes:
        return next(file.data for file in figurine.files if file.kind is FileKind.STL)

    request = FigurineRequest(photo, "collector", seed=5)
    first, second = [await engine.make(request, lambda _: None) for _ in range(2)]
    assert mesh(first) == mesh(second)


async def test_a_cancelled_order_is_over_within_a_second_and_the_next_one_works(engine: Engine, photo: Photo):
    begun = asyncio.Event()
    request = FigurineRequest(photo, "collector")
    making = asyncio.get_running_loop().create_task(engine.make(request, lambda _: begun.set()))
    await begun.wait()
    start = time.monotonic()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert time.monotonic() - start < 1
    assert await engine.make(request, lambda _: None)


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

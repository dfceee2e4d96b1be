"""Files made to harm, sent through the real process: each is refused or decoded, in time and within its memory."""

import pytest

from benchmarks.fuzz_decode import Tally, run
from benchmarks.hostile_files import MAGICS, NO_PICTURES, hostile, scan_bomb
from core.errors import NotAPicture, PhotoError, PhotoTooLarge
from core.generation.pool.local import LocalPool
from core.settings import GenerationSettings, PhotoSettings

DECODED = (
    *("png at the limit", "png with more rows than it says", "png with 50,000 texts"),
    *("gif of 3,000 frames", "gif of 100 whole frames", "webp of 2,000 frames", "heic with 60,000 items"),
    *("jpeg with 10 MB of EXIF", "jpeg with 10 MB of profile", "jpeg and zip", "png and page", "gif and script"),
)
TOO_LARGE = (
    *("png of 170 megapixels", "png of 4 billion columns", "gif of 4 gigapixels", "gif with a frame beyond its screen"),
    *("bmp that says it is huge", "bmp of negative width", "jpeg that says it is huge", "heic that says it is huge"),
    "webp of 256 megapixels",
)
NO_PICTURE = (
    *NO_PICTURES,
    *(f"{name} magic only" for name in MAGICS),
    *("png with a zTXt bomb", "png with an iTXt bomb", "png with an iCCP bomb", "bmp that says it is large"),
    *(
        "tiff with 4 billion strips",
        "tiff with tiles of 2 billion",
        "tiff that is nearly empty",
        "heic 5,000 boxes deep",
    ),
    *(
        "heic that says it is large",
        "heic that says it is small",
        "heic without a picture",
        "avif called heic",
        "heic called avif",
        "pdf and jpeg",
    ),
)
CIRCLES = ("tiff whose next directory is itself", "tiff with directories within itself", "tiff with 50,000 directories")


def pool(**photos: float) -> LocalPool:
    settings = PhotoSettings.model_construct(**(PhotoSettings().model_dump() | photos))
    return LocalPool("nothing:Nothing", {}, GenerationSettings(), settings)


async def test_every_hostile_file_ends_in_time_and_within_the_memory():
    tally = await run(iter(hostile().items()))
    assert tally.shortcomings == []
    assert tally.files == len(hostile()) > 60
    assert 0 < tally.peak_bytes < 700_000_000, "of a good gigabyte that it may have"
    assert tally.slowest[0] < 5


@pytest.mark.parametrize(("names", "outcome"), [(TOO_LARGE, PhotoTooLarge), (NO_PICTURE, NotAPicture)])
async def test_bombs_and_liars_are_refused_for_what_they_are(names, outcome):
    async with pool() as engine:
        for name in names:
            try:
                await engine.decode(hostile()[name])
            except PhotoError as error:
                assert type(error) is outcome, name
            else:
                pytest.fail(f"{name} was decoded")


async def test_what_is_merely_odd_is_decoded():
    async with pool() as engine:
        for name in (*DECODED, *CIRCLES):
            photo = await engine.decode(hostile()[name])
            assert max(photo.width, photo.height) <= 2048, name


async def test_a_picture_that_needs_endless_work_is_given_up_in_time_and_the_next_one_decoded():
    async with pool(decode_seconds=1.5) as engine:
        with pytest.raises(NotAPicture):
            await engine.decode(scan_bomb())
        assert (await engine.decode(hostile()["gif of 100 whole frames"])).width == 160


async def test_a_picture_that_needs_more_memory_than_there_is_costs_itself_only(monkeypatch):
    """Decoding some megapixels with room for hardly more than the program."""
    monkeypatch.setattr("core.generation.pool.local.DECODER_BASE_BYTES", 40_000_000)
    monkeypatch.setattr("core.generation.pool.local.DECODER_BYTES_PER_PIXEL", 1)
    async with pool() as engine:
        small = hostile()["png and page"]
        assert await engine.decode(small)
        with pytest.raises(NotAPicture):
            await engine.decode(hostile()["png at the limit"])
        assert await engine.decode(small)


def test_a_run_that_saw_a_fault_is_not_called_good():
    tally = Tally(PhotoSettings(), broken=["a"], hangs=["b"], spoiled=["c"], peak_bytes=2, limit_bytes=1)
    assert len(tally.shortcomings) == 5

"""Damaged files by the hundred, sent through the real process. `python -m benchmarks.fuzz_decode` sends thousands."""

from benchmarks.fuzz_decode import files, run
from benchmarks.fuzz_files import fuzzed, sources

COUNT, SEED = 300, 7


async def test_no_damaged_file_harms_the_service():
    tally = await run(files(COUNT, SEED, slow=False))
    assert tally.shortcomings == []
    assert tally.files == COUNT
    assert tally.decoded.total() + tally.rejected.total() == COUNT
    assert tally.decoded.total() > 30
    assert tally.rejected.total() > 100


def test_the_same_seed_gives_the_same_files_and_another_seed_gives_others():
    assert fuzzed(SEED, 5) == fuzzed(SEED, 5)
    assert fuzzed(SEED, 5) != fuzzed(SEED + 1, 5)


def test_there_is_a_sound_source_of_every_format():
    kinds = {name.split()[0] for name in sources()}
    assert kinds >= {"jpeg", "png", "webp", "gif", "tiff", "bmp", "avif", "heic", "mpo", "photo"}

"""The safety check through its real worker process: what passes, what is refused, and what happens when it fails."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from core.errors import EngineFailed, NetworksMissing, UnsafePhoto
from core.generation.pool.judge import LocalJudge, safety
from core.generation.sculpt.networks import NUDITY
from core.intake.safety.nudity import NudityJudge, looks
from core.model import Photo
from core.ports import Safety
from core.settings import GenerationSettings, SafetySettings, SculptSettings, Settings
from tests.conftest import ROOT

SAMPLES = sorted(path.stem for path in (ROOT / "samples" / "photos").glob("*.jpg"))
SKIN = Photo(360, 480, bytes((190, 140, 104)) * 360 * 480)
SCORES = {"astronaut": 0.0726, "coffee": 0.0359, "cat": 0.0004}
"""Measured with a separate implementation of the authors' steps, the highest of the three looks."""


class Faulty:
    """A judge that goes wrong on its first `times` photos, which it counts in its network's file."""

    times = 1000

    def __init__(self, network: str, sha256: str) -> None:
        self._counter = Path(network)

    def warm_up(self) -> None: ...

    def score(self, photo: Photo) -> object:
        with self._counter.open("a") as file:
            file.write("x")
        return 0.0 if self._counter.stat().st_size > self.times else self.fail()

    def fail(self) -> object:
        os.abort()


class FaultyOnce(Faulty):
    times = 1


class Slipping(Faulty):
    def fail(self) -> object:
        raise ValueError("secret")


class Hanging(Faulty):
    def fail(self) -> object:
        time.sleep(60)
        return 0.0


class Wordy(Faulty):
    def fail(self) -> object:
        return "harmless"


class Undecided(Faulty):
    def fail(self) -> object:
        return float("nan")


class Negative(Faulty):
    def fail(self) -> object:
        return -1.0


def settings(networks: Path, **safety: str | float) -> Settings:
    return Settings(sculpt=SculptSettings(networks_dir=networks), safety=SafetySettings.model_validate(safety))


def faulty(judge: str, folder: Path, **times: float) -> LocalJudge:
    """A check whose process builds one of the classes above. `times` replaces settings, also below their ranges."""
    generation = GenerationSettings.model_construct(**(GenerationSettings().model_dump() | times))
    return LocalJudge(folder / "count", 0.5, generation, f"tests.core.intake.test_safety:{judge}")


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


@pytest.fixture(scope="module")
def sample(photo_path: Callable[[str], Path]) -> Callable[[str], Photo]:
    def read(name: str) -> Photo:
        with Image.open(photo_path(name)) as image:
            colours = image.convert("RGB")
        return Photo(colours.width, colours.height, colours.tobytes())

    return read


@pytest.fixture(scope="module")
def judge(networks: Path) -> NudityJudge:
    return NudityJudge(str(networks / NUDITY.file), NUDITY.sha256)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def check(networks: Path) -> AsyncIterator[Safety]:
    async with safety(settings(networks)) as entered:
        yield entered


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SAMPLES)
async def test_every_sample_photo_passes(name: str, check: Safety, sample: Callable[[str], Photo]) -> None:
    await check.check(sample(name))


@pytest.mark.asyncio(loop_scope="module")
async def test_one_process_is_kept_for_all_photos(check: Safety) -> None:
    await check.check(SKIN)
    before = children()
    await asyncio.gather(*(check.check(SKIN) for _ in range(3)))
    assert children() == before


async def test_a_judge_that_died_while_nobody_asked_is_replaced(networks: Path) -> None:
    before = children()
    async with safety(settings(networks)) as check:
        await check.check(SKIN)
        (first,) = children() - before
        os.kill(first, signal.SIGKILL)
        await asyncio.sleep(0.1)
        await check.check(SKIN)
        (second,) = children() - before
    assert first != second


async def test_a_low_threshold_in_the_settings_refuses_what_a_high_one_lets_through(networks: Path) -> None:
    async with safety(settings(networks, threshold=0.05)) as strict, safety(settings(networks, threshold=1)) as mild:
        with pytest.raises(UnsafePhoto):
            await strict.check(SKIN)
        await mild.check(SKIN)


async def test_a_score_at_the_threshold_refuses_and_the_next_photo_is_judged_for_itself(
    networks: Path, judge: NudityJudge, sample: Callable[[str], Photo]
) -> None:
    threshold = judge.score(sample("coffee"))
    async with LocalJudge(networks / NUDITY.file, threshold, GenerationSettings()) as check:
        with pytest.raises(UnsafePhoto):
            await check.check(sample("coffee"))
        await check.check(sample("cat"))


@pytest.mark.parametrize("judge", ["Faulty", "Slipping", "Wordy", "Undecided", "Negative"])
async def test_a_judge_that_fails_lets_no_photo_through(judge: str, tmp_path: Path) -> None:
    async with faulty(judge, tmp_path) as check:
        with pytest.raises(EngineFailed):
            await check.check(SKIN)


async def test_a_judge_that_hangs_lets_no_photo_through(tmp_path: Path) -> None:
    async with faulty("Hanging", tmp_path, look_seconds=0.3) as check:
        with pytest.raises(EngineFailed):
            await check.check(SKIN)


async def test_a_judge_that_can_not_be_built_lets_no_photo_through(tmp_path: Path) -> None:
    async with faulty("NoSuchJudge", tmp_path) as check:
        with pytest.raises(EngineFailed):
            await check.check(SKIN)
        with pytest.raises(EngineFailed):
            await check.warm()


async def test_one_crash_costs_a_retry_only(tmp_path: Path) -> None:
    async with faulty("FaultyOnce", tmp_path) as check:
        await check.check(SKIN)
    assert (tmp_path / "count").read_text() == "xx"


@pytest.mark.parametrize("content", [None, b"another network"])
async def test_a_network_that_is_not_the_pinned_one_lets_no_photo_through(
    content: bytes | None, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / NUDITY.file).write_bytes(content)
    async with safety(settings(tmp_path)) as check:
        with pytest.raises(NetworksMissing, match=f"{NUDITY.file}. Run: python -m bots networks"):
            await check.check(SKIN)


async def test_a_cancelled_check_leaves_no_process(tmp_path: Path) -> None:
    before = children()
    async with faulty("Hanging", tmp_path) as check:
        await check.warm()
        assert children() != before
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(check.check(SKIN), 0.2)
    assert children() == before


async def test_no_check_lets_everything_through_and_starts_no_process(tmp_path: Path) -> None:
    before = children()
    async with safety(settings(tmp_path, check="none", threshold=0.05)) as check:
        await check.warm()
        await check.check(SKIN)
        assert children() == before


async def test_the_process_starts_with_the_first_photo_only_and_ends_with_the_check(networks: Path) -> None:
    before = children()
    async with safety(settings(networks)) as check:
        assert children() == before
        await check.check(SKIN)
        assert len(children() - before) == 1
    assert children() == before


def test_a_photo_has_the_same_score_twice(networks: Path, judge: NudityJudge, sample: Callable[[str], Photo]) -> None:
    photo, another = sample("astronaut"), NudityJudge(str(networks / NUDITY.file), NUDITY.sha256)
    assert judge.score(photo) == judge.score(photo) == another.score(photo)


@pytest.mark.parametrize("name", SCORES)
def test_the_scores_are_those_of_the_authors_preparation(
    name: str, judge: NudityJudge, sample: Callable[[str], Photo]
) -> None:
    assert judge.score(sample(name)) == pytest.approx(SCORES[name], abs=0.0005)


def test_what_is_small_in_the_frame_or_squeezed_is_looked_at_closely() -> None:
    assert looks(400, 1000) == ((0, 0, 400, 1000), (0, 300, 400, 700), (100, 250, 300, 750))
    assert looks(1000, 400)[1] == (300, 0, 700, 400)


@pytest.mark.parametrize("size", [(16, 16), (16, 2048), (2048, 20)])
def test_the_thinnest_photo_has_a_score(size: tuple[int, int], judge: NudityJudge) -> None:
    assert 0 <= judge.score(Photo(*size, bytes(3 * size[0] * size[1]))) <= 1

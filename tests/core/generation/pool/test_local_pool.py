"""The pool when things go wrong: crashes, hangs, memory, cancelled work, a parent that dies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from core.errors import EngineFailed, InvalidEngraving, NetworksMissing, NotAPicture
from core.generation.pool.local import LocalPool
from core.model import FigurineRequest, Photo, Progress
from core.settings import GenerationSettings, PhotoSettings

PHOTO = Photo(64, 64, bytes(range(256)) * 48)


def pool(maker: str, _limits: dict[str, float] | None = None, **kwargs: str | float) -> LocalPool:
    """A pool over a maker of tests/engines. `_limits` replaces settings, also below what their ranges allow."""
    generation = GenerationSettings.model_construct(**(GenerationSettings().model_dump() | (_limits or {})))
    return LocalPool(f"tests.engines.{maker}", kwargs, generation, PhotoSettings())


def faulty(folder: Path, _limits: dict[str, float] | None = None, times: int = 1000) -> LocalPool:
    return pool("faulty:FaultyMaker", _limits, counter=str(folder / "count"), times=times)


def order(wish: str) -> FigurineRequest:
    return FigurineRequest(PHOTO, "collector", engraving="Ada", wish=wish)


def ignore(progress: Progress) -> None: ...


def attempts(folder: Path) -> int:
    return len((folder / "count").read_text())


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


@pytest.mark.parametrize("fault", ["crash", "kill", "eat"])
async def test_one_crash_or_overrun_of_memory_costs_a_retry_only(tmp_path, fault):
    async with faulty(tmp_path, {"memory_mb": 1200}, times=1) as engine:
        assert await engine.make(order(fault), ignore)
    assert attempts(tmp_path) == 2


@pytest.mark.parametrize("fault", ["kill", "eat"])
async def test_the_second_crash_fails_the_order_and_the_next_order_works(tmp_path, fault):
    async with faulty(tmp_path, {"memory_mb": 1200}, times=2) as engine:
        with pytest.raises(EngineFailed):
            await engine.make(order(fault), ignore)
        assert attempts(tmp_path) == 2
        assert await engine.make(order(fault), ignore)


async def test_a_worker_without_a_sign_of_life_is_killed_and_the_order_tried_again(tmp_path):
    async with faulty(tmp_path, {"silent_seconds": 0.3}, times=1) as engine:
        assert await engine.make(order("hang"), ignore)
    assert attempts(tmp_path) == 2


async def test_an_order_ends_when_its_whole_time_is_over(tmp_path):
    async with faulty(tmp_path, {"make_seconds": 0.5}) as engine:
        await engine.warm()
        start = time.monotonic()
        with pytest.raises(EngineFailed):
            await engine.make(order("hang"), ignore)
        assert time.monotonic() - start < 1.5
    assert attempts(tmp_path) == 1


async def test_progress_does_not_fall_back_after_a_retry(tmp_path):
    reports: list[Progress] = []
    async with faulty(tmp_path, times=1) as engine:
        await engine.make(order("crash"), reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)


async def test_an_unexpected_exception_fails_at_once_and_its_text_is_not_logged(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        async with faulty(tmp_path) as engine:
            with pytest.raises(EngineFailed):
                await engine.make(order("slip"), ignore)
    assert attempts(tmp_path) == 1
    assert "ValueError" in caplog.text
    assert "slip" in caplog.text
    assert "secret" not in caplog.text
    assert "Ada" not in caplog.text


async def test_the_products_errors_cross_the_border_with_their_fields(tmp_path):
    async with faulty(tmp_path) as engine:
        with pytest.raises(InvalidEngraving) as caught:
            await engine.make(order("refuse"), ignore)
    assert caught.value.fields == {"limit": 7}


async def test_what_a_worker_sends_cannot_run_code_in_the_service(tmp_path):
    async with faulty(tmp_path) as engine:
        with pytest.raises(EngineFailed, match=r"posix\.system"):
            await engine.make(order("smuggle"), ignore)


async def test_missing_networks_are_told_when_warming_up():
    async with pool("faulty:ColdMaker") as engine:
        for _ in range(2):
            with pytest.raises(NetworksMissing):
                await engine.warm()


async def test_a_maker_that_is_not_there_is_a_failed_engine():
    async with pool("nosuch:Maker") as engine:
        with pytest.raises(EngineFailed):
            await engine.warm()


async def test_a_worker_sees_no_secret_and_is_limited(monkeypatch):
    monkeypatch.setenv("FIGURINE_SHOP__KEY", "sk_live_secret")
    async with pool("faulty:SpyMaker", {"memory_mb": 3000}) as engine:
        with pytest.raises(InvalidEngraving) as caught:
            await engine.look(PHOTO)
    seen = caught.value.fields
    assert "sk_live_secret" not in str(seen["environment"])
    assert "MALLOC_ARENA_MAX=2" in str(seen["environment"])
    assert "Max address space         3000000000" in str(seen["limits"])
    assert seen["session"] == seen["pid"]
    assert int(seen["nice"]) == min(os.nice(0) + 5, 19)


async def test_a_photo_is_looked_at_while_every_maker_is_busy(tmp_path):
    async with faulty(tmp_path) as engine:
        begun = asyncio.Event()
        busy = asyncio.get_running_loop().create_task(engine.make(order("hang"), lambda _: begun.set()))
        await begun.wait()
        assert await asyncio.wait_for(engine.look(PHOTO), 10)
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy


async def test_a_call_waits_for_a_process_outside_of_its_time_and_takes_whichever_is_free_first():
    async with pool("faulty:SlowMaker", {"look_seconds": 1.4}, pause=0.5) as engine:
        warm = await asyncio.gather(*(engine.look(PHOTO) for _ in range(2)))
        seen = await asyncio.gather(*(engine.look(PHOTO) for _ in range(6)))
    looks = Counter(subject.count for subject in seen)
    assert looks.keys() == {subject.count for subject in warm}, "no process was replaced"
    assert min(looks.values()) >= 2


async def test_a_process_is_worn_by_figurines_and_not_by_looks():
    pids = []
    async with pool("faulty:SlowMaker", {"figurines_per_process": 2}) as engine:
        for _ in range(4):
            pids += [(await engine.look(PHOTO)).count, (await engine.make(order(""), ignore)).subject.count]
    assert len(set(pids[:4])) == len(set(pids[4:])) == 1
    assert pids[3] != pids[4]


async def test_processes_that_died_while_nobody_used_them_cost_nobody_an_attempt(photo_path, caplog):
    before = children()
    async with pool("quick:QuickMaker") as engine:
        await engine.warm()
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await engine.decode(photo_path("cat").read_bytes())
        assert await engine.make(order(""), ignore)
    assert not caplog.records


async def test_a_decoder_that_dies_as_it_is_called_is_not_the_pictures_fault(photo_path):
    before = children()
    async with pool("quick:QuickMaker") as engine:
        await engine.warm()
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        assert await engine.decode(photo_path("cat").read_bytes())


@pytest.mark.parametrize("when", [0.0, 0.05, 0.4])
async def test_cancelling_at_any_moment_of_the_start_leaves_nothing(tmp_path, when):
    before = children()
    async with faulty(tmp_path) as engine:
        making = asyncio.get_running_loop().create_task(engine.make(order("hang"), ignore))
        await asyncio.sleep(when)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
    assert children() == before


async def test_leaving_the_pool_ends_every_process_and_removes_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    async with pool("quick:QuickMaker") as engine:
        await engine.warm()
        assert len(children() - before) == 2
        assert list(tmp_path.iterdir())
    assert children() == before
    assert not list(tmp_path.iterdir())


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_works(photo_path):
    upload = photo_path("cat").read_bytes()
    async with pool("quick:QuickMaker") as engine:
        await engine.decode(upload)
        engine._photos = PhotoSettings.model_construct(**(PhotoSettings().model_dump() | {"decode_seconds": 0.0}))
        with pytest.raises(NotAPicture):
            await engine.decode(upload)
        engine._photos = PhotoSettings()
        assert await engine.decode(upload)


PARENT = """
import asyncio, sys
from core.generation.pool.local import LocalPool
from core.settings import GenerationSettings, PhotoSettings

async def main():
    async with LocalPool("tests.engines.quick:QuickMaker", {}, GenerationSettings(), PhotoSettings()) as engine:
        await engine.warm()
        print("warm", flush=True)
        await asyncio.sleep(60)

if __name__ != "__main__":
    raise SystemExit("started again by a worker")
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("stopped", file=sys.stderr)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_parent_and_ctrl_c_is_quiet(tmp_path, how):
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4]), "TMPDIR": str(scratch)}
    with subprocess.Popen(
        [sys.executable, program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "warm\n"
        tasks = Path(f"/proc/{parent.pid}/task").iterdir()
        workers = [pid for task in tasks for pid in (task / "children").read_text().split()]
        parent.send_signal(how)
        said = parent.communicate(timeout=10)[1]
    assert len(workers) == 2
    deadline = time.monotonic() + 5
    while any(_runs(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_runs(pid) for pid in workers)
    if how is signal.SIGINT:
        assert said == "stopped\n"
        assert not list(scratch.iterdir())


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

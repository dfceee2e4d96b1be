"""The schedule goes on: with failing and hanging tasks, moved clocks, a stalled scheduler, and to a clean end."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import time_machine

from core.clock import SystemClock
from core.retention import alarms
from core.retention import schedule as module
from core.retention.schedule import Schedule, Task
from core.supervision import Supervisor

PULSE = 0.05
SHORT = dt.timedelta(seconds=0.03)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Board:
    """Alerts and beats, remembered in memory. `broken` makes the alerts fail."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {}
        self.raised: Counter[str] = Counter()
        self.cleared: Counter[str] = Counter()
        self.beats: list[tuple[str, dt.datetime]] = []
        self.broken = False

    async def raise_alert(self, name: str, detail: str) -> None:
        self._check()
        self.up[name] = detail
        self.raised[name] += 1

    async def clear(self, name: str) -> None:
        self._check()
        self.up.pop(name, None)
        self.cleared[name] += 1

    async def beat(self, name: str, at: dt.datetime) -> None:
        self.beats.append((name, at))

    def beaten(self, name: str) -> int:
        return sum(beat == name for beat, _ in self.beats)

    def _check(self) -> None:
        if self.broken:
            raise OSError


@pytest.fixture
def board() -> Board:
    return Board()


async def nothing() -> None:
    """Work that is done at once."""


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- what is waited for is a state, not an event
            await asyncio.sleep(0.005)


def made(board: Board, *tasks: Task, drain_seconds: float = 1.0) -> Schedule:
    return Schedule(tasks, SystemClock(), board, board, pulse=PULSE, drain_seconds=drain_seconds)


@asynccontextmanager
async def running(schedule: Schedule) -> AsyncIterator[Schedule]:
    async with Supervisor(first_pause=0.01) as supervisor:
        supervisor.start("schedule", schedule.run)
        yield schedule


def failing_until(fixed: asyncio.Event, error: BaseException) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        if not fixed.is_set():
            raise error

    return run


async def test_every_task_runs_soon_after_the_start_and_the_short_ones_again_and_again(board):
    async with running(made(board, Task("daily", DAY, nothing), Task("often", SHORT, nothing))):
        await until(lambda: board.beaten("often") >= 5)
    assert board.beaten("daily") == 1
    assert board.raised == Counter()
    assert set(board.cleared.values()) == {1}  # not again with every success
    assert all(abs(dt.datetime.now(dt.UTC) - at) < dt.timedelta(minutes=1) for _, at in board.beats)


@pytest.mark.parametrize("error", [RuntimeError("about Ada"), asyncio.CancelledError()])
async def test_a_task_that_fails_is_told_of_and_tried_again_until_it_works(board, error):
    fixed = asyncio.Event()
    tasks = (Task("broken", SHORT, failing_until(fixed, error)), Task("steady", SHORT, nothing))
    async with running(made(board, *tasks)):
        await until(lambda: board.raised["schedule.broken"] >= 3 and board.beaten("steady") >= 3)
        assert board.beaten("broken") == 0
        assert board.up == {"schedule.broken": f"failed with {type(error).__name__}"}
        fixed.set()
        await until(lambda: not board.up)
        assert board.beaten("broken") > 0


async def test_an_alert_that_an_earlier_process_left_is_cleared_by_the_first_success(board):
    board.up = {"schedule.mended": "failed", "schedule": "no tick", "schedule.of others": "stays"}
    async with running(made(board, Task("mended", DAY, nothing))):
        await until(lambda: set(board.up) == {"schedule.of others"})


async def test_a_task_that_hangs_is_told_of_once_and_neither_piles_up_nor_stops_others(board):
    free, starts = asyncio.Event(), []

    async def hang() -> None:
        starts.append(1)
        await free.wait()

    async with running(made(board, Task("hanging", SHORT, hang), Task("steady", SHORT, nothing))):
        await until(lambda: "schedule.hanging" in board.up)
        before = board.beaten("steady")
        await until(lambda: board.beaten("steady") >= before + 10)
        assert (len(starts), board.raised["schedule.hanging"]) == (1, 1)
        assert "running" in board.up["schedule.hanging"]
        free.set()
        await until(lambda: len(starts) > 1 and not board.up)


async def test_a_task_that_takes_longer_than_it_may_is_cancelled_and_tried_again(board):
    starts = []

    async def hang() -> None:
        starts.append(1)
        await asyncio.Event().wait()

    async with running(made(board, Task("hanging", SHORT, hang, within=SHORT))):
        await until(lambda: len(starts) >= 3)
        assert board.up == {"schedule.hanging": "failed with TimeoutError"}


async def test_a_clock_that_goes_back_an_hour_stops_nothing_for_long(board):
    async with running(made(board, Task("often", SHORT, nothing), Task("daily", DAY, nothing))):
        await until(lambda: board.beaten("often") >= 2)
        with time_machine.travel(dt.datetime.now(dt.UTC) - HOUR):
            before, moved_at = board.beaten("often"), time.monotonic()
            await until(lambda: board.raised["schedule"])
            await until(lambda: board.beaten("often") >= before + 5)
            assert time.monotonic() - moved_at < 100 * PULSE
            assert board.beaten("daily") == 2
            await until(lambda: not board.up)
    assert board.raised == {"schedule": 1}


async def test_a_clock_that_goes_forward_a_day_brings_one_run_instead_of_all_that_were_missed(board):
    async with running(made(board, Task("often", SHORT, nothing), Task("daily", DAY, nothing))):
        await until(lambda: board.beaten("often") >= 2)
        with time_machine.travel(dt.datetime.now(dt.UTC) + DAY + HOUR):
            before, moved_at = board.beaten("often"), time.monotonic()
            await until(lambda: board.beaten("daily") == 2)
            assert time.monotonic() - moved_at < 1
            assert board.beaten("often") <= before + 40
    assert board.raised == Counter()


async def test_a_scheduler_that_stalls_is_started_again_each_time(board):
    async with running(made(board, Task("often", SHORT, nothing))) as schedule:
        await until(lambda: board.beaten("often") >= 2)
        while board.raised["schedule"] < 2:
            await until(lambda: not board.up)
            schedule._scheduler.pause()
            await until(lambda: board.up)
            board.beats.clear()
            await until(lambda: board.beaten("often") >= 3)


async def test_one_task_whose_ticks_stay_away_is_noticed_while_others_tick(board):
    async with running(made(board, Task("lost", SHORT, nothing), Task("often", SHORT, nothing))) as schedule:
        await until(lambda: board.beaten("lost") >= 2)
        schedule._scheduler.remove_job("lost")
        await until(lambda: board.raised["schedule"])
        before = board.beaten("lost")
        await until(lambda: board.beaten("lost") >= before + 2)


async def test_the_alert_stays_as_long_as_a_new_scheduler_does_not_tick_either(board, monkeypatch):
    async with running(made(board, Task("often", SHORT, nothing))) as schedule:
        await until(lambda: board.beaten("often") >= 2)
        monkeypatch.setattr(module.AsyncIOScheduler, "start", lambda scheduler: None)
        schedule._scheduler.pause()
        await until(lambda: board.raised["schedule"] >= 1)
        for _ in range(20):
            assert "schedule" in board.up
            await asyncio.sleep(PULSE / 2)
        monkeypatch.undo()
        await until(lambda: not board.up)


async def test_a_process_that_stood_still_for_a_moment_is_no_alert(board):
    async with running(made(board, Task("often", SHORT, nothing))):
        await until(lambda: board.beaten("often") >= 2)
        for _ in range(3):
            time.sleep(10 * PULSE)  # noqa: ASYNC251 -- that is the point
            await asyncio.sleep(3 * PULSE)
    assert board.raised == Counter()


def test_a_long_interval_is_late_minutes_after_its_time_and_a_short_one_after_three(board):
    tasks = [Task(f"{seconds} s", dt.timedelta(seconds=seconds), nothing) for seconds in (1, 60, 86_400)]
    schedule = Schedule(tasks, SystemClock(), board, board)
    assert [schedule._longest(task.name) for task in tasks] == [6, 180, 86_700]


async def test_alerts_that_fail_stop_nothing_and_are_cleared_when_they_work_again(board, caplog):
    fixed = asyncio.Event()
    async with running(made(board, Task("broken", SHORT, failing_until(fixed, ValueError())))):
        await until(lambda: board.up)
        board.broken = True
        fixed.set()
        await until(lambda: board.beaten("broken") >= 3)
        assert board.up
        board.broken = False
        await until(lambda: not board.up)
    assert "can't be changed: OSError" in caplog.text


async def test_alerts_that_hang_stop_nothing(board, monkeypatch):
    monkeypatch.setattr(alarms, "TELL_SECONDS", 0.05)
    monkeypatch.setattr(board, "raise_alert", lambda name, detail: asyncio.sleep(60))
    tries = []

    async def fail() -> None:
        tries.append(1)
        raise ValueError

    async with running(made(board, Task("broken", SHORT, fail), Task("steady", SHORT, nothing))):
        await until(lambda: len(tries) >= 3)
        with time_machine.travel(dt.datetime.now(dt.UTC) - HOUR):
            await asyncio.sleep(PULSE)
            board.beats.clear()
            await until(lambda: board.beaten("steady") >= 3)


async def test_a_beat_that_fails_is_a_failure(board, monkeypatch):
    async def fail(name: str, at: dt.datetime) -> None:
        raise OSError

    monkeypatch.setattr(board, "beat", fail)
    async with running(made(board, Task("often", SHORT, nothing))):
        await until(lambda: board.up == {"schedule.often": "failed with OSError"})


async def test_the_end_waits_for_what_is_running(board):
    begun, steps = asyncio.Event(), []

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.2)
        steps.append("ended")

    async with running(made(board, Task("slow", SHORT, slow))):
        await begun.wait()
    assert steps == ["ended"]
    await asyncio.sleep(3 * PULSE)
    assert (steps, board.beaten("slow")) == (["ended"], 1)


async def test_the_end_does_not_wait_for_ever(board):
    begun, steps = asyncio.Event(), []

    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cancelled")

    async def deaf() -> None:
        for _ in range(2):
            try:
                await free.wait()
            except asyncio.CancelledError:
                steps.append("not heard")

    free = asyncio.Event()
    tasks = (Task("hanging", SHORT, hang), Task("deaf", SHORT, deaf))
    async with asyncio.timeout(5), running(made(board, *tasks, drain_seconds=0.1)):
        await begun.wait()
    assert sorted(steps) == ["cancelled", "not heard"]
    assert board.raised == Counter()
    free.set()
    await asyncio.sleep(0.05)


async def test_a_schedule_that_broke_is_started_again_by_its_supervisor(board, monkeypatch):
    async with running(made(board, Task("daily", DAY, nothing))) as schedule:
        await until(lambda: board.beaten("daily") == 1)
        monkeypatch.setattr(schedule, "_late", lambda: 1 / 0)
        await until(lambda: schedule._scheduler is None)
        monkeypatch.undo()
        await until(lambda: board.beaten("daily") >= 2)


async def test_the_log_is_not_filled_with_ticks(board, caplog):
    caplog.set_level(logging.INFO)
    async with running(made(board, Task("often", SHORT, nothing))):
        await until(lambda: board.beaten("often") >= 5)
    assert caplog.records == []


@pytest.mark.parametrize("names", [("same", "same"), ("schedule",)])
def test_names_that_say_two_things_are_refused(board, names):
    with pytest.raises(ValueError, match="a name of its own"):
        made(board, *(Task(name, SHORT, nothing) for name in names))


@pytest.mark.parametrize(
    ("name", "every"), [("x" * 32, SHORT), ("", SHORT), ("never", dt.timedelta()), ("ago", -SHORT)]
)
def test_a_task_without_a_usable_name_or_interval_is_refused(name, every):
    with pytest.raises(ValueError, match=r"characters|longer than nothing"):
        Task(name, every, nothing)

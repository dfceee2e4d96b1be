"""What must happen again and again, and the watch that notices when it does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from core.ports import Alerts, Beats, Clock
from core.retention.alarms import Alarms
from core.supervision import in_background, to_the_end

log = logging.getLogger(__name__)

NAME = "schedule"  # of the alert about the schedule itself; a task's is "schedule.<its name>"
PULSE = 2.0  # seconds between two signs of life of the scheduler itself, and between two looks at all of them
LATE = 3  # intervals after which a tick is late; also the least number of pulses
MOST_LATE = 300.0  # seconds after its time at which a tick is late, however long its interval is
DRAIN_SECONDS = 5.0
NAME_MAX = 31  # characters, so that the alert's name is no longer than 40


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a room wants done again and again.

    `run` looks for itself what is due: it may be called at any time, but never before it has ended. If it takes longer
    than `within`, it is cancelled, which counts as a failure; None lets it take as long as it likes.

    Raises:
        ValueError: `every` is not longer than nothing, or `name` is longer than NAME_MAX.
    """

    name: str
    every: dt.timedelta
    run: Callable[[], Awaitable[None]]
    within: dt.timedelta | None = None

    def __post_init__(self) -> None:
        if self.every <= dt.timedelta():
            raise ValueError(f"{self.name}: the interval must be longer than nothing")
        if not 0 < len(self.name) <= NAME_MAX:
            raise ValueError(f"{self.name!r}: a name has 1 to {NAME_MAX} characters")


class Schedule:
    """Runs every task soon after the start and then at its intervals, until `run` is cancelled.

    A task that fails raises the alert "schedule.<name>" and is tried again at its next time; when it works again, the
    alert is cleared. Every success is a beat. A task that is still running when its time comes is not started again.
    A clock that is moved stops nothing for longer than a few pulses, which the alert "schedule" then tells of.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        clock: Clock,
        alerts: Alerts,
        beats: Beats,
        pulse: float = PULSE,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        """`pulse` and `drain_seconds`, for which running tasks are waited for at the end, are in seconds.

        Raises:
            ValueError: two tasks have the same name, or one has the schedule's own.
        """
        names = [NAME, *(task.name for task in tasks)]
        if len(set(names)) < len(names):
            raise ValueError(f"every task needs a name of its own: {', '.join(names)}")
        self._tasks = tasks
        self._clock = clock
        self._alarms = Alarms(alerts, [NAME, *(_alert(task.name) for task in tasks)])
        self._beats = beats
        self._pulse = pulse
        self._drain_seconds = drain_seconds
        self._every = {NAME: pulse} | {task.name: task.every.total_seconds() for task in tasks}
        self._scheduler: AsyncIOScheduler | None = None
        # All on the event loop's clock, which nobody can move.
        self._started_at = 0.0
        self._ticked_at: dict[str, float] = {}
        self._begun_at: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """The service. Cancelled, it waits for running tasks for a while, and cancels those that take longer."""
        try:
            self._start_ticks()
            await self._watch()
        finally:
            self._stop_ticks()
            await to_the_end(self._drain())

    def _start_ticks(self) -> None:
        """A fresh scheduler, whose jobs all tick at once and then at their intervals."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # It tells of every tick.
        # Ticks are run by the scheduler itself: its other executors use threads, or cancel what runs when they stop.
        scheduler = AsyncIOScheduler(
            timezone=dt.UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        ticks: dict[str, Callable[[], None]] = {NAME: partial(self._note, NAME)}
        ticks |= {task.name: partial(self._tick, task) for task in self._tasks}
        now = dt.datetime.now(dt.UTC)  # the clock that the scheduler itself goes by
        for name, tick in ticks.items():
            scheduler.add_job(tick, _Every(self._every[name]), id=name, next_run_time=now)
        self._started_at = _now()
        self._ticked_at = dict.fromkeys(ticks, self._started_at)
        self._scheduler = scheduler
        scheduler.start()

    def _stop_ticks(self) -> None:
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._scheduler = None

    def _note(self, name: str) -> None:
        self._ticked_at[name] = _now()

    def _tick(self, task: Task) -> None:
        """Start the task, unless it is still running."""
        self._note(task.name)
        running = self._running.get(task.name)
        if running is None or running.done():
            self._begun_at[task.name] = _now()
            self._running[task.name] = in_background(self._run_once(task), _alert(task.name))

    async def _run_once(self, task: Task) -> None:
        try:
            async with asyncio.timeout(task.within.total_seconds() if task.within else None):
                await task.run()
            await self._beats.beat(task.name, self._clock.now())
        except (Exception, asyncio.CancelledError) as error:
            if (itself := asyncio.current_task()) and itself.cancelling():
                raise asyncio.CancelledError from error
            kind = type(error).__name__
            log.error("%s failed with %s", _alert(task.name), kind, exc_info=log.isEnabledFor(logging.DEBUG))
            await self._alarms.put_up(_alert(task.name), f"failed with {kind}")
        else:
            await self._alarms.take_down(_alert(task.name))

    async def _watch(self) -> None:
        """Look at the ticks again and again, and start the scheduler anew when one is late."""
        while True:
            await asyncio.sleep(self._pulse)
            if self._late():
                await asyncio.sleep(self._pulse)  # If the whole process stood still, the ticks come now.
            if late := self._late():
                self._stop_ticks()
                self._start_ticks()
                log.error("%s had no tick of %s, and was started again", NAME, late)
                await self._alarms.put_up(NAME, f"no tick of {late}: was the clock moved? Started again.")
            elif self._ticked_at[NAME] > self._started_at:
                await self._alarms.take_down(NAME)
            await self._tell_of_hanging()

    def _late(self) -> str:
        """The names of the ticks that are late, as one text; empty if none is."""
        now = _now()
        return ", ".join(name for name, at in self._ticked_at.items() if now - at > self._longest(name))

    def _longest(self, name: str) -> float:
        """Seconds from one tick to the next, or for which a task runs, above which something is wrong."""
        every = self._every[name]
        return max(every + min((LATE - 1) * every, MOST_LATE), LATE * self._pulse)

    async def _tell_of_hanging(self) -> None:
        for name, task in list(self._running.items()):
            seconds = _now() - self._begun_at[name]
            if not task.done() and seconds > self._longest(name):
                await self._alarms.put_up(_alert(name), f"has been running for {seconds:.0f} s", once=True)

    async def _drain(self) -> None:
        """Wait for what is running; then cancel it, and wait once more."""
        running = await self._wait_for(self._running.values())
        for task in running:
            log.warning("%s takes too long and is cancelled", task.get_name())
            task.cancel()
        for task in await self._wait_for(running):
            log.error("%s can't be cancelled and is left behind", task.get_name())

    async def _wait_for(self, tasks: Iterable[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait for tasks for a while, and return those that have not ended by then."""
        open_ones = {task for task in tasks if not task.done()}
        return (await asyncio.wait(open_ones, timeout=self._drain_seconds))[1] if open_ones else set()


class _Every(BaseTrigger):  # type: ignore[misc] # it is untyped
    """One interval from now, however many were missed.

    The library's own trigger lists the missed ones one by one: for a pulse of two seconds and a clock that was set
    forward by a year, that takes twenty seconds and 900 MB.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = dt.timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: dt.datetime | None, now: dt.datetime) -> dt.datetime:  # noqa: ARG002
        """The next time. `previous_fire_time` is given by the library."""
        return now + self._interval


def _alert(name: str) -> str:
    return f"{NAME}.{name}"


def _now() -> float:
    return asyncio.get_running_loop().time()

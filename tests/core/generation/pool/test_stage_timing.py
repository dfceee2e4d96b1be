"""Seconds left, learnt from earlier orders."""

from core.generation.pool.timing import StageTimes, Timeline
from core.model import Progress


class Ticks:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def run(times: StageTimes, ticks: Ticks, durations: dict[str, float]) -> list[Progress]:
    timeline, shown = Timeline(times), []
    for number, (stage, seconds) in enumerate(durations.items()):
        shown.append(timeline.refine(Progress(stage, number / len(durations), 99.0)))
        ticks.seconds += seconds
    timeline.finish()
    return shown


def test_the_first_order_shows_what_the_engine_guesses_and_the_second_what_was_measured():
    ticks = Ticks()
    times = StageTimes(ticks)
    assert [progress.seconds_left for progress in run(times, ticks, {"look": 1.0, "solid": 4.0})] == [99.0, 99.0]
    assert [progress.seconds_left for progress in run(times, ticks, {"look": 1.0, "solid": 4.0})] == [5.0, 4.0]


def test_seconds_left_run_down_within_a_stage_and_do_not_become_negative():
    ticks = Ticks()
    times = StageTimes(ticks)
    run(times, ticks, {"look": 5.0})
    timeline = Timeline(times)
    left = []
    for _ in range(3):
        left.append(timeline.refine(Progress("look", 0.1, 99.0)).seconds_left)
        ticks.seconds += 4.0
    assert left == [5.0, 1.0, 0.0]


def test_an_attempt_that_failed_teaches_nothing():
    ticks = Ticks()
    times = StageTimes(ticks)
    timeline = Timeline(times)
    timeline.refine(Progress("look", 0.0, 1.0))
    timeline.restart()
    timeline.finish()
    assert times.rest("look") is None

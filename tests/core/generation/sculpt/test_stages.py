"""Progress of one order."""

from __future__ import annotations

from core.generation.sculpt.stages import Stages
from core.model import Progress

USUAL = {"first": 1.0, "second": 3.0}


def test_the_fraction_grows_with_the_usual_seconds_of_the_stages() -> None:
    told: list[Progress] = []
    stages = Stages(USUAL, told.append)
    with stages.stage("first"):
        pass
    with stages.stage("second") as advance:
        advance(0.5)
    assert [(progress.stage, progress.fraction) for progress in told] == [
        ("first", 0.0),
        ("second", 0.25),
        ("second", 0.625),
    ]


def test_the_seconds_left_shrink_as_work_is_done() -> None:
    told: list[Progress] = []
    stages = Stages(USUAL, told.append)
    with stages.stage("first"):
        pass
    with stages.stage("second") as advance:
        advance(0.9)
    assert told[0].seconds_left > told[1].seconds_left > told[2].seconds_left > 0


def test_a_stage_that_is_entered_twice_adds_its_seconds() -> None:
    stages = Stages(USUAL, lambda _: None)
    with stages.stage("first"):
        pass
    once = stages.seconds["first"]
    with stages.stage("first"):
        sum(range(300_000))
    assert stages.seconds["first"] > once

"""The waiting time of those whom newcomers overtake: reckoned by hand, told by the real queue, and over a busy day."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import pytest

from benchmarks.eta import World
from core.queue import fairness
from core.queue.estimates import MEMORY, Coming, waiting_seconds
from core.records import Ahead, Waiting
from tests.core.queue.conftest import Shop

LATER = Ahead(10, 100_000, (), behind_ms=60_000, horizon_ms=12_000_000)  # It begins in 100 seconds if nobody comes.
HORIZON = 12_000.0


class Day:
    """A clock that a test moves, and those who come meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.coming = Coming(lambda: self.now)

    def pass_with(self, every: float, cost_ms: int, open_before: int = 0, priority: int = 0, hours: float = 6) -> None:
        """Let time pass in which an order comes every so many seconds."""
        for _ in range(round(hours * 3600 / every)):
            self.now += every
            self.coming.note(cost_ms, open_before, priority)

    def told(self, ahead: Ahead = LATER, workers: int = 1) -> float:
        return waiting_seconds(ahead, workers, 0, self.coming)


@pytest.fixture
def day() -> Iterator[Day]:
    return Day()


def test_whom_nobody_overtakes_is_told_the_same_however_many_come(day: Day):
    first = Ahead(10, 100_000, ())
    day.pass_with(every=10, cost_ms=20_000)
    assert day.told(first) == waiting_seconds(first, 1, 0) == 100
    assert day.told(LATER) > 200


def test_a_later_photo_waits_longer_by_the_share_of_time_that_newcomers_take(day: Day):
    assert day.told() == 100
    day.pass_with(every=20, cost_ms=10_000)
    assert day.told() == pytest.approx(200, rel=0.03)
    two = Ahead(10, 200_000, (), behind_ms=60_000, horizon_ms=12_000_000)
    assert day.told(two, workers=2) == pytest.approx(100 / 0.75, rel=0.03)


def test_a_later_photo_never_waits_for_more_than_comes_within_its_horizon(day: Day):
    day.pass_with(every=10, cost_ms=20_000)
    assert day.coming.overtaking(HORIZON) == pytest.approx(2 * HORIZON, rel=0.01)
    assert HORIZON < day.told() < 100 + 2 * HORIZON
    old = Ahead(10, 100_000, (), behind_ms=60_000, horizon_ms=10_000)
    assert 100 < day.told(old) < 120


def test_what_came_is_forgotten_and_what_comes_anew_counts(day: Day):
    day.pass_with(every=20, cost_ms=10_000)
    before = day.coming.overtaking(HORIZON)
    day.now += MEMORY
    assert day.coming.overtaking(HORIZON) == pytest.approx(before / 2.718, rel=0.01)
    day.now += 1_000 * MEMORY
    assert day.told() == 100
    day.pass_with(every=20, cost_ms=10_000)
    assert day.coming.overtaking(HORIZON) == pytest.approx(before, rel=0.01)


def test_soon_after_a_start_what_came_counts_in_full_but_a_single_order_does_not_alarm(day: Day):
    day.pass_with(every=20, cost_ms=10_000, hours=0.25)
    assert day.coming.overtaking(HORIZON) == pytest.approx(HORIZON / 2, rel=0.02)
    fresh = Day()
    fresh.coming.note(10_000, 0, 0)
    assert fresh.told() < 105


def test_other_albums_later_photos_go_before_those_only_that_stand_further_behind(day: Day):
    turn = fairness.PATIENCE * 10.0
    day.pass_with(every=20, cost_ms=10_000, open_before=3)
    assert day.coming.overtaking(3 * turn) == pytest.approx(0, abs=1e-6)
    assert day.coming.overtaking(3 * turn + 100) == pytest.approx(50, rel=0.01)
    deep = Day()
    deep.pass_with(every=20, cost_ms=10_000, open_before=500)
    assert deep.coming.overtaking(1_000 * turn) > 0


def test_subscribers_have_three_orders_in_a_turn(day: Day):
    day.pass_with(every=20, cost_ms=10_000, open_before=2, priority=1)
    assert day.coming.overtaking(100) == pytest.approx(50, rel=0.01)
    later = Day()
    later.pass_with(every=20, cost_ms=10_000, open_before=3, priority=1)
    assert later.coming.overtaking(100) == 0


def test_a_clock_that_is_set_back_changes_nothing_of_what_came(day: Day):
    day.pass_with(every=20, cost_ms=10_000)
    before = day.coming.overtaking(HORIZON)
    day.now -= 50 * 3600
    assert day.coming.overtaking(HORIZON) == before
    day.pass_with(every=20, cost_ms=10_000)
    assert day.coming.overtaking(HORIZON) == pytest.approx(before, rel=0.01)


async def test_the_queue_tells_a_later_photo_that_many_people_come_and_nobody_else(shop: Shop):
    orders, jobs = shop.queue.orders, shop.house.storage.jobs
    album = [await shop.place() for _ in range(2)]

    async def told(job: int) -> tuple[float, float]:
        """What is told, and what would be if nobody came any more."""
        found = await jobs.get(job)
        assert found
        event = await orders.state(found)
        assert isinstance(event, Waiting)
        return event.seconds, waiting_seconds(await jobs.ahead(job, shop.house.clock.now()), 1, found.cost_ms)

    for name in ("eve", "kim", "lou", "ann"):
        shop.house.clock.wait(seconds=100)
        person = await shop.house.person(name)
        await shop.place(person)
    single = await shop.place(shop.bob)
    seconds, least = await told(album[1])
    assert seconds > 1.2 * least
    for job in (album[0], single):
        seconds, least = await told(job)
        assert seconds == least


def test_what_later_photos_of_an_album_are_told_is_mostly_not_far_from_what_comes_to_pass():
    orders = World(1_500, 1, seed=3).run()
    apart = [
        (seconds - (order.done - when)) / (order.done - when)
        for order in orders
        if order.behind
        for when, _, seconds, _ in order.told
    ]
    assert statistics.median(abs(part) for part in apart) < 0.35
    assert abs(statistics.median(apart)) < 0.15

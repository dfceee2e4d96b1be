"""The bounds that core/queue/fairness.py states, over random arrivals, and the same lines on a real database."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.queue import fairness
from core.queue.fairness import HEAD_START, PATIENCE, WEIGHT, share
from core.records import JobStatus
from tests.databases import NOON, open_house

COST = 25_000
HEAD_START_MS = HEAD_START // dt.timedelta(milliseconds=1)


@dataclass
class Order:
    """`seen` is the virtual time when it was placed; `turn` counts claims, None as long as it waits."""

    number: int
    person: str
    priority: int
    cost: int
    at: int
    place: fairness.Place
    seen: int
    turn: int | None = None
    cancelled: bool = False

    @property
    def share(self) -> int:
        return share(self.cost, self.priority)


@dataclass
class Line:
    """The fair order in memory. It asks fairness.place what storage/turns.py asks."""

    now: int = 0  # milliseconds
    orders: list[Order] = field(default_factory=list)
    finish: dict[str, int] = field(default_factory=dict)
    claims: int = 0

    @property
    def waiting(self) -> list[Order]:
        return [order for order in self.orders if order.turn is None and not order.cancelled]

    def come(self, person: str, priority: int = 0, cost: int = COST) -> Order:
        lowest = min((order.place.tag for order in self.waiting), default=None)
        highest = max(self.finish.values(), default=0)
        own = self.finish.get(person, 0)
        now = NOON + dt.timedelta(milliseconds=self.now)
        found = fairness.place(lowest, highest, own, cost, priority, now)
        seen = highest if lowest is None else lowest
        order = Order(len(self.orders), person, priority, cost, self.now, found, seen)
        self.orders.append(order)
        self.finish[person] = found.finish
        return order

    def serve(self) -> Order | None:
        first = min(self.waiting, key=lambda order: (order.place.rank, order.number), default=None)
        if first:
            first.turn, self.claims = self.claims, self.claims + 1
        return first

    def cancel(self, order: Order) -> None:
        order.cancelled = True
        rest = (o.place.tag + o.share for o in self.waiting if o.person == order.person)
        own = self.finish[order.person]
        self.finish[order.person] = fairness.given_back(own, order.cost, order.priority, max(rest, default=0))

    def overtaking(self, order: Order, person: str) -> list[Order]:
        """The orders of a person that came after it and went before it."""
        assert order.turn is not None
        later = self.orders[order.number + 1 :]
        return [o for o in later if o.person == person and o.turn is not None and o.turn < order.turn]

    def before(self, order: Order) -> int:
        """What the person's orders in front of it add up to: how far it stands behind the virtual time."""
        return order.place.tag - order.seen


Come = tuple[str, str, int, int]  # "come", person, number of photos, milliseconds afterwards
Step = Come | tuple[str, int, int, int]  # "serve" or "cancel", which, unused, milliseconds afterwards

people = st.sampled_from("abcdef")
pause = st.integers(0, 400_000)
steps = st.one_of(
    st.tuples(st.just("come"), people, st.integers(1, 12), pause),
    st.tuples(st.just("serve"), st.integers(1, 4), st.just(0), pause),  # up to four workers take one each
    st.tuples(st.just("cancel"), st.integers(0, 50), st.just(0), pause),
)


def run(script: Sequence[Step], subscribers: str, costs: dict[str, int]) -> Line:
    line = Line()
    for what, which, many, then in script:
        if what == "come":
            for _ in range(many):
                line.come(str(which), int(str(which) in subscribers), costs.get(str(which), COST))
        elif what == "serve":
            for _ in range(int(which)):
                line.serve()
        elif line.waiting:
            line.cancel(line.waiting[int(which) % len(line.waiting)])
        line.now += then
    while line.serve():
        pass
    return line


scripts = st.lists(steps, max_size=40)
some_subscribe = st.sets(people).map("".join)
any_costs = st.dictionaries(people, st.integers(6_001, 300_000))
TRIES = settings(max_examples=150, deadline=None)


@TRIES
@given(scripts, some_subscribe, any_costs)
@example([("come", "a", 2, 1), ("serve", 1, 0, 59_000), ("come", "b", 3, 900), ("come", "c", 1, 100)], "", {})
def test_nobody_who_comes_later_overtakes_a_first_order_but_subscribers_in_time(script, subscribers, costs):
    line = run(script, subscribers, costs)
    for order in line.orders:
        if order.turn is None or line.before(order) > 0:
            continue
        came = order.at - HEAD_START_MS * order.priority
        for person in line.finish:
            for other in line.overtaking(order, person):
                assert other.priority
                assert other.at - HEAD_START_MS < came


@TRIES
@given(scripts, some_subscribe, any_costs)
def test_an_order_is_overtaken_by_no_more_work_of_one_person_than_stands_before_it_of_its_own(
    script, subscribers, costs
):
    line = run(script, subscribers, costs)
    for order in line.orders:
        if order.turn is None:
            continue
        slack = HEAD_START_MS // PATIENCE  # of a subscriber's rank, put into milliseconds of work
        for person in set(line.finish) - {order.person}:
            others = line.overtaking(order, person)
            assert sum(other.share for other in others[:-1]) <= line.before(order) + slack * bool(others)


@TRIES
@given(scripts, some_subscribe)
def test_an_albums_kth_order_is_overtaken_by_fewer_than_k_of_each_person_and_by_three_k_of_a_subscriber(
    script, subscribers
):
    line = run(script, subscribers, {})
    for order in line.orders:
        if order.turn is None:
            continue
        k = math.ceil(line.before(order) / order.share) + 1
        if order.priority:
            continue  # Of theirs, k counts thirds of an order.
        for person in set(line.finish) - {order.person}:
            count = len(line.overtaking(order, person))
            assert count <= (WEIGHT * k if person in subscribers else k - 1)


@TRIES
@given(scripts, some_subscribe, any_costs)
def test_a_persons_own_orders_keep_their_order(script, subscribers, costs):
    line = run(script, subscribers, costs)
    for person in line.finish:
        turns = [order.turn for order in line.orders if order.person == person and order.turn is not None]
        assert turns == sorted(turns)


@TRIES
@given(st.integers(1, 4), st.integers(0, 50), some_subscribe)
@example(1, 49, "a")
def test_an_album_of_fifty_delays_somebody_elses_single_photo_by_one_order(workers, done, subscribers):
    line = Line()
    for _ in range(50):
        line.come("a", int("a" in subscribers))
    for _ in range(max(done, workers)):
        line.serve()
        line.now += COST // workers
    single = line.come("b", int("b" in subscribers))
    while single.turn is None:
        line.serve()
    assert single.turn - max(done, workers) <= 1


@TRIES
@given(st.integers(1, 50), st.integers(0, 36_000))
def test_an_album_that_has_waited_long_gets_one_more_order_for_each_stretch_of_patience(photos, seconds):
    line = Line()
    for _ in range(photos):
        line.come("a")
    line.now = seconds * 1000
    single = line.come("b")
    while single.turn is None:
        line.serve()
    assert single.turn <= 1 + line.now // (PATIENCE * COST)


@pytest.mark.parametrize("subscribe", [False, True])
@pytest.mark.parametrize("workers", [1, 2, 4] if os.environ.get("PROVE") else [2])
def test_nobody_waits_for_ever_while_more_new_people_come_than_can_be_served(workers, subscribe):
    line = Line()
    album = [line.come("a") for _ in range(5)]
    people = (f"new {number}" for number in itertools.count())
    ends: dict[int, int] = {}
    while len(ends) < 5 and line.now < 1e9:
        for _ in range(workers + 1):
            line.come(next(people), int(subscribe))
        for _ in range(workers):
            served = line.serve()
            if served in album:
                ends[served.number] = line.now
        line.now += COST
    assert len(ends) == 5
    for order in album:
        last = order.at + PATIENCE * line.before(order) + HEAD_START_MS
        overtakers = [other for other in line.orders if other.turn is not None and other.turn < (order.turn or 0)]
        assert all(other.at <= last for other in overtakers)


def test_endless_orders_of_the_same_subscribers_let_a_first_order_pass():
    line = Line()
    for person in "abcdefgh":
        line.come(person, 1)
    single = line.come("z")
    while single.turn is None:
        served = line.serve()
        assert served
        line.now += COST
        line.come(served.person, served.priority)
        assert line.now < HEAD_START_MS + 20 * COST
    assert single.turn <= 8 + HEAD_START_MS // COST + 1


def test_what_was_made_while_nobody_waited_is_not_held_against_anyone():
    line = Line()
    for _ in range(10):
        line.come("a")
    while line.serve():
        line.now += COST
    expected = [line.come(person) for person in "cab"]
    assert [line.serve() for _ in range(3)] == expected


def test_what_is_taken_back_gives_its_turn_back_but_not_twice():
    line = Line()
    line.come("b")
    album = [line.come("a") for _ in range(3)]
    line.cancel(album[2])
    assert line.finish["a"] == 2 * COST
    line.cancel(album[0])
    assert line.finish["a"] == 2 * COST  # The second one still ends there.
    line.cancel(album[1])
    assert line.finish["a"] == COST
    assert line.come("a").place.tag == COST


def test_whoever_takes_a_whole_album_back_from_its_end_comes_as_if_nothing_had_been():
    line = Line()
    line.come("b")
    for order in reversed([line.come("a") for _ in range(10)]):
        line.cancel(order)
    assert line.come("a").place.tag == line.come("c").place.tag


REPLAYED = [
    [("come", "a", 5, 1_000), ("come", "b", 1, 1_000), ("serve", 2, 0, 1_000), ("come", "c", 3, 0)],
    [("come", "a", 3, 50_000), ("come", "s", 4, 1_000), ("serve", 1, 0, 5_000), ("come", "b", 2, 0)],
    [("come", "a", 4, 1_000), ("cancel", 3, 0, 0), ("cancel", 0, 0, 9_000), ("come", "b", 2, 1), ("come", "a", 1, 0)],
    [("come", "a", 1, 0), ("serve", 1, 0, 0), ("come", "b", 1, 0), ("come", "a", 2, 10_100_000), ("come", "c", 1, 0)],
]


@pytest.mark.parametrize("script", REPLAYED)
async def test_the_real_database_serves_in_the_same_order(tmp_path, script):
    expected = [
        order.number
        for order in sorted(run(script, "s", {}).orders, key=lambda o: o.turn or 0)
        if order.turn is not None
    ]
    async with open_house(tmp_path) as house:
        ids: list[int] = []
        claimed: list[int] = []
        persons = {name: await house.person(name) for name in "abcs"}
        photos = {name: (await house.photo(person),) for name, person in persons.items()}
        for what, which, many, then in script:
            if what == "come":
                given_ = {"priority": int(which == "s"), "cost_ms": COST}
                ids += [(await house.queued(persons[which], photos[which], **given_)).id for _ in range(many)]
            elif what == "serve":
                claimed += [(await house.claim()).job.id for _ in range(which)]
            else:
                waiting = [job.id for job in await house.storage.jobs.open() if job.status is JobStatus.QUEUED]
                await house.move(waiting[which % len(waiting)], JobStatus.CANCELLED)
            house.clock.wait(milliseconds=then)
        while job := await house.claim():
            claimed.append(job.job.id)
    assert [ids.index(job) for job in claimed] == expected


async def test_an_order_that_goes_back_into_the_queue_does_not_let_newcomers_pass_those_who_wait(tmp_path):
    async with open_house(tmp_path) as house:
        names = [await house.person(name) for name in "abc"]
        broken = await house.queued(names[0])
        claimed = await house.claim()
        assert claimed
        first = await house.queued(names[1])
        async with house.database.transaction() as tx:
            await house.storage.jobs.enqueue(tx, broken.id, NOON, "", claimed.job.fence)
        house.clock.wait(seconds=1)
        last = await house.queued(names[2])
        order = [await house.claim() for _ in range(3)]
        assert [claim.job.id for claim in order if claim] == [broken.id, first.id, last.id]

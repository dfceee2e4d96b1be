"""How far what people are told of their place and their waiting time is from what comes to pass.

    python -m benchmarks.eta [--orders 10000] [--seed 7]

A queue in memory that asks the service's own code for places (core/queue/fairness.py) and times
(core/queue/estimates.py). People come by chance, by day more than by night; some bring albums, some subscribe, some
take orders back. Orders are of one or two photos and take a time that is known only roughly.
"""

from __future__ import annotations

import argparse
import bisect
import datetime as dt
import heapq
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.queue import fairness
from core.queue.estimates import Coming, DurationEstimate, waiting_seconds
from core.records import Ahead

START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
DAY = 86_400.0
SECONDS = 13.0  # of one photo, the median
NOISE = 0.25  # standard deviation of its logarithm
LOAD = 0.75  # of all workers over a whole day; at noon 1.2 of what they can do
ALBUMS, ALBUM_MOST = 0.15, 10
PAIRS = 0.25  # orders of two photos
SUBSCRIBERS = 0.2
TAKEN_BACK = 0.04
LOOKS = 0.15  # of the waiting orders that are looked at whenever one is given to a worker, for their owner's sake


Told = tuple[float, int, float, int]
"""When it was told, the place, the seconds, and how many orders had been given to workers by then."""


@dataclass(order=True)
class Order:
    rank: int
    number: int
    person: int = field(compare=False)
    photos: int = field(compare=False)
    priority: int = field(compare=False)
    cost_ms: int = field(compare=False)
    tag: int = field(compare=False)
    behind: bool = field(compare=False)  # behind others of the same person
    begun: float = field(compare=False, default=math.inf)
    told: list[Told] = field(compare=False, default_factory=list)
    claimed: int = field(compare=False, default=0)
    done: float = field(compare=False, default=math.inf)


class World:
    """The queue, its workers, and the people who come."""

    def __init__(self, orders: int, workers: int, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- a simulation
        self.workers, self.most = workers, orders
        self.now, self.claims = 0.0, 0
        self.estimate = DurationEstimate()
        self.coming = Coming(lambda: self.now)
        self.waiting: list[Order] = []
        self.running: list[Order] = []
        self.finish: dict[int, int] = {}
        self.all: list[Order] = []
        self.events: list[tuple[float, int, str, Order | None]] = []
        self.people = 0
        mean = (1 + ALBUMS * ALBUM_MOST / 2) * (1 + PAIRS) * SECONDS * math.exp(NOISE**2 / 2)
        self.rate = LOAD * workers / mean

    def at(self, when: float, what: str, order: Order | None = None) -> None:
        heapq.heappush(self.events, (when, self.chance.getrandbits(60), what, order))

    def run(self) -> list[Order]:
        self.at(0.0, "come")
        while self.events:
            self.now, _, what, order = heapq.heappop(self.events)
            if what == "come" and len(self.all) < self.most:
                self.come()
                wave = 1 - 0.6 * math.cos(2 * math.pi * self.now / DAY)
                self.at(self.now + self.chance.expovariate(self.rate * wave), "come")
            elif what == "done" and order:
                self.running.remove(order)
                order.done = self.now
                self.estimate.learn((self.now - order.begun) / order.photos)
            elif what == "back" and order in self.waiting:
                self.take_back(order)
            self.serve()
        return [order for order in self.all if order.done < math.inf]

    def come(self) -> None:
        self.people += 1
        # One in five has been here before, and may still wait.
        person = self.people
        if self.chance.random() < 0.2:
            person = self.chance.randint(max(1, self.people - 40), self.people)
        priority = int(person % 100 < SUBSCRIBERS * 100)
        count = self.chance.randint(2, ALBUM_MOST) if self.chance.random() < ALBUMS else 1
        for _ in range(count):
            self.place(person, priority, 1 + (self.chance.random() < PAIRS))

    def place(self, person: int, priority: int, photos: int) -> None:
        lowest = min((order.tag for order in self.waiting), default=None)
        cost = self.estimate.milliseconds * photos
        moment = START + dt.timedelta(seconds=self.now)
        highest = max(self.finish.values(), default=0)
        found = fairness.place(lowest, highest, self.finish.get(person, 0), cost, priority, moment)
        behind = found.tag > (highest if lowest is None else lowest)
        order = Order(found.rank, len(self.all), person, photos, priority, cost, found.tag, behind)
        self.finish[person] = found.finish
        self.all.append(order)
        open_before = sum(other.person == person for other in (*self.waiting, *self.running))
        self.coming.note(cost, open_before, priority)
        bisect.insort(self.waiting, order)
        self.tell(order)
        if self.chance.random() < TAKEN_BACK:
            self.at(self.now + self.chance.expovariate(1 / 120), "back", order)

    def take_back(self, order: Order) -> None:
        self.waiting.remove(order)
        own = [
            other.tag + fairness.share(other.cost_ms, other.priority)
            for other in self.waiting + self.running
            if other.person == order.person
        ]
        back = fairness.given_back(self.finish[order.person], order.cost_ms, order.priority, max(own, default=0))
        self.finish[order.person] = back

    def serve(self) -> None:
        while self.waiting and len(self.running) < self.workers:
            order = self.waiting.pop(0)
            self.running.append(order)
            self.claims += 1
            order.begun, order.claimed = self.now, self.claims
            took = order.photos * SECONDS * self.chance.lognormvariate(0, NOISE)
            self.at(self.now + took, "done", order)
            for waiting in self.waiting:
                if self.chance.random() < LOOKS:
                    self.tell(waiting)

    def tell(self, order: Order) -> None:
        index = bisect.bisect_left(self.waiting, order)
        left = (max(round(o.cost_ms - (self.now - o.begun) * 1000), 0) for o in self.running)
        lowest = min(o.tag for o in self.waiting)
        horizon = fairness.horizon(order.rank, lowest, START + dt.timedelta(seconds=self.now))
        cost = sum(o.cost_ms for o in self.waiting[:index])
        ahead = Ahead(index, cost, tuple(left), order.tag - lowest, max(horizon, 0))
        seconds = waiting_seconds(ahead, self.workers, order.cost_ms, self.coming)
        order.told.append((self.now, index + 1, seconds, self.claims))


def line(name: str, tellings: Sequence[tuple[Order, Told]]) -> str:
    """One row of the table: the errors' median and 95th percentile, in seconds, in parts of the truth, in places."""
    apart, parts, places = [], [], []
    for order, (when, place, seconds, claims) in tellings:
        truth = order.done - when
        apart.append(abs(seconds - truth))
        parts.append(abs(seconds - truth) / truth)
        places.append(abs(order.claimed - claims - place))

    def both(values: Sequence[float], form: str) -> str:
        return f"{statistics.median(values):{form}} / {sorted(values)[int(0.95 * len(values))]:{form}}"

    return f"| {name} | {len(tellings)} | {both(apart, '.0f')} | {both(parts, '.0%')} | {both(places, '.0f')} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    print("| told | times | seconds off, median / 95 % | of the truth | places off |\n|---|---|---|---|---|")
    for workers in (1, 2, 4):
        orders = World(args.orders, workers, args.seed).run()
        first = [(order, order.told[0]) for order in orders]
        waited = [(order, told) for order in orders for told in order.told[1:]]
        unit = f"{workers} worker{'s' * (workers > 1)}"
        print(line(f"{unit}: when placed, first or only photo", [pair for pair in first if not pair[0].behind]))
        print(line(f"{unit}: when placed, later photos of an album", [pair for pair in first if pair[0].behind]))
        print(line(f"{unit}: while waiting", waited))


if __name__ == "__main__":
    main()

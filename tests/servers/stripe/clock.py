"""The server's clock, which tests may move, and what is due when."""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Deed = Callable[[], None]
Errand = Callable[[], Awaitable[None]]


class Clock:
    """The machine's clock, ahead by as much as it was moved. It fits core.ports.Clock: a service can share it.

    `standing`: it stands still at that moment, and goes on only as it is moved.
    """

    def __init__(self, standing: dt.datetime | None = None) -> None:
        self._standing = standing
        self._ahead = dt.timedelta(0)

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return (self._standing or dt.datetime.now(dt.UTC)) + self._ahead

    def seconds(self) -> int:
        """Whole seconds since 1970, as Stripe counts."""
        return int(self.now().timestamp())

    def moves_to(self, moment: float) -> None:
        """Let it be that many seconds after 1970, unless that is over."""
        self._ahead += dt.timedelta(seconds=max(0.0, moment - self.now().timestamp()))


@dataclass(order=True)
class Due:
    """Something to be done at a time (seconds since 1970): a deed of Stripe's, or an errand over the network."""

    at: float
    number: int
    deed: Deed | None = field(compare=False)
    errand: Errand | None = field(compare=False)


class Timeline:
    """What is due, in order. Deeds are also done right before a request is answered; errands one after another."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.news = asyncio.Event()
        self.mix: Callable[[list[Due]], None] | None = None  # brings errands that are due together out of order
        self._heap: list[Due] = []
        self._numbers = itertools.count()
        self._lock = asyncio.Lock()

    def deed(self, at: float, deed: Deed) -> None:
        """Do that then."""
        self._add(Due(at, next(self._numbers), deed, None))

    def errand(self, at: float, errand: Errand) -> None:
        """Run that then."""
        self._add(Due(at, next(self._numbers), None, errand))

    def catch_up(self) -> None:
        """Do the deeds that are due."""
        now = self.clock.now().timestamp()
        due = sorted(d for d in self._heap if d.deed and d.at <= now)
        for one in due:
            if one in self._heap:
                self._heap.remove(one)
                heapq.heapify(self._heap)
                if one.deed:
                    one.deed()

    async def quiet(self) -> None:
        """Do all that is due now, and what follows from it at once."""
        async with self._lock:
            await self._until(self.clock.now().timestamp())

    async def passes(self, delta: dt.timedelta) -> None:
        """Let so much time pass: everything that falls into it is done at its moment."""
        target = (self.clock.now() + delta).timestamp()
        async with self._lock:
            await self._until(target)
            self.clock.moves_to(target)
        self.news.set()

    async def keeps_running(self) -> None:
        """Do what is due as the machine's own time goes by, for ever."""
        while True:
            await self.quiet()
            wait = self._heap[0].at - self.clock.now().timestamp() if self._heap else None
            if wait is not None and wait <= 0:
                continue
            try:
                async with asyncio.timeout(wait):
                    await self.news.wait()
                    self.news.clear()
            except TimeoutError:
                continue

    async def _until(self, target: float) -> None:
        while self._heap and self._heap[0].at <= target:
            first = self._heap[0].at
            self.clock.moves_to(first)
            batch = []
            while self._heap and self._heap[0].at <= max(first, min(target, self.clock.now().timestamp())):
                batch.append(heapq.heappop(self._heap))
            for one in batch:
                if one.deed:
                    one.deed()
            errands = [one for one in batch if one.errand]
            if self.mix and len(errands) > 1:
                self.mix(errands)
            for one in errands:
                if one.errand:
                    await one.errand()

    def _add(self, due: Due) -> None:
        heapq.heappush(self._heap, due)
        self.news.set()

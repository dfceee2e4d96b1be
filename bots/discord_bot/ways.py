"""What Discord refused lately: ways that are closed are left alone, and refusals are counted, as Discord does.

Discord shuts an address out for an hour after 10,000 refusals (401, 403, 429) within ten minutes, whoever caused them.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from types import SimpleNamespace
from typing import Final

import aiohttp

CLOSED_FOR: Final = 300.0  # seconds for which a way that was closed is not tried again
SOON: Final = 10.0  # seconds for which one is not tried whose person was asked to open it
RECONSIDERED: Final = 15.0  # seconds after which whoever closed a way may have opened it
CLOSED_MOST: Final = 5_000  # ways; the one that was found closed first is forgotten first
WITHIN: Final = 600.0  # seconds over which Discord counts
CROWDED: Final = 500  # refusals within that time, from which on what may be left out is
FULL: Final = 4_000  # refusals within that time, from which on everything waits
COUNTED: Final = frozenset({401, 403, 429})


class ClosedWays:
    """Channels, people and tokens through which the bot may not write."""

    def __init__(self) -> None:
        self._since: OrderedDict[str, float] = OrderedDict()

    def close(self, way: str) -> None:
        """Discord has just refused."""
        self._since[way] = time.monotonic()
        self._since.move_to_end(way)
        if len(self._since) > CLOSED_MOST:
            self._since.popitem(last=False)

    def open(self, way: str) -> None:
        """Something has changed there, so it may be tried."""
        self._since.pop(way, None)
        self._since.pop(to_files(way), None)

    def soften(self, way: str) -> None:
        """Its person was asked to open it, so it is tried again soon; to ask once more does not put that off."""
        if way in self._since:
            self._since[way] = min(self._since[way], time.monotonic() - CLOSED_FOR + SOON)

    def reconsider(self, way: str) -> None:
        """Whose way it is has just done something, so it may be tried, unless it was only a moment ago."""
        if time.monotonic() - self._since.get(way, 0.0) > RECONSIDERED:
            self.open(way)

    def is_closed(self, way: str) -> bool:
        """Whether it was so a short time ago."""
        return time.monotonic() - self._since.get(way, -CLOSED_FOR) < CLOSED_FOR


def to_files(way: str) -> str:
    """The way as it is for files, which may be closed alone."""
    return f"{way} with files"


class Refusals:
    """How many there were lately, over every connection of the bot's."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=FULL)

    def count(self) -> None:
        """There was one."""
        self._times.append(time.monotonic())

    @property
    def lately(self) -> int:
        """How many there were within the time over which Discord counts; never more than FULL."""
        until = time.monotonic() - WITHIN
        while self._times and self._times[0] < until:
            self._times.popleft()
        return len(self._times)

    @property
    def crowded(self) -> bool:
        """Whether there were so many that what may be left out should be."""
        return self.lately >= CROWDED

    @property
    def full(self) -> bool:
        """Whether there were so many that everything should wait."""
        return self.lately >= FULL

    def trace(self) -> aiohttp.TraceConfig:
        """What lets the library's requests be counted, those that it repeats by itself too."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._ended)
        return config

    async def _ended(
        self,
        session: aiohttp.ClientSession,  # noqa: ARG002 -- aiohttp gives it
        context: SimpleNamespace,  # noqa: ARG002 -- aiohttp gives it
        request: aiohttp.TraceRequestEndParams,
    ) -> None:
        answer = request.response
        shared = answer.headers.get("X-RateLimit-Scope") == "shared"  # Such a one Discord does not count.
        if answer.status in COUNTED and not shared:
            self.count()

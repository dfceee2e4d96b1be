"""What Discord refused lately: ways that are closed are left alone, and refusals are counted before Discord counts them.

Discord shuts an address out for an hour after 10,000 refusals (401, 403, 429) within ten minutes, whoever caused them.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from types import SimpleNamespace
from typing import Final

import aiohttp

CLOSED_FOR: Final = 300.0  # seconds for which a channel that was closed is not tried again
CLOSED_MOST: Final = 5_000  # channels; the one that was found closed first is forgotten first
WITHIN: Final = 600.0  # seconds over which Discord counts
CROWDED: Final = 500  # refusals within that time, from which on what may be left out is
FULL: Final = 4_000  # refusals within that time, from which on everything waits
COUNTED: Final = frozenset({401, 403, 429})


class ClosedWays:
    """Channels, also of direct messages, in which the bot may not write."""

    def __init__(self) -> None:
        self._since: OrderedDict[str, float] = OrderedDict()

    def close(self, channel: str) -> None:
        """Discord has just refused."""
        self._since[channel] = time.monotonic()
        self._since.move_to_end(channel)
        if len(self._since) > CLOSED_MOST:
            self._since.popitem(last=False)

    def open(self, channel: str) -> None:
        """Something has changed there, so it may be tried."""
        self._since.pop(channel, None)

    def is_closed(self, channel: str) -> bool:
        """Whether it was so a short time ago."""
        return time.monotonic() - self._since.get(channel, -CLOSED_FOR) < CLOSED_FOR


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

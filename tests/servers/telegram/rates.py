"""How much a bot may send: over all chats, in one chat, and in one group a minute."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from tests.servers.telegram.clock import Clock
from tests.servers.telegram.refusals import too_many

MINUTE: Final = 60.0


class _Bucket:
    """Allows a rate on average, and bursts."""

    __slots__ = ("level", "since")

    def __init__(self, burst: float, now: float) -> None:
        self.level = burst
        self.since = now

    def lacks(self, cost: float, rate: float, burst: float, now: float) -> float:
        """Seconds until so much may be taken; nothing is taken yet."""
        self.level = min(burst, self.level + max(0.0, now - self.since) * rate)
        self.since = now
        return max(0.0, (min(cost, burst) - self.level) / rate)


class Rates:
    """The limits, all of which a test may change. Rates are messages a second; edits count as messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.on = True
        self.overall, self.overall_burst = 30.0, 30.0
        self.chat, self.chat_burst = 1.0, 8.0  # the real one lets short bursts pass, too
        self.group_per_minute = 20
        self.refused = 0
        self._all = _Bucket(self.overall_burst, clock.now())
        self._chats: dict[int, _Bucket] = {}
        self._groups: dict[int, deque[float]] = {}

    def off(self) -> None:
        """Let everything pass."""
        self.on = False

    def take(self, chat: int, messages: int, *, group: bool) -> None:
        """Count messages to a chat.

        Raises:
            Refusal: there have been too many.
        """
        if not self.on:
            return
        now = self._clock.now()
        bucket = self._chats.setdefault(chat, _Bucket(self.chat_burst, now))
        wait = max(
            self._all.lacks(messages, self.overall, self.overall_burst, now),
            bucket.lacks(messages, self.chat, self.chat_burst, now),
            self._minute_lacks(chat, messages, now) if group else 0.0,
        )
        if wait > 0:
            self.refused += 1
            raise too_many(math.ceil(wait))
        self._all.level -= messages
        bucket.level -= messages
        if group:
            self._groups[chat].extend([now] * messages)

    def _minute_lacks(self, chat: int, messages: int, now: float) -> float:
        sent = self._groups.setdefault(chat, deque())
        while sent and sent[0] <= now - MINUTE:
            sent.popleft()
        too_much = len(sent) + messages - self.group_per_minute
        return sent[min(too_much, len(sent)) - 1] + MINUTE - now if too_much > 0 and sent else 0.0

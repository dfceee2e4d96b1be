"""How fast messages may follow each other, so that Telegram has no reason to refuse any."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from core.errors import TryLater

SHORT: Final = 1.5  # seconds that are waited on the spot; a longer wait would hold up other people's messages
REMEMBERED: Final = 4096  # chats
EDIT_GAP: Final = 4.0  # seconds between two edits in one group


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages within so many seconds; `spare` of them are not for what can be left out."""

    most: int
    seconds: float
    spare: int


PER_SECOND: Final = 28  # over all chats; Telegram asks for about 30
SPARED: Final = 0.3  # of them, for messages that people wait for
CHAT: Final = Limit(6, 6.0, 2)  # One a second; Telegram lets short bursts pass.
GROUP: Final = Limit(20, 60.5, 6)


class Bucket:
    """A limit on the average: what is sent leaks away evenly."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._level = 0.0
        self._at = 0.0

    def wait(self, now: float, count: int = 1, spare: bool = False) -> float:
        """Seconds until `count` more fit; with `spare`, until they fit beside what is spared."""
        room = max(self._limit.most - (self._limit.spare if spare else 0), count)
        over = max(self._level - (now - self._at) * self._rate, 0.0) + count - room
        return max(over / self._rate, 0.0)

    def add(self, at: float, count: int = 1) -> None:
        """So many are sent at that time."""
        self._level = max(self._level - max(at - self._at, 0.0) * self._rate, 0.0) + count
        self._at = max(at, self._at)

    @property
    def _rate(self) -> float:
        return self._limit.most / self._limit.seconds


class Window:
    """A limit on what is sent within any stretch of time."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._sent: deque[float] = deque()

    def wait(self, now: float, count: int = 1, spare: bool = False) -> float:
        """See Bucket."""
        room = max(self._limit.most - (self._limit.spare if spare else 0), count)
        while self._sent and self._sent[0] <= now - self._limit.seconds:
            self._sent.popleft()
        over = len(self._sent) + count - room
        return self._sent[over - 1] + self._limit.seconds - now if over > 0 else 0.0

    def add(self, at: float, count: int = 1) -> None:
        """See Bucket."""
        self._sent.extend([at] * count)


class _Chat:
    """What is counted of one chat."""

    def __init__(self, is_group: bool) -> None:
        self.counts: list[Bucket | Window] = [Bucket(CHAT), Window(GROUP)] if is_group else [Bucket(CHAT)]
        self.held_until = 0.0
        self.edited_at = -EDIT_GAP


class Pace:
    """Counts what goes to every chat."""

    def __init__(self, per_second: int = PER_SECOND) -> None:
        """`per_second` is how many messages may go out over all chats."""
        self._overall = Bucket(Limit(per_second, 1.0, round(SPARED * per_second)))
        self._chats: OrderedDict[int, _Chat] = OrderedDict()

    async def turn(self, chat: int, count: int = 1, patient: bool = False) -> None:
        """Wait a moment until `count` messages may go there; with `patient`, as long as it takes.

        Raises:
            TryLater: it would take longer.
        """
        now, there = time.monotonic(), self._chat(chat)
        wait = self._wait(there, now, count)
        if wait > SHORT and not patient:
            raise TryLater(wait)
        self._count(there, now + wait, count)
        if wait > 0:
            await asyncio.sleep(wait)

    async def edit(self, chat: int) -> None:
        """Wait a moment for an edit of a message, which another one will make up for.

        Raises:
            TryLater: messages to people need the room, or the last edit in this group was just now.
        """
        now, there = time.monotonic(), self._chat(chat)
        wait = self._wait(there, now, spare=True)
        if chat < 0:
            wait = max(wait, there.edited_at + EDIT_GAP - now)
        if wait > SHORT or self._overall.wait(now, spare=True) > 0:  # Else many edits would wait in front of messages.
            raise TryLater(wait)
        there.edited_at = now + wait
        self._count(there, now + wait)
        if wait > 0:
            await asyncio.sleep(wait)

    def spare(self, chat: int) -> bool:
        """Whether there is room for a courtesy, which then counts, though not against the chat."""
        now = time.monotonic()
        if self._wait(self._chat(chat), now, spare=True) > 0:
            return False
        self._overall.add(now)
        return True

    def hold(self, chat: int, seconds: float) -> None:
        """Telegram wants nothing for that chat for so long."""
        self._chat(chat).held_until = time.monotonic() + seconds

    def _wait(self, there: _Chat, now: float, count: int = 1, spare: bool = False) -> float:
        waits = [counted.wait(now, count, spare) for counted in (self._overall, *there.counts)]
        return max(*waits, there.held_until - now, 0.0)

    def _count(self, there: _Chat, at: float, count: int = 1) -> None:
        for counted in (self._overall, *there.counts):
            counted.add(at, count)

    def _chat(self, chat: int) -> _Chat:
        if chat not in self._chats:
            self._chats[chat] = _Chat(is_group=chat < 0)
            if len(self._chats) > REMEMBERED:
                self._chats.popitem(last=False)
        self._chats.move_to_end(chat)
        return self._chats[chat]

"""Updates: kept until they are confirmed, fetched by long polling, or posted to a webhook."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.servers.telegram.clock import Clock
from tests.servers.telegram.refusals import conflict
from tests.servers.telegram.table import Table

BATCH: Final = 100
DAY: Final = 86_400.0
ONLY_WHEN_NAMED: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OTHER_POLL: Final = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET: Final = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened. `queue`: what must stay in order among itself."""

    id: int
    kind: str
    body: dict[str, Any] = field(repr=False)
    at: float
    queue: int


class _Poll:
    """A poll that waits."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.refused = ""


class Updates:
    """The bot's updates."""

    def __init__(self, clock: Clock, table: Table, first: int) -> None:
        self._clock = clock
        self._table = table
        self._ids = itertools.count(first)
        self._kinds = table.kinds_of_update()
        self.allowed = self._kinds - ONLY_WHEN_NAMED
        self.pending: deque[Update] = deque()
        self.webhook_url = ""
        self.polls = 0
        self.made = 0
        self._current: _Poll | None = None
        self.arrived: Callable[[], None] = lambda: None  # called with every update
        self.polled: Callable[[], None] = lambda: None  # called when a poll begins to wait

    def add(self, kind: str, value: dict[str, Any], queue: int) -> bool:
        """Something happened. Gives whether the bot wants to know.

        Raises:
            AssertionError: the server itself made something that the table does not know.
        """
        if kind not in self.allowed:
            return False
        update = Update(next(self._ids), kind, {kind: value}, self._clock.now(), queue)
        body = {"update_id": update.id} | update.body
        wrong = self._table.problem("Update", body)
        assert wrong is None, f"the stand-in made a wrong update: {wrong}"
        update.body.update(body)
        self.pending.append(update)
        self.made += 1
        if self._current is not None:
            self._current.over.set()
        self.arrived()
        return True

    def allow(self, kinds: list[str] | None) -> None:
        """Choose the kinds of update to come; an empty list means the usual ones. Unknown names are passed over."""
        if kinds is not None:
            self.allowed = frozenset(kinds) & self._kinds or self._kinds - ONLY_WHEN_NAMED

    def confirm(self, offset: int) -> None:
        """Forget everything before this number; a negative one keeps so many of the newest."""
        while self.pending and self.pending[0].at < self._clock.now() - DAY:
            self.pending.popleft()
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        while self.pending and self.pending[0].id < offset:
            self.pending.popleft()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """The oldest updates, as soon as there are any, or nothing after so many seconds.

        Raises:
            Refusal: a webhook is set, or another poll came.
        """
        self.end_poll(OTHER_POLL)
        if self.webhook_url:
            raise conflict(WEBHOOK_SET)
        self.polls += 1
        self.confirm(offset)
        if not self.pending and seconds > 0:
            await self._wait(seconds)
        return [update.body for update in itertools.islice(self.pending, min(limit, BATCH))]

    async def _wait(self, seconds: float) -> None:
        mine = self._current = _Poll()
        self.polled()
        handle = asyncio.get_running_loop().call_later(seconds, mine.over.set)
        try:
            await mine.over.wait()
        finally:
            handle.cancel()
            if self._current is mine:
                self._current = None
        if mine.refused:
            raise conflict(mine.refused)

    def end_poll(self, words: str) -> None:
        """Refuse the poll that is waiting now, if any."""
        if self._current is not None:
            self._current.refused = words
            self._current.over.set()
            self._current = None

    @property
    def is_polled(self) -> bool:
        """Whether a poll is waiting right now."""
        return self._current is not None


def as_text(update: Update) -> bytes:
    """The body that a webhook gets."""
    return json.dumps(update.body).encode()

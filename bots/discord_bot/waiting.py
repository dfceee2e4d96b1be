"""Interactions that Discord waits for: not acknowledged yet, or acknowledged and still shown as being thought about."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bots.discord_bot.places import TOKEN_LIFE, Address

PROMPT: Final = 0.7  # seconds in which the answer itself may be the acknowledgement; Discord waits for three
LONGEST: Final = 4.0  # seconds until an interaction is acknowledged, or never will be


@dataclass(slots=True, eq=False)
class Pending:
    """One interaction of a person. `waits`: Discord shows, or will show, that an answer is awaited.

    It is acknowledged once: with its answer, if that comes within PROMPT, or else without. Whoever does it takes it
    before, and then settles it or gives it back.

    `words`, where there are any, are its answer, for this person alone: nothing of it was kept.
    """

    person: str
    number: int
    address: Address
    waits: bool
    words: str = ""
    dead: bool = False
    _taken: bool = False
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_settled(self) -> bool:
        """Whether it is acknowledged, or can't be any more."""
        return self._settled.is_set()

    def take(self) -> bool:
        """Whether whoever asks may acknowledge it."""
        if self._taken or self.is_settled:
            return False
        self._taken = True
        return True

    def give_back(self) -> None:
        """It was not acknowledged; somebody else has to."""
        self._taken = False
        self._news.set()

    def settle(self, dead: bool = False) -> None:
        """It is acknowledged, or `dead`: Discord does not know it any more."""
        self.dead = dead
        self._settled.set()
        self._news.set()

    async def news(self, seconds: float) -> None:
        """Wait until it is settled, given back, or somebody needs it to be settled, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()

    async def settled(self) -> None:
        """Wait until it is, or would be."""
        self._news.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._settled.wait()


class Pendings:
    """Every interaction that is waited for, in the order in which they came."""

    def __init__(self) -> None:
        self._pending: dict[str, Pending] = {}

    def open(self, person: str, number: int, address: Address, waits: bool) -> Pending:
        """Remember one that has just come; `number` is Discord's own of it."""
        now = time.time()
        for token in [token for token, old in self._pending.items() if now - old.address.at > TOKEN_LIFE]:
            del self._pending[token]
        pending = Pending(person, number, address, waits)
        self._pending[address.token] = pending
        return pending

    def forget(self, token: str) -> None:
        """Nobody waits for it any more."""
        self._pending.pop(token, None)

    async def settled(self, token: str) -> bool:
        """Wait until a token can be used; False if it can't."""
        pending = self._pending.get(token) if token else None
        if pending:
            await pending.settled()
        return bool(token) and not (pending and pending.dead)

    def waiting(self, token: str) -> Pending | None:
        """The interaction of that token, if it still waits for its answer."""
        pending = self._pending.get(token)
        return pending if pending and pending.waits else None

    def oldest(self, person: str) -> Pending | None:
        """The first one of a person's that still waits for its answer."""
        of_person = (pending for pending in self._pending.values() if pending.person == person and pending.waits)
        return next(of_person, None)

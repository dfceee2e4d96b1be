"""Presses on buttons and inline queries, which wait for an answer of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.servers.telegram.world import Button, Message, User

PATIENCE: Final = 10.0  # seconds


@dataclass(eq=False)
class Press:
    """A press on a button. The person sees a turning circle until it is answered."""

    id: str
    person: User
    message: Message | None
    button: Button
    at: float
    text: str = ""  # what the bot answered, shown above the chat
    alert: bool = False  # shown in a box that has to be closed
    url: str = ""
    answered: bool = False
    _done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def answer(self, text: str, *, alert: bool, url: str) -> None:
        self.text, self.alert, self.url, self.answered = text, alert, url, True
        self._done.set()

    async def is_answered(self, within: float = PATIENCE) -> str:
        """Wait until the circle stops turning; gives what the bot said with it.

        Raises:
            TimeoutError: it goes on turning.
        """
        async with asyncio.timeout(within):
            await self._done.wait()
        return self.text


@dataclass(frozen=True)
class InlineAnswer:
    """What the bot offers for an inline query."""

    results: list[dict[str, Any]]
    button: dict[str, Any] | None
    personal: bool
    cache_time: int

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.results[number]


class InlineQuery:
    """An inline query that is under way."""

    def __init__(self, query_id: str, at: float) -> None:
        self.id = query_id
        self.at = at
        self._answer: asyncio.Future[InlineAnswer] = asyncio.get_running_loop().create_future()

    def done(self) -> bool:
        return self._answer.done()

    def answer(self, answer: InlineAnswer) -> None:
        self._answer.set_result(answer)

    async def answered(self, within: float) -> InlineAnswer:
        async with asyncio.timeout(within):
            return await self._answer

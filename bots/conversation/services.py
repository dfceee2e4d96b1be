"""What the conversation stands on: the core's ports, and the platform that carries its messages."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.conversation.events import Chatter
from bots.conversation.messages import Reply
from bots.conversation.session import Sessions
from core.ports import Clock, Engine, People
from core.queue.orders import Orders
from core.settings import ConsentSettings, FigurineSettings
from core.supervision import in_background, stop


class Messenger(Protocol):
    """A platform. `edit_pause` is how many seconds should lie between two edits of one message."""

    edit_pause: float

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        """Send a message, or put it in the place of the one that has the same key.

        Raises:
            FigurineError: it can't be delivered, and the person can do something about it.
        """
        ...

    async def typing(self, chatter: Chatter) -> None:
        """Show that an answer is on its way, where the platform can."""
        ...


class Followers:
    """The tasks that tell people about their orders."""

    def __init__(self) -> None:
        self._person_of: dict[asyncio.Task[None], int] = {}

    def start(self, person_id: int, telling: Coroutine[Any, Any, None]) -> None:
        """Tell a person something that takes its time."""
        task = in_background(telling, f"telling person {person_id}")
        self._person_of[task] = person_id
        task.add_done_callback(self._person_of.pop)

    async def settled(self, person_id: int) -> None:
        """Wait until nothing is left to tell a person."""
        while tasks := [task for task, person in self._person_of.items() if person == person_id]:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Stop telling."""
        for task in list(self._person_of):
            await stop(task)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the flows may use."""

    people: People
    orders: Orders
    engine: Engine
    clock: Clock
    sessions: Sessions
    messenger: Messenger
    consent: ConsentSettings
    figurines: FigurineSettings
    followers: Followers = field(default_factory=Followers)

    @property
    def photo_life(self) -> dt.timedelta:
        """How long a photo may stay in memory."""
        return dt.timedelta(hours=self.consent.photo_hours)

"""What the conversation stands on: the core, and the platform that carries its messages."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Reply
from core.bells import Bells
from core.intake.accept import Intake
from core.intake.linking import Linking
from core.ports import Clock
from core.queue.orders import Orders
from core.settings import Settings
from core.stores import Inbox, Jobs, Outbox, People, Photos, Pieces, Posts, SessionStore, Transactions, Uploads
from core.supervision import in_background, stop
from payments.free import FreeShop
from payments.shop import Shop

FILES: Final = 24  # files that are fetched and looked at, at the same time; who only writes does not wait for them


class Messenger(Protocol):
    """A platform.

    `edit_pause` is how many seconds should lie between two edits of one message. `whispers`: it can tell one person
    something at a place where others read along.
    """

    edit_pause: float
    whispers: bool

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        """Send a message, or put it in the place of the one that has the same key.

        Raises:
            TryLater, Unreachable: see core.delivery.Carrier.
            Undeliverable: it can't be handed over, and there is no use in telling the person so.
            FigurineError: it can't be delivered, and the person can do something about it.
            BrokenPipeError: the person has gone away for now.
        """
        ...

    async def typing(self, chatter: Chatter, place: str) -> None:
        """Show that an answer is on its way, where the platform can."""
        ...

    async def fetch(self, file: FileRef, most: int) -> bytes:
        """A file that the platform holds; `most` is the largest that is wanted, in bytes.

        Raises:
            PhotoTooLarge: it is larger.
            FileTooHeavy: the platform does not hand it over because of its size.
            PhotoGone: the platform does not hold it any more.
            TryLater: the platform asks to wait.
        """
        ...

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:
        """A place of its own at `place` for orders that belong together; `place` where there is no such thing."""
        ...

    def home(self, chatter: Chatter) -> str:
        """An address on the web that leads to the person's own chat with the bot; empty where there is none."""
        ...


class Followers:
    """The tasks that tell people how far their orders are, one for each order."""

    def __init__(self) -> None:
        self._of: dict[int, asyncio.Task[None]] = {}

    def start(self, order: int, telling: Coroutine[Any, Any, None]) -> None:
        """Follow an order, unless somebody does."""
        if order in self._of:
            telling.close()
            return
        task = in_background(telling, f"telling of order {order}")
        self._of[order] = task
        task.add_done_callback(lambda _: self._of.pop(order, None))

    def has(self, order: int) -> bool:
        """Whether somebody tells of that order."""
        return order in self._of

    async def ended(self, order: int) -> None:
        """Wait until nobody tells of that order any more."""
        if order in self._of:
            await asyncio.wait([self._of[order]])

    async def close(self) -> None:
        """Stop telling."""
        for task in list(self._of.values()):
            await stop(task)


@dataclass(frozen=True, slots=True)
class Store:
    """Where everything is kept."""

    transactions: Transactions
    people: People
    photos: Photos
    uploads: Uploads
    jobs: Jobs
    pieces: Pieces
    inbox: Inbox
    outbox: Outbox
    posts: Posts
    sessions: SessionStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the flows may use."""

    store: Store
    orders: Orders
    intake: Intake
    clock: Clock
    bells: Bells
    messenger: Messenger
    settings: Settings
    linking: Linking
    shop: Shop = field(default_factory=FreeShop)
    followers: Followers = field(default_factory=Followers)
    files: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES))

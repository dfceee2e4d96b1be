"""What the service needs of a platform's adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from bots.conversation.conversation import Conversation
from bots.conversation.services import Messenger

Read = Callable[[], Awaitable[bytes]]
"""Reads the body of a request, which is not to be done before it is known who sends it."""

Hook = Callable[[Read, Mapping[str, str]], Awaitable[int]]
"""Takes the body and the headers of a request, and gives the status to answer with: 2xx once what came is kept."""


class Platform(Protocol):
    """A chat platform: what carries messages there, and what brings in what people do. Use as `async with`."""

    @property
    def name(self) -> str:
        """What it is called in settings and rows."""
        ...

    @property
    def messenger(self) -> Messenger:
        """What carries messages there, as long as the platform is open, also when nothing is taken in."""
        ...

    async def __aenter__(self) -> Self:
        """Make the clients. Nothing is asked of the platform yet."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the clients."""
        ...

    async def serve(self, conversation: Conversation) -> None:
        """Hand everything that people do to the conversation, until cancelled. A service.

        Whatever heals by itself is healed here: a connection that is lost or hangs, a platform that is down.

        Raises:
            PlatformRefused: it won't help to go on: the token is wrong, or another instance uses it.
        """
        ...

    def hooks(self) -> Mapping[str, Hook]:
        """What the web server hands over, by path; nothing where people's doings come another way."""
        ...

    async def told(self) -> None:
        """Texts or commands may have changed: tell the platform what it shows of them, as far as it differs."""
        ...

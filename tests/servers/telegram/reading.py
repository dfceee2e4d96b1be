"""What people see: messages that come, menus, and the whole conversation afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.servers.telegram.methods.menus import shown
from tests.servers.telegram.queries import PATIENCE
from tests.servers.telegram.transcript import Line, lines_of
from tests.servers.telegram.world import Chat, Message, User

if TYPE_CHECKING:
    from tests.servers.telegram.groups import Group
    from tests.servers.telegram.server import TelegramServer

Wanted = str | Callable[[Message], bool]


class Reader:
    """Somebody who reads in their own chat, or where a group is named."""

    def __init__(self, server: TelegramServer, user: User, chat: Chat) -> None:
        self.server = server
        self.user = user
        self.chat = chat

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.first_name

    async def reads(self, wanted: Wanted, chat: Group | None = None, within: float = PATIENCE) -> Message:
        """Wait for a message of the bot's with these words in its text or buttons, or of which something is true.

        Every state of a message is read once: one that was given before is given again only after it has changed. Of
        several, the oldest is given.

        Raises:
            AssertionError: none came in time.
        """
        place = chat.chat if chat else self.chat

        def fits(message: Message) -> bool:
            mine = self.server.bot in (message.sender, message.via_bot)
            unread = message.read_by.get(self.id, 0) < message.change
            return mine and unread and not message.deleted and _is_meant(message, wanted)

        message = next((one for one in place.messages if fits(one)), None) or await self._awaits(place, fits, within)
        if message is None:
            heard = "\n".join(str(line) for line in lines_of(place)[-8:])
            raise AssertionError(f"{self.name} waited {within} s for {wanted!r} and reads:\n{heard}")
        message.read_by[self.id] = message.change
        return message

    async def _awaits(self, place: Chat, fits: Callable[[Message], bool], within: float) -> Message | None:
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        waiter = (fits, future)
        place.waiters.append(waiter)
        try:
            async with asyncio.timeout(within):
                return await future
        except TimeoutError:
            return None
        finally:
            place.waiters.remove(waiter)

    def skims(self, chat: Group | None = None) -> None:
        """Take everything that is there as read."""
        for message in (chat.chat if chat else self.chat).messages:
            message.read_by[self.id] = message.change

    def sees(self, wanted: Wanted, chat: Group | None = None) -> Message | None:
        """The newest message that is meant, of whomever, whether read or not. Nothing is waited for."""
        place = chat.chat if chat else self.chat
        return next((one for one in reversed(place.messages) if _is_meant(one, wanted)), None)

    def transcript(self, chat: Group | None = None) -> list[Line]:
        """Who said what, the oldest first."""
        return lines_of(chat.chat if chat else self.chat)

    def menu(self, chat: Group | None = None) -> dict[str, str]:
        """The commands that are offered, with what is said of them."""
        commands = shown(self.server, chat.chat if chat else self.chat, self.user)
        return {command["command"]: command["description"] for command in commands}


def _is_meant(message: Message, wanted: Wanted) -> bool:
    if callable(wanted):
        return wanted(message)
    return wanted in message.text or any(wanted in button.text for button in message.buttons)

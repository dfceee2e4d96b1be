"""Plays a conversation: reads lines, hands them on as events, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from bots.console.faces import Face, Message
from bots.console.lines import Action, Press, Say, SendFile, Wait, parse
from bots.console.messenger import ConsoleMessenger
from bots.conversation.conversation import Conversation
from bots.conversation.events import Chatter, PhotoLost, PhotoSent, Pressed, Typed
from bots.conversation.texts import Texts
from bots.files import read_photo_file
from core.errors import PhotoTooLarge


class Chat:
    """One person's conversation at a terminal. `max_mb` limits a file before it is read."""

    def __init__(
        self, conversation: Conversation, messenger: ConsoleMessenger, face: Face, chatter: Chatter, max_mb: int
    ) -> None:
        self._conversation = conversation
        self._messenger = messenger
        self._face = face
        self._chatter = chatter
        self._texts = Texts(chatter.locale)
        self._max_mb = max_mb

    async def play(self, lines: AsyncGenerator[str, None], settle: bool) -> None:
        """Answer every line. With `settle`, wait at the end until nothing is pending."""
        self._face.ready()
        async with aclosing(lines) as source:
            async for line in source:
                self._face.line_read()
                action = parse(line)
                if action is not None:
                    await self._do(action, line.strip())
                self._face.ready()
        if settle:
            await self._conversation.settled(self._chatter)

    async def _do(self, action: Action, line: str) -> None:
        match action:
            case Wait():
                await self._conversation.settled(self._chatter)
            case Press(button, only_if_offered):
                await self._press(button, only_if_offered)
            case SendFile(path, caption, more):
                self._face.person(line)
                await self._send((path, *more), caption)
            case Say(text):
                self._face.person(line)
                await self._conversation.handle(self._chatter, Typed(text))

    async def _press(self, wanted: str, only_if_offered: bool) -> None:
        button = self._messenger.find(wanted)
        if button is None and only_if_offered:
            return
        self._face.person(f"#{wanted}")
        if button is not None:
            await self._conversation.handle(self._chatter, Pressed(button.id))
            return
        offered = " ".join(f"[{text}]" for text in self._messenger.offered())
        key = "console.buttons" if offered else "console.no-button"
        self._face.bot(Message(self._texts(key, button=wanted[:40], buttons=offered)))

    async def _send(self, paths: tuple[Path, ...], caption: str) -> None:
        """Send the files that can be read; what is wrong with the others is told."""
        files: list[bytes] = []
        for path in paths:
            try:
                files.append(await asyncio.to_thread(read_photo_file, path, self._max_mb))
            except PhotoTooLarge as error:
                await self._conversation.handle(self._chatter, PhotoLost(error))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                self._face.bot(Message(self._texts("console.no-file", path=str(path)[:200], reason=reason)))
        if files:
            await self._conversation.handle(self._chatter, PhotoSent(files[0], caption, tuple(files[1:])))

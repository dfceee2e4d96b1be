"""The bot's own pictures. Telegram has each of them after the first time, so it is not uploaded again and again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from telegram import Bot, Message

from bots.conversation.messages import Attachment
from core.stores import Memos

MEMO: Final = "telegram.picture"


class OwnPictures:
    """Knows under which name Telegram holds which picture."""

    def __init__(self, bot: Bot, memos: Memos | None) -> None:
        """Without `memos` nothing is known beyond this process."""
        self._bot = bot
        self._memos = memos
        self._known: dict[str, str] = {}

    async def find(self, file: Attachment) -> str:
        """Telegram's name for it, empty if it has to be uploaded."""
        if not file.own:
            return ""
        name = self._name(file)
        if name not in self._known:
            self._known[name] = await self._memos.get(name) if self._memos else ""
        return self._known[name]

    async def keep(self, file: Attachment, message: Message) -> None:
        """It was uploaded with this message."""
        if file.own and message.photo:
            await self._remember(file, message.photo[-1].file_id)

    async def forget(self, file: Attachment) -> None:
        """Telegram does not know that name any more."""
        await self._remember(file, "")

    async def _remember(self, file: Attachment, held: str) -> None:
        name = self._name(file)
        self._known[name] = held
        if self._memos:
            await self._memos.put(name, held)

    def _name(self, file: Attachment) -> str:
        """Another bot has other names, and another picture too."""
        return f"{MEMO}:{self._bot.token.partition(':')[0]}:{_digest(file.data)}"


@lru_cache(maxsize=16)
def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]

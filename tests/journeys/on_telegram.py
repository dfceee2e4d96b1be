"""The whole service on the stand-in for Telegram, and the first steps of somebody who goes a whole way there."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bots.app import House, Parts
from bots.conversation import conversation
from bots.conversation.texts import Texts
from bots.service import running
from bots.telegram_bot import messenger, pace
from bots.telegram_bot.platform import TelegramPlatform
from bots.telegram_bot.polling import Times
from tests.databases import put_migrated_file
from tests.served import settings_for
from tests.servers.telegram import Group, Message, Person, TelegramServer
from tests.talking import quick_parts, some_photo

TIMES = Times(poll=20, answer=5.0, stalled=30.0, pause=0.02, conflict=0.2, look_after=0.2)


class Mistakes(logging.Handler):
    """What the service itself takes for an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@dataclass
class Scene:
    """The service in this process. `told` is what its operator is told; `mistakes` are the errors in its log."""

    server: TelegramServer
    house: House
    told: list[str]
    mistakes: list[str] = field(default_factory=list)

    async def friend(self, name: str, language: str = "en") -> Person:
        """Somebody who has agreed."""
        person = self.server.person(name, language)
        await agrees(person)
        return person

    async def is_clean(self) -> None:
        """Nobody waits in vain, and nothing went wrong that a test did not want."""
        await self.server.until(lambda: not self.server.unanswered)
        self.server.is_content()
        mistakes, self.mistakes[:] = list(self.mistakes), []
        assert not mistakes


@asynccontextmanager
async def on_telegram(
    folder: Path,
    parts: Parts | None = None,
    *,
    discord: Any = None,
    real_pace: bool = False,
    times: Times = TIMES,
    server: TelegramServer | None = None,
    **sections: Mapping[str, object],
) -> AsyncIterator[Scene]:
    """The service, running. Without `real_pace` nobody counts how many messages go out a second."""
    told: list[str] = []
    mistakes = Mistakes()
    async with server or TelegramServer() as there:
        with pytest.MonkeyPatch.context() as patch:
            per_second = pace.PER_SECOND if real_pace else 100_000
            patch.setattr(TelegramPlatform.__init__, "__defaults__", (times, None, per_second))
            patch.setattr(conversation, "ALBUM_PAUSE", 0.1)
            if not real_pace:
                there.rates.off()
                for limit in ("CHAT", "GROUP"):
                    patch.setattr(pace, limit, pace.Limit(1000, 1.0, 2))
                patch.setattr(pace, "EDIT_GAP", 0.0)
                patch.setattr(messenger.TelegramMessenger, "edit_pause", 0.05)
            logging.getLogger().addHandler(mistakes)
            settings = settings_for(folder, there, discord, **sections)
            await put_migrated_file(folder / "data")
            try:
                async with running(settings, parts or quick_parts(), told.append) as house:
                    scene = Scene(there, house, told, mistakes.lines)
                    yield scene
                    await scene.is_clean()
            finally:
                logging.getLogger().removeHandler(mistakes)


def words(key: str, language: str = "en", **fields: str | int | float) -> str:
    """What the bot says."""
    return Texts(language)(key, **fields)


async def agrees(person: Person) -> None:
    """Say hello, and agree."""
    await person.starts()
    await person.reads(words("button.agree", person.user.language or "en"))
    await person.presses("agree")
    await person.reads(words("start.agreed", person.user.language or "en"))


async def orders(person: Person, style: str = "marble", chat: Group | None = None, photo: bytes = b"") -> None:
    """Send a photo, and choose a style."""
    await person.sends_photo(photo or some_photo(), f"@{person.server.bot.username}" if chat else "", chat)
    await person.reads("Which style?", chat)
    await person.presses(style, chat)


async def gets(person: Person, chat: Group | None = None, within: float = 30.0) -> tuple[Message, Message]:
    """The figurine: its picture, and its turntable."""
    picture = await person.reads("ready to print", chat, within)
    return picture, await person.reads("The back is invented", chat, within)


def any_of(*fragments: str) -> Callable[[Message], bool]:
    """Whether a message says one of these."""
    return lambda message: any(fragment in message.text for fragment in fragments)

"""The whole service on the stand-in for Telegram, and the first steps of somebody who goes a whole way there."""

from __future__ import annotations

import asyncio
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
from core.settings import Settings
from tests.databases import put_migrated_file
from tests.served import Mistakes, settings_for
from tests.servers.telegram import Group, Message, Person, TelegramServer
from tests.talking import quick_parts, some_photo

TIMES = Times(poll=20, answer=5.0, stalled=30.0, pause=0.02, conflict=0.2, look_after=0.2)


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
    own: Mapping[str, object] | None = None,
    discord: Any = None,
    times: Times = TIMES,
    server: TelegramServer | None = None,
    ready: bool = True,
    **sections: Mapping[str, object],
) -> AsyncIterator[Scene]:
    """The service, running; `own` is set in its section of Telegram. `ready`: wait until it polls.

    Nobody counts how many messages go out a second.
    """
    told: list[str] = []
    mistakes = Mistakes()
    async with _there(server) as there:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TelegramPlatform.__init__, "__defaults__", (times, None, pace.PER_SECOND))
            patch.setattr(conversation, "ALBUM_PAUSE", 0.1)
            there.rates.off()
            for limit in ("CHAT", "GROUP"):
                patch.setattr(pace, limit, pace.Limit(1000, 1.0, 2))
            patch.setattr(pace, "EDIT_GAP", 0.0)
            patch.setattr(messenger.TelegramMessenger, "edit_pause", 0.05)
            logging.getLogger().addHandler(mistakes)
            settings = settings_with(folder, there, {"per_second": 1000, **(own or {})}, discord, **sections)
            await put_migrated_file(folder / "data")
            try:
                async with running(settings, parts or quick_parts(), told.append) as house:
                    if ready:
                        await there.until_polled()
                    scene = Scene(there, house, told, mistakes.lines)
                    yield scene
                    await scene.is_clean()
            finally:
                logging.getLogger().removeHandler(mistakes)


@asynccontextmanager
async def _there(server: TelegramServer | None) -> AsyncIterator[TelegramServer]:
    """A server of the test's own is opened if it is not open, and left as it was."""
    if server is not None and server.port:
        yield server
        return
    async with server or TelegramServer() as opened:
        yield opened
    opened.port = 0


def settings_with(
    folder: Path,
    server: TelegramServer,
    own: Mapping[str, object],
    discord: Any = None,
    **sections: Mapping[str, object],
) -> Settings:
    """Settings that lead to the stand-ins, with more of them in the section of Telegram."""
    settings = settings_for(folder, server, discord, **sections)
    return settings.model_copy(update={"telegram": settings.telegram.model_copy(update=dict(own))})


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


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until something is so of which the stand-in knows nothing."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 -- what is waited for happens within the service
            await asyncio.sleep(0.01)


def patient(gate: Path) -> Parts:
    """An engine that makes no film as long as this file is there; it is made."""
    gate.touch()
    return quick_parts(maker="tests.engines.patient:PatientMaker", gate=str(gate))


STAGES = ("Working on it", "Taking the picture", "Filming the turntable", "Writing the files")
"""What the quick engine says that it is doing."""


def any_of(*fragments: str) -> Callable[[Message], bool]:
    """Whether a message says one of these."""
    return lambda message: any(fragment in message.text for fragment in fragments)

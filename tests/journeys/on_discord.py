"""The whole service on the stand-in for Discord, and the first steps of somebody who goes a whole way there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bots.app import House, Parts
from bots.conversation.texts import Texts
from bots.discord_bot.messenger import DiscordMessenger
from bots.discord_bot.platform import DiscordPlatform
from bots.discord_bot.signins import Manners
from bots.service import running
from core.queue.orders import UNMADE
from core.records import Contact
from tests.databases import put_migrated_file
from tests.served import Mistakes, settings_for
from tests.servers.discord import Channel, DiscordServer, Message, Person
from tests.talking import quick_parts, some_photo

MANNERS = Manners(lost=1.5, look=0.05, retry=0.05, longest_retry=0.2)


@dataclass
class Scene:
    """The service in this process. `told` is what its operator is told; `mistakes` are the errors in its log."""

    server: DiscordServer
    house: House
    told: list[str]
    mistakes: list[str] = field(default_factory=list)

    async def friend(self, name: str, locale: str = "en-US") -> Person:
        """Somebody who has agreed."""
        person = self.server.person(name, locale)
        await agrees(person)
        return person

    async def is_clean(self) -> None:
        """Nobody waits in vain, and nothing went wrong that a test did not want."""
        await until(lambda: not self.server.unanswered)
        assert not self.server.violations
        mistakes, self.mistakes[:] = list(self.mistakes), []
        assert not mistakes

    async def is_quiet(self, person: Person) -> None:
        """Everything of theirs is made, and sent or given up."""
        storage = self.house.storage
        number = (await storage.people.find(Contact("discord", str(person.id), locale=""))).id
        async with asyncio.timeout(30.0):
            while (  # noqa: ASYNC110 -- in this order, since each of them puts its end into the next in one transaction.
                await storage.inbox.waiting(number)
                or any(job.status in UNMADE for job in await storage.jobs.open(number))
                or await storage.outbox.waiting(number)
            ):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def on_discord(
    folder: Path,
    parts: Parts | None = None,
    *,
    real_pace: bool = False,
    manners: Manners = MANNERS,
    server: DiscordServer | None = None,
    wait: bool = True,
    **sections: Mapping[str, object],
) -> AsyncIterator[Scene]:
    """The service, running. Without `real_pace` nobody counts how many messages go out a second."""
    told: list[str] = []
    mistakes = Mistakes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DiscordPlatform.__init__, "__defaults__", (None, manners))
        if not real_pace:
            patch.setattr(DiscordMessenger, "edit_pause", 0.05)
        logging.getLogger().addHandler(mistakes)
        try:
            async with _there(server) as there:
                there.rates.enforced = real_pace
                settings = settings_for(folder, discord=there, **sections)
                await put_migrated_file(folder / "data")
                async with running(settings, parts or quick_parts(), told.append) as house:
                    if wait:
                        await there.gateway.ready()
                    scene = Scene(there, house, told, mistakes.lines)
                    yield scene
                    await scene.is_clean()
        finally:
            logging.getLogger().removeHandler(mistakes)


@asynccontextmanager
async def _there(server: DiscordServer | None) -> AsyncIterator[DiscordServer]:
    """A server of the test's own goes on for as long as the test wants."""
    if server is not None:
        yield server
        return
    async with DiscordServer() as fresh:
        yield fresh


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 -- what is waited for happens in the library and the stand-in
            await asyncio.sleep(0.01)


def words(key: str, locale: str = "en", **fields: str | int | float) -> str:
    """What the bot says."""
    return Texts(locale)(key, **fields)


async def agrees(person: Person, place: Channel | None = None) -> None:
    """Say hello, and agree."""
    await person.uses("/start", place)
    await person.reads(words("button.agree", person.locale), place)
    await person.presses("agree", place)
    await person.reads(words("start.agreed", person.locale), place)


async def orders(person: Person, style: str = "marble", place: Channel | None = None, photo: bytes = b"") -> None:
    """Send a photo, and choose a style."""
    if place:
        await person.mentions("", place, files=[photo or some_photo()])
    else:
        await person.writes("", files=[photo or some_photo()])
    await person.reads(words("styles.question", person.locale), place)
    await person.chooses(style, place=place)


async def gets(person: Person, place: Channel | None = None, within: float = 30.0) -> tuple[Message, Message]:
    """The figurine: its picture, and its turntable."""
    picture = await person.reads("ready to print", place, within)
    return picture, await person.reads("The back is invented", place, within)


def any_of(*fragments: str) -> Callable[[Message], bool]:
    """Whether a message says one of these."""
    return lambda message: any(fragment in message.text for fragment in fragments)


def said(person: Person, place: Channel | None = None) -> list[Message]:
    """What the bot has said to somebody at a place, as far as they see it."""
    return [message for message in person.sees(place) if message.author.bot]

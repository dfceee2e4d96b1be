"""Discord's stand-in, the adapter connected to it, and a conversation that remembers what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bots.conversation.events import HOME, Chatter, Event, Place
from bots.conversation.messages import Reply
from bots.discord_bot.platform import DiscordPlatform
from bots.discord_bot.signins import Manners
from core.clock import SystemClock
from core.records import Contact
from core.settings import DataSettings, DiscordSettings, OperatorSettings, Settings
from core.supervision import in_background, stop
from storage.opened import Storage, open_storage
from tests.databases import put_migrated_file
from tests.servers.discord.server import DiscordServer

QUICK = Manners(lost=1.5, look=0.05, retry=0.05, longest_retry=0.2)
WITHIN = 10.0


@dataclass(frozen=True)
class Heard:
    """What the adapter handed over."""

    chatter: Chatter
    event: Event
    key: str
    place: Place


@dataclass
class Listener:
    """Stands where the conversation stands. `before` is done before anything is kept.

    `trouble` is raised instead of keeping; `told` is why nothing is kept.
    """

    heard: list[Heard] = field(default_factory=list)
    trouble: Exception | None = None
    told: str = ""
    before: Callable[[Chatter, Place], Awaitable[None]] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, chatter: Chatter, event: Event, key: str, place: Place = HOME, group: str = "") -> str:
        if self.before:
            await self.before(chatter, place)
        if self.trouble:
            raise self.trouble
        self.heard.append(Heard(chatter, event, key, place))
        self.arrived.set()
        return self.told

    async def hears(self, count: int = 1) -> Heard:
        """The newest of so many."""
        async with asyncio.timeout(WITHIN):
            while len(self.heard) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.heard[-1]


@dataclass
class Meeting:
    """Everything that a test needs."""

    server: DiscordServer
    storage: Storage
    settings: Settings
    platform: DiscordPlatform
    listener: Listener
    serving: asyncio.Task[None]

    async def says(self, heard: Heard, text: str, **more: Any) -> None:
        """The bot's answer to something, where it happened."""
        given = {"place": heard.place.address, "first": heard.place.waits, **more}
        await self.platform.messenger.send(heard.chatter, Reply(text, **given))

    async def number(self, heard: Heard) -> int:
        """The service's own number of whoever it was."""
        contact: Contact = heard.chatter.contact
        return (await self.storage.people.find(contact)).id


def settings_for(server: DiscordServer, folder: Path, operators: tuple[str, ...] = ()) -> Settings:
    return Settings(
        data=DataSettings(dir=folder),
        discord=DiscordSettings(token=SecretStr(server.token), api_base=server.api_base, gateway=server.gateway.url),
        operators=OperatorSettings(discord=operators),
    )


@asynccontextmanager
async def connected(
    server: DiscordServer, storage: Storage, settings: Settings, manners: Manners = QUICK, wait: bool = True
) -> AsyncIterator[Meeting]:
    """The adapter, serving."""
    listener = Listener()
    async with DiscordPlatform(settings, storage.posts, storage.memos, manners=manners) as platform:
        serving = in_background(platform.serve(listener), "serving Discord")  # type: ignore[arg-type]
        try:
            if wait:
                await server.gateway.ready()
            yield Meeting(server, storage, settings, platform, listener, serving)
        finally:
            await stop(serving)


@asynccontextmanager
async def storage_in(folder: Path) -> AsyncIterator[Storage]:
    await put_migrated_file(folder)
    async with open_storage(Settings(data=DataSettings(dir=folder)), SystemClock()) as storage:
        yield storage

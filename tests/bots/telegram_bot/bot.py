"""The adapter on the stand-in server, with someone who only listens in the place of the conversation."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from PIL import Image

from bots.conversation.conversation import Conversation, Shown
from bots.conversation.events import HOME, Chatter, Event, Place
from bots.conversation.messages import Attachment, Button, Reply
from bots.telegram_bot.platform import TelegramPlatform
from bots.telegram_bot.polling import Times
from core.model import FileKind
from core.settings import Settings
from core.supervision import in_background, stop
from tests.servers.telegram import Person, TelegramServer

QUICK = Times(poll=2, answer=1.0, stalled=0.6, pause=0.02, conflict=0.1, look_after=0.1)
PERSON = 3


@dataclass(frozen=True)
class Heard:
    chatter: Chatter
    event: Event
    key: str
    place: Place
    group: str


class Listener:
    """Hears what is received. `refuse` gives an error that is raised instead, or none; `told` why nothing is kept."""

    def __init__(self, server: TelegramServer) -> None:
        self.heard: list[Heard] = []
        self.refuse: Callable[[Event], Exception | None] = lambda _: None
        self.refused = 0
        self.told: Callable[[Event], str] = lambda _: ""
        self.shown: list[Shown] = []
        self._server = server

    async def receive(self, chatter: Chatter, event: Event, key: str, place: Place = HOME, group: str = "") -> str:
        error = self.refuse(event)
        if error:
            self.refused += 1
            self._server.happened()
            raise error
        self.heard.append(Heard(chatter, event, key, place, group))
        self._server.happened()
        return self.told(event)

    async def gallery(self, chatter: Chatter) -> list[Shown]:
        return self.shown

    @property
    def events(self) -> list[Event]:
        return [heard.event for heard in self.heard]

    async def hears(self, count: int, within: float = 10.0) -> list[Heard]:
        """Wait until so much was heard."""
        await self._server.until(lambda: len(self.heard) >= count, within)
        return self.heard


class Shelf:
    """Posts and memos in memory: what is tried here is the adapter; the real ones have contracts of their own."""

    def __init__(self) -> None:
        self.posts: dict[tuple[int, str, str], bytes] = {}
        self.memos: dict[str, str] = {}

    async def find(self, person_id: int, platform: str, key: str) -> bytes | None:
        return self.posts.get((person_id, platform, key))

    async def keep(self, person_id: int, platform: str, key: str, payload: bytes, now: dt.datetime) -> None:
        self.posts[person_id, platform, key] = payload

    async def get(self, name: str) -> str:
        return self.memos.get(name, "")

    async def put(self, name: str, value: str) -> None:
        self.memos[name] = value


@dataclass
class Bot:
    platform: TelegramPlatform
    listener: Listener
    shelf: Shelf
    serving: asyncio.Task[None] | None = None
    own: dict[str, Any] = field(default_factory=dict)

    async def sends(self, person: Person, text: str, *files: Attachment, **fields: Any) -> None:
        """Send a reply to somebody; buttons by their texts."""
        fields["buttons"] = tuple(Button(word.lower(), word) for word in fields.pop("buttons", ()))
        chatter = Chatter("telegram", str(person.id), "en", None)
        await self.platform.messenger.send(chatter, Reply(text, files=files, person=PERSON, **fields))

    def serve(self) -> asyncio.Task[None]:
        """Begin to listen."""
        self.serving = in_background(self.platform.serve(cast(Conversation, self.listener)), "serving")
        return self.serving


@asynccontextmanager
async def bot_on(
    server: TelegramServer,
    times: Times = QUICK,
    shelf: Shelf | None = None,
    serving: bool = True,
    **sections: dict[str, Any],
) -> AsyncIterator[Bot]:
    """The bot, listening; what its settings need is added to `telegram`."""
    own = {"token": server.token, "api_base": server.base_url, "file_base": server.base_file_url}
    sections["telegram"] = own | sections.get("telegram", {})
    settings = Settings(**sections)  # type: ignore[arg-type]
    shelf, listener = shelf or Shelf(), Listener(server)
    async with TelegramPlatform(settings, shelf, shelf, times) as platform:
        bot = Bot(platform, listener, shelf)
        if serving:
            bot.serve()
        try:
            yield bot
        finally:
            if bot.serving:
                await stop(bot.serving)


def file(kind: FileKind, data: bytes = b"x" * 100, name: str = "") -> Attachment:
    """A file; a picture is a real one, since Telegram looks at those."""
    if kind is FileKind.PICTURE:
        stream = io.BytesIO()
        Image.new("RGB", (64, 64), (200, 30, 30)).save(stream, "JPEG")
        data = stream.getvalue()
    endings = {FileKind.PICTURE: "jpg", FileKind.TURNTABLE: "mp4", FileKind.THREEMF: "3mf"}
    return Attachment(kind, name or f"figurine.{endings.get(kind, kind.value)}", data, f"the {kind.value}")

"""Someone who talks to the bot, over the service's own wiring with the quick engine."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from bots.app import Parts, build_conversation
from bots.conversation.conversation import Conversation
from bots.conversation.events import Chatter, Event, PhotoSent, Pressed, Typed
from bots.conversation.messages import Reply
from core.intake.safety.unchecked import Unchecked
from core.settings import Settings
from storage.database import FILE_NAME
from tests.databases import put_migrated_file

QUICK = "tests.engines.quick:QuickMaker"
PLATFORM = "test"


def quick_parts(pause: float = 0.0, maker: str = QUICK, **arguments: str | int | float) -> Parts:
    """The service's own parts, with the quick engine in its worker process."""
    return Parts(
        maker=maker,
        maker_arguments=lambda _: {"pause": pause} if maker == QUICK else arguments,
        safety=lambda _: Unchecked(),
    )


class Recorder:
    """A platform that remembers what it carried.

    `refuse` is raised instead of carrying files, once each; `refuse_text` (words → error) instead of carrying a message
    with these words, once each.
    """

    edit_pause = 0.0

    def __init__(self) -> None:
        self.sent: list[Reply] = []
        self.refuse: list[Exception] = []
        self.refuse_text: dict[str, Exception] = {}

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        if reply.files and self.refuse:
            raise self.refuse.pop()
        for words in [words for words in self.refuse_text if words in reply.text]:
            raise self.refuse_text.pop(words)
        self.sent.append(reply)

    async def typing(self, chatter: Chatter) -> None: ...


class Friend:
    """Talks to the bot as a person does, and reads what it says."""

    def __init__(self, conversation: Conversation, recorder: Recorder, folder: Path, name: str = "ada") -> None:
        self.chatter = Chatter(PLATFORM, name)
        self.recorder = recorder
        self._conversation = conversation
        self._folder = folder

    async def types(self, text: str) -> list[Reply]:
        return await self.does(Typed(text))

    async def sends(self, photo: bytes, caption: str = "", more: tuple[bytes, ...] = ()) -> list[Reply]:
        return await self.does(PhotoSent(photo, caption, more))

    async def presses(self, button: str) -> list[Reply]:
        """Press the newest button with this id, which must be there; an order's number may be left out."""
        offered = [button.id for reply in reversed(self.recorder.sent) for button in reply.buttons]
        return await self.does(Pressed(next(i for i in offered if button in (i, i.partition(":")[0]))))

    async def waits(self) -> list[Reply]:
        before = len(self.recorder.sent)
        await self._conversation.settled(self.chatter)
        return self.recorder.sent[before:]

    async def agrees(self) -> None:
        await self.types("/start")
        await self.presses("agree")

    async def statuses(self) -> list[str]:
        """How far everybody's orders are, oldest first, as another program sees it."""
        connection = sqlite3.connect(self._folder / FILE_NAME)
        try:
            return [status for (status,) in connection.execute("SELECT status FROM job ORDER BY id")]
        finally:
            connection.close()

    def meets(self, name: str) -> Friend:
        """Somebody else who talks to the same bot."""
        return Friend(self._conversation, self.recorder, self._folder, name)

    @property
    def last(self) -> str:
        return self.recorder.sent[-1].text

    async def does_as(self, event: Event, key: str) -> None:
        """Do something that the platform knows under this key."""
        await self._conversation.receive(self.chatter, event, key)

    async def does(self, event: Event) -> list[Reply]:
        before = len(self.recorder.sent)
        await self._conversation.handle(self.chatter, event)
        return self.recorder.sent[before:]


@asynccontextmanager
async def opened(folder: Path, parts: Parts, **sections: dict[str, object]) -> AsyncIterator[Friend]:
    """Someone who talks to a fresh service over the folder, with settings by section."""
    settings = Settings(data={"dir": folder / "data"}, **sections)
    await put_migrated_file(folder / "data")
    recorder = Recorder()
    async with build_conversation(settings, recorder, parts, PLATFORM) as conversation:
        yield Friend(conversation, recorder, folder / "data")


def some_photo() -> bytes:
    """A small picture that is not one even colour."""
    return _png(Image.linear_gradient("L"))


def a_grey() -> bytes:
    """A picture of nothing."""
    return _png(Image.new("RGB", (200, 200), (128, 128, 128)))


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()

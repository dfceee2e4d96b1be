"""Someone who talks to the bot, over the service's own wiring with the quick engine."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from bots.app import Parts, build_conversation, build_house, build_talk
from bots.conversation.conversation import Conversation, Shown
from bots.conversation.events import HOME, Chatter, Event, FileRef, Filled, PhotoSent, Place, Pressed, Typed
from bots.conversation.messages import Reply
from core.errors import PhotoGone, PhotoTooLarge
from core.intake.safety.unchecked import Unchecked
from core.records import Piece
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
    """A platform that remembers what it carried, and to whom.

    `refuse` is raised instead of carrying a person's files, once each; `refuse_text` (words → error) instead of
    carrying a message with these words, once each. `files` are those that the platform holds; an error among them is
    raised. With `threads` an album gets a place of its own. `fetched` is what was asked for.
    """

    edit_pause = 0.0

    def __init__(self, whispers: bool = True, address: str = "", threads: bool = False) -> None:
        self.whispers = whispers
        self.address = address
        self.threads = threads
        self.sent: list[Reply] = []
        self.to: list[Chatter] = []
        self.refuse: list[Exception] = []
        self.refuse_text: dict[str, Exception] = {}
        self.files: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        if self.refuse and any(not file.own for file in reply.files):
            raise self.refuse.pop()
        for words in [words for words in self.refuse_text if words in reply.text]:
            raise self.refuse_text.pop(words)
        self.sent.append(reply)
        self.to.append(chatter)

    async def typing(self, chatter: Chatter, place: str) -> None: ...

    async def fetch(self, file: FileRef, most: int) -> bytes:
        self.fetched.append(file.ref)
        held = self.files.get(file.ref, PhotoGone())
        if isinstance(held, Exception):
            raise held
        if len(held) > most:
            raise PhotoTooLarge(limit=f"{most // 1_000_000} MB")
        return held

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:
        return f"{place}/{title}" if self.threads else place

    def home(self, chatter: Chatter) -> str:
        return self.address


class Friend:
    """Talks to the bot as a person does, at `place`, and reads what it says."""

    def __init__(
        self,
        conversation: Conversation,
        recorder: Recorder,
        folder: Path,
        name: str = "ada",
        place: Place = HOME,
        platform: str = PLATFORM,
    ) -> None:
        self.chatter = Chatter(platform, name)
        self.place = place
        self.recorder = recorder
        self._conversation = conversation
        self._folder = folder

    async def types(self, text: str) -> list[Reply]:
        return await self.does(Typed(text))

    async def sends(
        self,
        photo: bytes | FileRef,
        caption: str = "",
        more: tuple[bytes | FileRef, ...] = (),
        style: str = "",
        engraving: str = "",
    ) -> list[Reply]:
        return await self.does(PhotoSent(photo, caption, more, style, engraving))

    async def presses(self, button: str) -> list[Reply]:
        """Press the newest button with this id, which must be there; what it belongs to may be left out."""
        return await self.does(Pressed(self.offered(button)))

    async def fills(self, button: str, text: str) -> list[Reply]:
        """Fill in the form behind the newest button with this id."""
        return await self.does(Filled(self.offered(button), text))

    def offered(self, button: str) -> str:
        """The whole id of the newest button whose id begins with these parts."""
        ids = [button.id for reply in reversed(self.recorder.sent) for button in reply.buttons]
        plain = [(i, i.partition("@")[0]) for i in ids]
        return next(i for i, known in plain if button == i or f"{known}:".startswith(f"{button}:"))

    def at(self, place: Place) -> Friend:
        """The same person somewhere else."""
        return Friend(self._conversation, self.recorder, self._folder, self.chatter.id, place, self.chatter.platform)

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
        return Friend(self._conversation, self.recorder, self._folder, name, platform=self.chatter.platform)

    async def gallery(self) -> list[Shown]:
        return await self._conversation.gallery(self.chatter)

    async def newest(self) -> Piece:
        """The newest figurine that is held of this person."""
        store = vars(self._conversation)["_services"].store
        return next(iter(await store.pieces.all_of((await self.gallery())[0].person)))

    @property
    def last(self) -> str:
        return self.recorder.sent[-1].text

    async def does_as(self, event: Event, key: str, group: str = "") -> str:
        """Do something that the platform knows under this key, in an album; why nothing was kept, if so."""
        return await self._conversation.receive(self.chatter, event, key, self.place, group)

    async def does(self, event: Event) -> list[Reply]:
        before = len(self.recorder.sent)
        await self._conversation.handle(self.chatter, event, self.place)
        return self.recorder.sent[before:]


@asynccontextmanager
async def opened(
    folder: Path,
    parts: Parts,
    recorder: Recorder | None = None,
    platform: str = PLATFORM,
    **sections: dict[str, object],
) -> AsyncIterator[Friend]:
    """Someone who talks to a fresh service over the folder, with settings by section."""
    settings = Settings(data={"dir": folder / "data"}, **sections)
    await put_migrated_file(folder / "data")
    recorder = recorder or Recorder()
    async with build_conversation(settings, recorder, parts, platform) as conversation:
        yield Friend(conversation, recorder, folder / "data", platform=platform)


@asynccontextmanager
async def on_both(folder: Path, parts: Parts, **sections: dict[str, object]) -> AsyncIterator[tuple[Friend, Friend]]:
    """Two people who talk to one service, each on a platform of their own, called "here" and "there"."""
    settings = Settings(data={"dir": folder / "data"}, **sections)
    await put_migrated_file(folder / "data")
    here, there = Recorder(), Recorder()
    async with (
        build_house(settings, parts) as house,
        build_talk(house, here, "here") as one,
        build_talk(house, there, "there") as other,
    ):
        yield (
            Friend(one.conversation, here, folder / "data", platform="here"),
            Friend(other.conversation, there, folder / "data", platform="there"),
        )


def code_in(text: str) -> str:
    """The link code that is told."""
    found = re.search(r"Your code is (\d{4} \d{4} \d{4})", text)
    assert found, text
    return found[1]


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

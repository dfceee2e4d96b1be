"""The product's own service behind a made-up platform, to be killed at any moment.

`python -m tests.crash.service PLATFORM SOCKET LOG PAUSE`: updates come over the socket, one line of JSON each, and are
confirmed once they are kept; whatever is said is one line of JSON in the log, on the disk before it counts as sent. The
engine takes PAUSE seconds a stage.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

from bots.app import Parts, build_conversation
from bots.conversation.conversation import Conversation
from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Reply
from core.errors import PhotoGone
from core.settings import load_settings
from tests.crash.people import event_of
from tests.talking import quick_parts

LONGEST_LINE: Final = 1 << 24  # bytes


class LoggingMessenger:
    """bots.conversation.services.Messenger whose every message is on the disk."""

    edit_pause = 0.2
    whispers = True

    def __init__(self, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        said = {
            "person": chatter.id,
            "key": reply.key,
            "text": reply.text,
            "buttons": [button.id for button in reply.buttons],
            "files": [str(file.kind) for file in reply.files if not file.own],
        }
        os.write(self._log, json.dumps(said).encode() + b"\n")
        os.fsync(self._log)

    async def typing(self, chatter: Chatter, place: str) -> None: ...

    async def fetch(self, file: FileRef, most: int) -> bytes:
        raise PhotoGone

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:
        return place

    def home(self, chatter: Chatter) -> str:
        return ""


async def take(conversation: Conversation, platform: str, socket: Path) -> None:
    """Keep what happens, and confirm it, until the platform hangs up."""
    reader, writer = await asyncio.open_unix_connection(socket, limit=LONGEST_LINE)
    while line := await reader.readline():
        update = json.loads(line)
        await conversation.receive(Chatter(platform, update["person"]), event_of(update), update["key"])
        writer.write(update["key"].encode() + b"\n")
        await writer.drain()


async def serve(platform: str, socket: Path, log: Path, parts: Parts) -> None:
    async with build_conversation(load_settings(), LoggingMessenger(log), parts, platform) as conversation:
        await take(conversation, platform, socket)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), quick_parts(float(sys.argv[4]))))

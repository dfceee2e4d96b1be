"""A platform that offers every update until it was confirmed, some of them once more, and keeps what it was given."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bots.conversation.texts import Texts
from tests.crash.people import Life, Update

LOST: Final = 0.1  # of the confirmations do not arrive
MARK: Final = Texts("en")("repeat")


@dataclass(frozen=True)
class Said:
    """One message that the platform carried. `order` is the one that it is about; `marked`: it may have come before."""

    person: str
    text: str
    key: str
    buttons: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def marked(self) -> bool:
        return self.text.startswith(MARK)

    @property
    def order(self) -> int | None:
        for name in (self.key, *self.buttons):
            if name.startswith(("order:", "files:")):
                return int(name.partition(":")[2])
        return None

    @property
    def what(self) -> str:
        """The result's file, "ended", "progress" (also the first word about an order), or "reply"."""
        if self.files:
            return self.files[0]
        if not self.key:
            return "reply"
        return "progress" if f"cancel:{self.order}" in self.buttons else "ended"


class Platform:
    """Serves one service at a time, over a socket. Use as `async with`."""

    def __init__(self, name: str, folder: Path, lives: list[Life], chance: random.Random) -> None:
        self.name = name
        self.socket = folder / f"{name}.socket"
        self.log = folder / f"{name}.log"
        self.lives = lives
        self.offered = 0
        self._chance = chance
        self._waiting: list[Update] = []
        by_turns = [list(life.updates) for life in lives]
        while any(by_turns):
            self._waiting.append(self._chance.choice([updates for updates in by_turns if updates]).pop(0))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self.socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def waiting(self) -> int:
        """How many updates were not confirmed."""
        return len(self._waiting)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError), contextlib.closing(writer):
            async for update in self._to_offer(reader):
                writer.write(json.dumps(update).encode() + b"\n")
                await writer.drain()
                self.offered += 1
                if (await reader.readline()).decode().strip() != update["key"]:
                    return  # It was killed.
                if self._chance.random() >= LOST and update in self._waiting:
                    self._waiting.remove(update)

    async def _to_offer(self, reader: asyncio.StreamReader) -> AsyncIterator[Update]:
        while not reader.at_eof():
            if self._waiting:
                yield self._waiting[0]
            await asyncio.sleep(self._chance.random() * 0.02)

    def said(self) -> list[Said]:
        """Every message that arrived, in order."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [
            Said(line["person"], line["text"], line["key"], tuple(line["buttons"]), tuple(line["files"]))
            for line in lines
        ]

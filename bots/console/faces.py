"""How a conversation is shown: what every face of the console can do, and the one for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from bots.conversation.messages import Button
from core.model import FileKind


@dataclass(frozen=True, slots=True)
class Received:
    """A file that the person has received. `data` is for showing it, `alt` says what it is for."""

    kind: FileKind
    path: Path
    alt: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the bot, its files saved. A key that was seen before means an edit.

    `shown` are pictures of the bot's own that go with it, and that nobody keeps.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Received, ...] = ()
    key: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    shown: tuple[bytes, ...] = field(default=(), repr=False)


class Face(Protocol):
    """Shows a conversation. `edit_pause` is how many seconds should lie between two edits."""

    edit_pause: float

    def person(self, line: str) -> None:
        """Show what the person did."""
        ...

    def bot(self, message: Message) -> None:
        """Show a message, or put it in the place of the one with its key."""
        ...

    def typing(self) -> None:
        """Show that an answer is on its way."""
        ...

    def ready(self) -> None:
        """Show that a line can be typed."""
        ...

    def line_read(self) -> None:
        """A line was read."""
        ...

    def close(self) -> None:
        """The conversation is over."""
        ...


class JsonFace:
    """One JSON object a line. `edits` is the number, from 1, of the output's line that the object replaces."""

    edit_pause = 1.0

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines = 0
        self._line_of: dict[str, int] = {}

    def person(self, line: str) -> None:
        """See Face."""
        self._write({"from": "person", "text": line, "buttons": [], "files": []})

    def bot(self, message: Message) -> None:
        """See Face."""
        buttons = [{"id": button.id, "text": button.text} for button in message.buttons]
        files = [{"kind": str(file.kind), "path": str(file.path)} for file in message.files]
        said: dict[str, Any] = {"from": "bot", "text": message.text, "buttons": buttons, "files": files}
        if message.key in self._line_of:
            said["edits"] = self._line_of[message.key]
        elif message.key:
            self._line_of[message.key] = self._lines + 1
        self._write(said)

    def typing(self) -> None:
        """Nothing: it is no message."""

    def ready(self) -> None:
        """Nothing: programs don't wait for a prompt."""

    def line_read(self) -> None:
        """Nothing: the line is shown as an object if it is the person's."""

    def close(self) -> None:
        """Nothing is left to say."""

    def _write(self, value: Mapping[str, Any]) -> None:
        self._lines += 1
        print(json.dumps(value, ensure_ascii=False), file=self._out, flush=True)

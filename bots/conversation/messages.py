"""What the bot says, whatever the platform: text, buttons and files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Final

from core.model import FileKind

TELLING: Final = (FileKind.PICTURE, FileKind.GLB, FileKind.STL, FileKind.THREEMF)
"""Kinds whose files tell by their ending what they are."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `id` is stable; a part after a colon says what the button belongs to.

    `choice`: it is one of several of which one is taken, so a platform may show them as a list. `url`: it leads there,
    and nothing is pressed.
    """

    id: str
    text: str
    choice: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is sent. `name` is a proposal; `alt` says in words what it shows or what it is for.

    `own`: it is the bot's own, such as a picture of the styles, and nobody needs to keep it.
    """

    kind: FileKind
    name: str
    data: bytes = field(repr=False)
    alt: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A figurine's file that is to be sent: the order that it belongs to, and what it is."""

    order: int
    kind: FileKind
    alt: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One message as it waits in the outbox: its files are still in the store. See Reply.

    `exhibit` names a picture of bots/conversation/pictures that goes with it.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    enclosed: tuple[Enclosed, ...] = ()
    key: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    exhibit: str = ""
    place: str = ""
    private: bool = False
    first: bool = False

    def pack(self) -> bytes:
        """The answer as bytes."""
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def unpack(cls, payload: bytes) -> Answer:
        """The answer that was packed."""
        value = json.loads(payload.decode("utf-8", "surrogatepass"))
        buttons = tuple(Button(**button) for button in value["buttons"])
        enclosed = tuple(Enclosed(file["order"], FileKind(file["kind"]), file["alt"]) for file in value["enclosed"])
        return cls(**{**value, "buttons": buttons, "enclosed": enclosed})


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to one person, with all that is sent.

    A reply whose `key` was used before takes that message's place: its text, its buttons, and files beside them.
    `timings` are for faces that have room for them: what was done (in words) → seconds.

    `place` is a Place's address, or empty for the person's own chat. `private`: nobody else may read it, wherever it
    goes. `first`: it is the first answer to something that happened at `place`, and that the platform may wait for.
    `person` is the service's own number of whom it is for, under which posts are kept. `passing`: something newer
    follows soon, so it may be left out where there is little room.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()
    key: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    place: str = ""
    private: bool = False
    first: bool = False
    person: int = 0
    passing: bool = False


def file_name(stem: str, kind: FileKind, name: str) -> str:
    """A name for a figurine's file: the stem, the kind where the ending does not tell it, the ending of `name`."""
    ending = PurePath(name).suffix.lower()
    return f"{stem}{ending}" if kind in TELLING else f"{stem}-{kind}{ending}"

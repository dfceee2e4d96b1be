"""What the bot says, whatever the platform: text, buttons and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from core.model import FigurineFile, FileKind

TELLING: Final = (FileKind.PICTURE, FileKind.GLB, FileKind.STL, FileKind.THREEMF)
"""Kinds whose files tell by their ending what they are."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `id` is stable; a part after a colon says what the button belongs to."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is sent. `name` is a proposal; `alt` says in words what it shows or what it is for."""

    kind: FileKind
    name: str
    data: bytes = field(repr=False)
    alt: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to one person.

    A reply whose `key` was used before takes that message's place: its text, its buttons, and files beside them.
    `timings` are for faces that have room for them: what was done (in words) → seconds.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()
    key: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)


def file_name(stem: str, file: FigurineFile) -> str:
    """A name for a figurine's file: the stem, the kind where the ending does not tell it, the ending."""
    ending = PurePath(file.name).suffix.lower()
    return f"{stem}{ending}" if file.kind in TELLING else f"{stem}-{file.kind}{ending}"

"""What the bot says, whatever the platform: text, buttons and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.model import FileKind


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

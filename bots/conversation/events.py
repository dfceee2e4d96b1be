"""What people do, whatever the platform."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import FigurineError
from core.records import Contact


@dataclass(frozen=True, slots=True)
class Chatter:
    """Someone on a platform.

    `locale` is what the platform says about their language, or what they have chosen instead; `timezone` is none where
    the platform does not tell it.
    """

    platform: str
    id: str
    locale: str = "en"
    timezone: dt.tzinfo | None = dt.UTC

    @property
    def contact(self) -> Contact:
        """The same as the core keeps it."""
        return Contact(self.platform, self.id, self.locale, _timezone_name(self.timezone))


def chatter_of(contact: Contact) -> Chatter:
    """Someone as the core keeps them."""
    return Chatter(contact.platform, contact.platform_id, contact.locale, _timezone(contact.timezone))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened, and so where its answer goes.

    `address` is the adapter's own word for it, opaque to everyone else; empty is the person's own chat. `shared`:
    others read along. `waits`: the platform waits for an answer to just this, and shows that it does.
    """

    address: str = ""
    shared: bool = False
    waits: bool = False


HOME: Final = Place()
"""The person's own chat with the bot."""


def kept_place(platform: str, address: str) -> str:
    """A place's address as it is kept: an account may leave a platform, and no other one could read its addresses."""
    return f"{platform}:{address}" if address else ""


def place_here(platform: str, kept: str) -> str:
    """The address that was kept, if it is one of this platform; else the person's own chat."""
    return kept.removeprefix(f"{platform}:") if kept.startswith(f"{platform}:") else ""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that the platform still holds: its own word for it, and the size in bytes as far as it tells (else 0)."""

    ref: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """A line of text; a slash at its beginning makes it a command."""

    text: str


@dataclass(frozen=True, slots=True)
class PhotoSent:
    """A file that should be a photo, as it was sent or still held by the platform; the files of an album together.

    The caption is the wish. `style` and `engraving` are there where the platform asks for them at once.
    """

    data: bytes | FileRef = field(repr=False)
    caption: str = ""
    more: tuple[bytes | FileRef, ...] = field(default=(), repr=False)
    style: str = ""
    engraving: str = ""


@dataclass(frozen=True, slots=True)
class PhotoLost:
    """A file that the platform could not hand over, and why."""

    error: FigurineError


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button."""

    button: str


@dataclass(frozen=True, slots=True)
class Filled:
    """The form behind a button of bots.conversation.forms, filled in."""

    button: str
    text: str


Event = Typed | PhotoSent | PhotoLost | Pressed | Filled


def _timezone_name(zone: dt.tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    offset = zone.utcoffset(dt.datetime.now(dt.UTC).replace(tzinfo=None)) or dt.timedelta()
    return str(offset // dt.timedelta(minutes=1))


def _timezone(name: str) -> dt.tzinfo | None:
    """The zone of that name, or that many minutes east of Greenwich; none for no name, UTC for anything else."""
    if not name:
        return None
    try:
        return dt.timezone(dt.timedelta(minutes=int(name)))
    except OverflowError:
        return dt.UTC
    except ValueError:
        pass
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # The name of a folder of zones is none of a zone.
        return dt.UTC

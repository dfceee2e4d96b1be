"""What people do, whatever the platform."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import FigurineError
from core.records import Contact


@dataclass(frozen=True, slots=True)
class Chatter:
    """Someone on a platform. `locale` is what the platform says about their language."""

    platform: str
    id: str
    locale: str = "en"
    timezone: dt.tzinfo = dt.UTC

    @property
    def contact(self) -> Contact:
        """The same as the core keeps it."""
        return Contact(self.platform, self.id, self.locale, _timezone_name(self.timezone))


def chatter_of(contact: Contact) -> Chatter:
    """Someone as the core keeps them."""
    return Chatter(contact.platform, contact.platform_id, contact.locale, _timezone(contact.timezone))


@dataclass(frozen=True, slots=True)
class Typed:
    """A line of text; a slash at its beginning makes it a command."""

    text: str


@dataclass(frozen=True, slots=True)
class PhotoSent:
    """A file that should be a photo, as it was sent; the files of an album together."""

    data: bytes = field(repr=False)
    caption: str = ""
    more: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PhotoLost:
    """A file that the platform could not hand over, and why."""

    error: FigurineError


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button."""

    button: str


Event = Typed | PhotoSent | PhotoLost | Pressed


def _timezone_name(zone: dt.tzinfo) -> str:
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    offset = zone.utcoffset(dt.datetime.now(dt.UTC).replace(tzinfo=None)) or dt.timedelta()
    return str(offset // dt.timedelta(minutes=1))


def _timezone(name: str) -> dt.tzinfo:
    """The zone of that name, or that many minutes east of Greenwich; UTC for anything else."""
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

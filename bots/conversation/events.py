"""What people do, whatever the platform."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from core.errors import FigurineError


@dataclass(frozen=True, slots=True)
class Chatter:
    """Someone on a platform. `locale` is what the platform says about their language."""

    platform: str
    id: str
    locale: str = "en"
    timezone: dt.tzinfo = dt.UTC


@dataclass(frozen=True, slots=True)
class Typed:
    """A line of text; a slash at its beginning makes it a command."""

    text: str


@dataclass(frozen=True, slots=True)
class PhotoSent:
    """A file that should be a photo, as it was sent."""

    data: bytes = field(repr=False)
    caption: str = ""


@dataclass(frozen=True, slots=True)
class PhotoLost:
    """A file that the platform could not hand over, and why."""

    error: FigurineError


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button."""

    button: str


Event = Typed | PhotoSent | PhotoLost | Pressed

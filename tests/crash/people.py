"""People who order figurines in every way there is, and what is recognisable about them."""

from __future__ import annotations

import base64
import io
import random
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from bots.conversation.events import Event, PhotoSent, Pressed, Typed
from bots.conversation.flows.questions import terms_of
from core.settings import ConsentSettings

Update = dict[str, Any]
STYLES: Final = ("collector", "chibi", "vinyl", "marble", "bronze", "lowpoly")
PIXELS: Final = 32  # in the pattern that marks a photo
SIDE: Final = (128, 96)  # pixels
RESULTS: Final = (b"glTF\x02\x00\x00\x00", b"ftypisom")
"""What the quick engine's files begin with."""


@dataclass(frozen=True)
class Markers:
    """What must never be on a disk in clear: a pattern of grey pixels, the same in a file and decoded, and a word."""

    pattern: bytes = field(default_factory=lambda: b"".join(bytes([tone]) * 3 for tone in secrets.token_bytes(PIXELS)))
    word: str = field(default_factory=lambda: f"M{secrets.token_hex(6)}")

    @property
    def all(self) -> tuple[bytes, ...]:
        return (self.pattern, self.word.encode(), *RESULTS)

    def photo(self) -> bytes:
        """A bitmap whose every row repeats the pattern. No encoding hides it."""
        width, height = SIDE
        row = self.pattern * (width // PIXELS)
        stream = io.BytesIO()
        Image.frombytes("RGB", SIDE, row * height).save(stream, "BMP")
        return stream.getvalue()


AGREE: Final = f"agree:{terms_of(ConsentSettings())}"
"""The button under the present terms."""


@dataclass
class Life:
    """What one person does, in order. `orders` is how many orders that must place, `more` how many it may beyond."""

    person: str
    updates: list[Update] = field(default_factory=list)
    orders: int = 0
    more: int = 0

    def does(self, **what: Any) -> None:
        number = len(self.updates)
        self.updates.append({"person": self.person, "key": f"{self.person}/{number}", **what})


def life(markers: Markers, number: int, orders: int, chance: random.Random) -> Life:
    """Someone who places at least so many orders."""
    lived = Life(f"{markers.word}-{number}")
    lived.does(typed="/start")
    lived.does(pressed=AGREE)
    while lived.orders < orders:
        chance.choice((_one, _one, _named, _album, _together, _taken_back, _again))(lived, markers, chance)
    return lived


def _one(lived: Life, markers: Markers, chance: random.Random) -> None:
    photos(lived, markers, 1)
    press_style(lived, chance)


def _named(lived: Life, markers: Markers, chance: random.Random) -> None:
    photos(lived, markers, 1)
    lived.does(pressed="name")
    lived.does(typed=markers.word)
    press_style(lived, chance)


def _album(lived: Life, markers: Markers, chance: random.Random) -> None:
    photos(lived, markers, 3)
    lived.does(pressed="each")
    press_style(lived, chance, 3)


def _together(lived: Life, markers: Markers, chance: random.Random) -> None:
    photos(lived, markers, 2)
    lived.does(pressed="together")
    press_style(lived, chance)


def _taken_back(lived: Life, markers: Markers, chance: random.Random) -> None:
    _one(lived, markers, chance)
    lived.does(typed="/cancel")


def _again(lived: Life, markers: Markers, chance: random.Random) -> None:
    _one(lived, markers, chance)
    lived.does(pressed="again")
    lived.more += 1


def photos(lived: Life, markers: Markers, count: int) -> None:
    """Send so many at once."""
    lived.does(photos=[base64.b64encode(markers.photo()).decode()] * count, caption=markers.word)


def press_style(lived: Life, chance: random.Random, orders: int = 1) -> None:
    lived.does(pressed=chance.choice(STYLES))
    lived.orders += orders


def event_of(update: Update) -> Event:
    """The update as the conversation takes it."""
    if "typed" in update:
        return Typed(update["typed"])
    if "pressed" in update:
        return Pressed(update["pressed"])
    first, *more = [base64.b64decode(photo) for photo in update["photos"]]
    return PhotoSent(first, update["caption"], tuple(more))

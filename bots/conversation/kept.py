"""Events as they are kept in the inbox: everything but the files, which are in the store or still at the platform."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bots.conversation.events import HOME, Event, FileRef, Filled, PhotoLost, PhotoSent, Place, Pressed, Typed
from core import errors
from core.errors import FigurineError


@dataclass(frozen=True, slots=True)
class PhotoKept:
    """Files that should be photos: by their names in the store, or as the platform knows them. See PhotoSent.

    `album` is the platform's name for what they belong to, of which others may come as updates of their own.
    """

    uploads: tuple[str | FileRef, ...]
    caption: str = ""
    style: str = ""
    engraving: str = ""
    album: str = ""


KeptEvent = Typed | PhotoKept | PhotoLost | Pressed | Filled


def files_of(event: Event) -> tuple[bytes | FileRef, ...]:
    """The files that an event brought."""
    return (event.data, *event.more) if isinstance(event, PhotoSent) else ()


def pack(event: Event, uploads: tuple[str | FileRef, ...], place: Place = HOME, album: str = "") -> bytes:
    """The event as bytes, with where it happened; `uploads` are its files. For `album` see PhotoKept."""
    match event:
        case Typed(text):
            value: dict[str, object] = {"typed": text}
        case Pressed(button):
            value = {"pressed": button}
        case Filled(button, text):
            value = {"filled": button, "text": text}
        case PhotoSent(_, caption, _, style, engraving):
            value = {"uploads": pack_files(uploads), "caption": caption, "style": style, "engraving": engraving}
            value["album"] = album
        case PhotoLost(error):
            value = {"lost": type(error).__name__, "fields": error.fields}
    if place != HOME:
        value["place"] = asdict(place)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack(payload: bytes) -> tuple[KeptEvent, Place]:
    """The event, and where it happened."""
    value = json.loads(payload.decode("utf-8", "surrogatepass"))
    place = Place(**value["place"]) if "place" in value else HOME
    return _event(value), place


def _event(value: dict[str, Any]) -> KeptEvent:
    if "typed" in value:
        return Typed(value["typed"])
    if "pressed" in value:
        return Pressed(value["pressed"])
    if "filled" in value:
        return Filled(value["filled"], value["text"])
    if "uploads" in value:
        files = unpack_files(value["uploads"])
        rest = (value.get("style", ""), value.get("engraving", ""), value.get("album", ""))
        return PhotoKept(files, value["caption"], *rest)
    kind = getattr(errors, value["lost"], FigurineError)
    return PhotoLost(kind(**value["fields"]))


def pack_files(files: tuple[str | FileRef, ...]) -> list[object]:
    """Files as JSON knows them."""
    return [file if isinstance(file, str) else [file.ref, file.size] for file in files]


def unpack_files(files: list[Any]) -> tuple[str | FileRef, ...]:
    """See pack_files."""
    return tuple(file if isinstance(file, str) else FileRef(*file) for file in files)

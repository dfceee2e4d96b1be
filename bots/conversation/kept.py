"""Events as they are kept in the inbox: everything but the files, which are in the store under the names given here."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bots.conversation.events import Event, PhotoLost, PhotoSent, Pressed, Typed
from core import errors
from core.errors import FigurineError


@dataclass(frozen=True, slots=True)
class PhotoKept:
    """Files that should be photos, by their names in the store."""

    uploads: tuple[str, ...]
    caption: str = ""


KeptEvent = Typed | PhotoKept | PhotoLost | Pressed


def files_of(event: Event) -> tuple[bytes, ...]:
    """The files that an event brought."""
    return (event.data, *event.more) if isinstance(event, PhotoSent) else ()


def pack(event: Event, uploads: tuple[str, ...]) -> bytes:
    """The event as bytes; `uploads` are the names of its files."""
    match event:
        case Typed(text):
            value: dict[str, object] = {"typed": text}
        case Pressed(button):
            value = {"pressed": button}
        case PhotoSent(_, caption):
            value = {"uploads": uploads, "caption": caption}
        case PhotoLost(error):
            value = {"lost": type(error).__name__, "fields": error.fields}
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack(payload: bytes) -> KeptEvent:
    """The event."""
    value = json.loads(payload.decode("utf-8", "surrogatepass"))
    if "typed" in value:
        return Typed(value["typed"])
    if "pressed" in value:
        return Pressed(value["pressed"])
    if "uploads" in value:
        return PhotoKept(tuple(value["uploads"]), value["caption"])
    kind = getattr(errors, value["lost"], FigurineError)
    return PhotoLost(kind(**value["fields"]))

"""What the conversation remembers of one person between two messages. It is kept sealed, and not for long."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from bots.conversation.events import HOME, FileRef, Place
from bots.conversation.kept import pack_files, unpack_files


class Question(StrEnum):
    """What the next line of text answers."""

    NAME = "name"
    WISH = "wish"
    SET_NAME = "set-name"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Early:
    """Files that came before the consent, when they came (UTC), and where.

    They are names in the store, or the platform still holds them: before somebody has agreed, nothing is fetched.
    """

    uploads: tuple[str | FileRef, ...]
    caption: str
    came_at: dt.datetime
    style: str = ""
    engraving: str = ""
    place: Place = HOME
    platform: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class InHand:
    """The photos that the next figurine is made from, by their numbers.

    `together`: those of an album make one figurine, or one each; None until it is said which. `placed` are the
    orders that were placed from them: what was chosen → its order's number. `shared`: they were sent where others read
    along, so that what is asked about them may be read there, too. `album` is the platform's name for what they belong
    to.
    """

    photos: tuple[int, ...]
    wish: str = ""
    engraving: str = ""
    together: bool | None = False
    placed: dict[str, int] = field(default_factory=dict)
    shared: bool = False
    album: str = ""


@dataclass(slots=True)
class Session:
    """One person's conversation. `invitation` is the word that somebody came with who has not agreed yet."""

    early: Early | None = None
    hand: InHand | None = None
    question: Question | None = None
    invitation: str = ""

    def pack(self) -> bytes | None:
        """The session as bytes; None if nothing is remembered."""
        if not (self.early or self.hand or self.question or self.invitation):
            return None
        value = asdict(self)
        if self.early:
            value["early"]["came_at"] = self.early.came_at.isoformat()
            value["early"]["uploads"] = pack_files(self.early.uploads)
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def unpack(cls, payload: bytes | None) -> Session:
        """The session that was packed; an empty one from None."""
        if payload is None:
            return cls()
        value = json.loads(payload)
        early, hand, question = value["early"], value["hand"], value["question"]
        return cls(
            _early(early) if early else None,
            InHand(**{**hand, "photos": tuple(hand["photos"])}) if hand else None,
            Question(question) if question else None,
            value.get("invitation", ""),
        )


def _early(value: dict[str, Any]) -> Early:
    uploads, came_at = unpack_files(value["uploads"]), dt.datetime.fromisoformat(value["came_at"])
    place = Place(**value["place"]) if "place" in value else HOME
    rest = value.get("style", ""), value.get("engraving", ""), place, value.get("platform", "")
    album = value.get("album", "")
    return Early(uploads, value["caption"], came_at, *rest, album)

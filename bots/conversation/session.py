"""What the conversation remembers of one person between two messages. It is kept sealed, and not for long."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Question(StrEnum):
    """What the next line of text answers."""

    NAME = "name"


@dataclass(frozen=True, slots=True)
class Early:
    """Files that came before the consent, by their names in the store, their caption, and when they came (UTC)."""

    uploads: tuple[str, ...]
    caption: str
    came_at: dt.datetime


@dataclass(frozen=True, slots=True)
class InHand:
    """The photos that the next figurine is made from, by their numbers.

    `together`: those of an album make one figurine, or one each; None until it is said which. `placed` are the
    orders that were placed from them: what was chosen → its order's number.
    """

    photos: tuple[int, ...]
    wish: str = ""
    engraving: str = ""
    together: bool | None = False
    placed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """One person's conversation."""

    early: Early | None = None
    hand: InHand | None = None
    question: Question | None = None

    def pack(self) -> bytes | None:
        """The session as bytes; None if nothing is remembered."""
        if not (self.early or self.hand or self.question):
            return None
        value = asdict(self)
        if self.early:
            value["early"]["came_at"] = self.early.came_at.isoformat()
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def unpack(cls, payload: bytes | None) -> Session:
        """The session that was packed; an empty one from None."""
        if payload is None:
            return cls()
        value = json.loads(payload)
        early, hand, question = value["early"], value["hand"], value["question"]
        return cls(
            Early(tuple(early["uploads"]), early["caption"], dt.datetime.fromisoformat(early["came_at"]))
            if early
            else None,
            InHand(**{**hand, "photos": tuple(hand["photos"])}) if hand else None,
            Question(question) if question else None,
        )

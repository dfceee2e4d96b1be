"""Messages that were sent, in Telegram's words, as they are remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from telegram import Message

TEXT: Final = "text"
PHOTO: Final = "photo"


@dataclass(frozen=True, slots=True)
class Post:
    """Its chat and number there, what it is, and Telegram's own word for its file."""

    chat: int
    message: int
    kind: str = TEXT
    file: str = ""

    def pack(self) -> bytes:
        """The post as bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, payload: bytes) -> Post:
        """The post that was packed."""
        return cls(**json.loads(payload))


def post_of(message: Message) -> Post:
    """A message that Telegram has taken."""
    for kind in (PHOTO, "video", "animation", "document"):
        held = getattr(message, kind)
        if held:
            file = held[-1] if isinstance(held, Sequence) else held
            return Post(message.chat.id, message.message_id, kind, file.file_id)
    return Post(message.chat.id, message.message_id)

"""Messages as Telegram sends them, made by hand."""

from __future__ import annotations

import re
from typing import Any

from telegram import CallbackQuery, Message, Update, User

ME = User(7_000_000_001, "Figurine", is_bot=True, username="figurine_test_bot")
ADA = {"id": 5_123_456_789, "is_bot": False, "first_name": "Ada", "language_code": "de"}
BOB = {"id": 5_987_654_321, "is_bot": False, "first_name": "Bob"}
PRIVATE = {"id": ADA["id"], "type": "private", "first_name": "Ada"}
GROUP = {"id": -1_001_234_567_890, "type": "supergroup", "title": "Friends"}

SMALL = {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 1_000}
LARGE = {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 853, "file_size": 200_000}
PHOTO = {"photo": [LARGE, SMALL]}
STICKER = {
    "file_id": "sticker",
    "file_unique_id": "k",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
}
VIDEO = {"file_id": "video", "file_unique_id": "v", "width": 64, "height": 64, "duration": 3}


def message(chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] = ADA, **fields: Any) -> Message:
    """A message; commands and mentions in its text or caption are marked as Telegram marks them."""
    for words, marks in (("text", "entities"), ("caption", "caption_entities")):
        if words in fields and marks not in fields:
            fields[marks] = _marks(fields[words])
    value = {"message_id": 55, "date": 1_790_000_000, "chat": chat, "from": sender, **fields}
    update = Update.de_json({"update_id": 1, "message": value})
    assert update.message
    return update.message


def said_by_me(**fields: Any) -> dict[str, Any]:
    """An earlier message of the bot's, for replies."""
    return {
        "message_id": 50,
        "date": 1_790_000_000,
        "chat": GROUP,
        "from": ME.to_dict(),
        "text": "Which style?",
        **fields,
    }


def earlier(sender: dict[str, Any] = ADA, chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    """An earlier message of somebody's, for replies."""
    return {"message_id": 51, "date": 1_790_000_000, "chat": chat, "from": sender, **fields}


def document(name: str, mime: str = "") -> dict[str, Any]:
    """A message's file."""
    kind = {"mime_type": mime} if mime else {}
    return {"document": {"file_id": "file", "file_unique_id": "f", "file_name": name, "file_size": 3_000_000, **kind}}


def pressed(data: str, **fields: Any) -> CallbackQuery:
    """A press of a button by Ada."""
    value = {"id": "1", "from": ADA, "chat_instance": "1", "data": data, **fields}
    update = Update.de_json({"update_id": 1, "callback_query": value})
    assert update.callback_query
    return update.callback_query


def _marks(text: str) -> list[dict[str, Any]]:
    found = [("bot_command", match) for match in re.finditer(r"(?<!\S)/\w+(@\w+)?", text)]
    found += [("mention", match) for match in re.finditer(r"(?<!\S)@\w+", text)]
    return [
        {"type": kind, "offset": _units(text[: match.start()]), "length": _units(match.group())}
        for kind, match in found
    ]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2

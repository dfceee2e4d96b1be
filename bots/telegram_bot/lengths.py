"""Texts cut to what Telegram takes; it counts in units of UTF-16 at worst."""

from __future__ import annotations

from typing import Final

from telegram.constants import MessageLimit

TEXT: Final = int(MessageLimit.MAX_TEXT_LENGTH)
CAPTION: Final = int(MessageLimit.CAPTION_LENGTH)


def length(text: str) -> int:
    """In units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, most: int = TEXT) -> list[str]:
    """The text in parts of at most `most` units, cut at the ends of lines where there are any, else at words."""
    text = writable(text)
    parts: list[str] = []
    while length(text) > most:
        head = cut(text, most)
        end = head.rfind("\n")
        if end < most // 4:
            end = max(end, head.rfind(" "))
        if end <= 0:
            end = len(head)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [part for part in (*parts, text) if part.strip()]


def writable(text: str) -> str:
    """The text without halves of characters, which Telegram refuses."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cut(text: str, most: int) -> str:
    """The beginning of the text, at most `most` units long."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")

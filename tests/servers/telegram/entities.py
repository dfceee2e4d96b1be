"""What stands out in a text: commands, mentions, links; and the text that is left of one with HTML in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, Final

from tests.servers.telegram.refusals import misfit

PATTERNS: Final = {
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/])"),
    "mention": re.compile(r"(?<![\w/@])@[A-Za-z]\w{2,31}\b"),
    "url": re.compile(r"\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)]"),
    "hashtag": re.compile(r"(?<!\w)#[^\W\d]\w*"),
    "email": re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w"),
}
TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
MODES: Final = ("HTML", "Markdown", "MarkdownV2")


def units(text: str) -> int:
    """The length of a text as Telegram counts offsets: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def entities_of(text: str) -> list[dict[str, Any]]:
    """What Telegram finds by itself in a text, in order."""
    found = [
        {"type": kind, "offset": units(text[: m.start()]), "length": units(m[0])}
        for kind, pattern in PATTERNS.items()
        for m in pattern.finditer(text)
    ]
    return sorted(found, key=lambda entity: entity["offset"])


def command_of(text: str) -> str:
    """The command that a text begins with, such as "/help" or "/help@some_bot"; "" without one."""
    found = PATTERNS["bot_command"].match(text)
    return found[0] if found else ""


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self._open: list[tuple[str, int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise misfit(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self._open.append((tag, units(self.text), dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise misfit(f'can\'t parse entities: Unmatched end tag "{tag}"')
        _, start, address = self._open.pop()
        link = {"url": address} if tag == "a" else {}
        self.entities.append({"type": TAGS[tag], "offset": start, "length": units(self.text) - start} | link)

    def handle_data(self, data: str) -> None:
        self.text += data

    def finished(self) -> None:
        self.close()
        if self._open:
            raise misfit(f"can't parse entities: Can't find end tag corresponding to start tag {self._open[-1][0]}")


def parsed(text: str, mode: str | None, given: list[dict[str, Any]] | None) -> tuple[str, list[dict[str, Any]]]:
    """The text as people see it, with all that stands out. Markdown is left as it is.

    Raises:
        Refusal: the text cannot be read in this mode.
    """
    extra = list(given or [])
    if mode is not None and mode not in MODES:
        raise misfit("unsupported parse_mode")
    if mode == "HTML":
        parser = _Html()
        parser.feed(text)
        parser.finished()
        text, extra = parser.text, parser.entities
    text = text if extra else text.strip()
    return text, sorted(extra + entities_of(text), key=lambda entity: entity["offset"])

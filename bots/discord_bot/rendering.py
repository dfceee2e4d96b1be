"""Messages as Discord takes them: text, rows of buttons, files, each within Discord's limits."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import discord

from bots.conversation.messages import Attachment, Button, Reply
from bots.conversation.texts import Texts
from bots.discord_bot.components import rows

LONGEST_TEXT: Final = 2_000
FILES_MOST: Final = 10
DEFAULT_MOST: Final = 10 * 1024 * 1024  # bytes of a file, where Discord says nothing else
LONGEST_ALT: Final = 1_024
SUPPRESS_EMBEDS: Final = 1 << 2
EPHEMERAL: Final = 1 << 6
LINK: Final = r"https?://[\w./:?=&%#~+@,;!$-]+"
MARKED: Final = re.compile(rf"({LINK})|([\\*_~|`\[\]<]|^[ \t]*(?:[#>]|-#))", re.MULTILINE)
"""A link; or what Discord would take for Markdown, a mention or a link that is called otherwise than it leads."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Discord's."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()
    texts: Texts = field(default_factory=Texts)

    def posted(
        self, reply_to: str = "", ping: bool = False, person: str = ""
    ) -> tuple[dict[str, Any], list[discord.File]]:
        """As a message in a channel; it calls whom it replies to, or a person. Repeated by the library, it is one."""
        payload, files = self._payload()
        payload |= {"flags": SUPPRESS_EMBEDS, "nonce": secrets.token_hex(12), "enforce_nonce": True}
        allowed: dict[str, Any] = {"parse": [], "users": [person] if person else [], "replied_user": ping}
        if reply_to:
            payload["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
        if person:
            payload["content"] = f"<@{person}> {self.text}"[:LONGEST_TEXT]
        return {**payload, "allowed_mentions": allowed}, files

    def followed(self, whispered: bool) -> tuple[dict[str, Any], list[discord.File]]:
        """As a further answer to an interaction."""
        payload, files = self._payload()
        return {**payload, "flags": SUPPRESS_EMBEDS | (EPHEMERAL if whispered else 0)}, files

    def changed(self, clear: bool) -> tuple[dict[str, Any], list[discord.File]]:
        """In the place of another; its files are replaced by this one's, with `clear` even by none."""
        payload, files = self._payload()
        if clear and not files:
            payload["attachments"] = []
        return {**payload, "flags": SUPPRESS_EMBEDS}, files

    def _payload(self) -> tuple[dict[str, Any], list[discord.File]]:
        files = [discord.File(io.BytesIO(f.data), f.name, description=f.alt[:LONGEST_ALT] or None) for f in self.files]
        payload: dict[str, Any] = {
            "content": self.text,
            "components": rows(self.buttons, self.texts),
            "allowed_mentions": {"parse": []},
        }
        if files:
            payload["attachments"] = [file.to_dict(number) for number, file in enumerate(files)]
        return payload, files


def parts(reply: Reply, texts: Texts, most: int = 0, before: str = "") -> list[Part]:
    """A reply as the messages that it takes; the buttons are under the last one. `most`: bytes of a file.

    What is larger is left out, and the message says so. `before` is a line above it.
    """
    limit = most or DEFAULT_MOST
    fitting = [file for file in reply.files if len(file.data) <= limit]
    lines = [line for line in (before, reply.text, *_left_out(reply.files, texts, limit)) if line]
    chunks = cut(plain("\n".join(lines)))
    groups = _grouped(fitting, limit)
    made = [Part(chunk, texts=texts) for chunk in chunks[:-1]]
    made += [Part(chunks[-1] if n == 0 else "", files=tuple(group), texts=texts) for n, group in enumerate(groups)]
    last = made.pop()
    return [*made, Part(last.text, reply.buttons, last.files, texts)]


def plain(text: str) -> str:
    """The text so that Discord shows each sign as it is: people's own words stand in it, and no Markdown does."""
    return MARKED.sub(lambda found: found[1] or _escaped(found[2]), text)


def _escaped(marks: str) -> str:
    return f"{marks[:-2]}\\-\\#" if marks.endswith("-#") else f"{marks[:-1]}\\{marks[-1]}"


def cut(text: str) -> list[str]:
    """The text in pieces that Discord takes, cut at the ends of lines or between words where there are any."""
    pieces = []
    while len(text) > LONGEST_TEXT:
        at = max(text.rfind("\n", 0, LONGEST_TEXT), 0) or max(text.rfind(" ", 0, LONGEST_TEXT), 0) or LONGEST_TEXT
        before = text[:at]
        at -= (len(before) - len(before.rstrip("\\"))) % 2  # What is escaped stays with what escapes it.
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*pieces, text]


def _left_out(files: Sequence[Attachment], texts: Texts, limit: int) -> list[str]:
    large = [file.name for file in files if len(file.data) > limit]
    if not large:
        return []
    megabytes = texts.number(limit / (1024 * 1024), 0)
    return [texts("error.file.large", name=name, limit=megabytes) for name in large]


def _grouped(files: Sequence[Attachment], limit: int) -> list[list[Attachment]]:
    """The files by message: no more than ten, and no more bytes together than one file may have."""
    groups: list[list[Attachment]] = [[]]
    for file in files:
        size = sum(len(other.data) for other in groups[-1])
        if groups[-1] and (len(groups[-1]) >= FILES_MOST or size + len(file.data) > limit):
            groups.append([])
        groups[-1].append(file)
    return groups

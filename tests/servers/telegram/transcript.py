"""A conversation as one reads it afterwards, with all that is needed to draw it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers.telegram.media import Media
from tests.servers.telegram.world import Button, Chat, Message, Version


@dataclass(frozen=True)
class Line:
    """One message. `rows`: its buttons as they stand; `versions`: what it said before."""

    number: int
    author: str
    from_bot: bool
    text: str
    rows: tuple[tuple[Button, ...], ...]
    media: Media | None
    album: str
    reply_to: int | None
    reply_text: str
    date: float
    edits: int
    reactions: tuple[str, ...]
    forwarded: bool
    versions: tuple[Version, ...] = field(default=(), repr=False)

    @property
    def picture(self) -> bytes | None:
        """What is in the photo or sticker of the message."""
        return self.media.bytes if self.media and self.media.kind in ("photo", "sticker") else None

    def __str__(self) -> str:
        answers = f"(to {self.reply_text[:30]!r}) " if self.reply_to is not None else ""
        carried = f"<{self.media.kind}{' ' + self.media.name if self.media.name else ''}> " if self.media else ""
        edits = f" (edited {self.edits}x)" if self.edits else ""
        buttons = "".join("\n    " + " ".join(f"[{button.text}]" for button in row) for row in self.rows)
        return f"{self.author}: {answers}{carried}{self.text}{edits}{''.join(self.reactions)}{buttons}"


def line_of(message: Message) -> Line:
    """A message as a line of a transcript."""
    rows: dict[int, list[Button]] = {}
    for button in message.buttons:
        rows.setdefault(button.row, []).append(button)
    answered = message.reply_to
    return Line(
        number=message.id,
        author=message.author,
        from_bot=message.from_bot,
        text=message.text,
        rows=tuple(tuple(row) for row in rows.values()),
        media=message.media,
        album=message.album,
        reply_to=None if answered is None else answered.id,
        reply_text="" if answered is None else answered.text or (answered.media.kind if answered.media else ""),
        date=message.date,
        edits=message.edits,
        reactions=tuple(message.reactions),
        forwarded=message.forward_origin is not None,
        versions=tuple(message.versions),
    )


def lines_of(chat: Chat) -> list[Line]:
    """All that can be read in a chat now."""
    return [line_of(message) for message in chat.messages if not message.extra]

"""What exists on the server: users, chats, and messages as they are now and as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.servers.telegram.media import Media

KEPT_WHEN_FORGETTING: Final = 40  # messages of a chat
PRIVATE, GROUP, SUPERGROUP, CHANNEL = "private", "group", "supergroup", "channel"


@dataclass(eq=False, slots=True)
class User:
    """Somebody with an account: a person or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str | None = None
    language: str | None = None
    premium: bool = False
    deactivated: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message. `data` or `url` or neither."""

    text: str
    data: str = ""
    url: str = ""
    row: int = 0

    def is_meant_by(self, word: str) -> bool:
        """By its text, or its data, or what stands in the data before ":" or "@"."""
        plain = self.data.partition("@")[0]
        return word in (self.text, self.data) or (bool(plain) and word in (plain, plain.partition(":")[0]))


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said before it was edited."""

    text: str
    buttons: tuple[Button, ...]
    media: Media | None
    date: float


@dataclass(eq=False, slots=True)
class Message:
    """A message as it is now. `text` is the caption where there is media."""

    chat: Chat
    id: int
    date: float
    sender: User | None = None
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    media: Media | None = None
    markup: dict[str, Any] | None = None
    reply_to: Message | None = None
    album: str = ""
    thread: int | None = None
    via_bot: User | None = None
    sender_chat: Chat | None = None
    forward_origin: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # fields of the Bot API's message that need no thought here
    edited: float | None = None
    edits: int = 0
    versions: list[Version] = field(default_factory=list)
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    inline_id: str = ""
    change: int = 0  # grows with every change in the chat
    read_by: dict[int, int] = field(default_factory=dict)  # which change a person has read last

    @property
    def buttons(self) -> tuple[Button, ...]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return tuple(
            Button(b["text"], b.get("callback_data", ""), b.get("url", ""), number)
            for number, row in enumerate(rows)
            for b in row
        )

    @property
    def caption(self) -> str:
        return self.text if self.media else ""

    @property
    def from_bot(self) -> bool:
        return self.sender is not None and self.sender.is_bot

    @property
    def author(self) -> str:
        if self.sender is not None:
            return self.sender.first_name
        return self.sender_chat.title if self.sender_chat else "?"

    def __str__(self) -> str:
        carried = f"<{self.media.kind}> " if self.media else ""
        buttons = " ".join(f"[{b.text}]" for b in self.buttons)
        return f"{self.author}: {carried}{self.text} {buttons}".rstrip()


Waiter = tuple[Callable[[Message], bool], "asyncio.Future[Message]"]


@dataclass(eq=False)
class Chat:
    """A place for messages: a person's private chat with the bot, a group, or a channel."""

    id: int
    kind: str
    title: str = ""
    person: User | None = None
    members: dict[int, User] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    started: bool = False  # the person has written to the bot
    blocked: bool = False
    has_bot: bool = True
    kicked: bool = False
    privacy: bool = True  # in a group, the bot gets only what is meant for it
    forum: bool = False
    migrated_to: Chat | None = None
    log: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    changes: int = 0
    actions: list[str] = field(default_factory=list)
    menu_button: dict[str, Any] | None = None
    waiters: list[Waiter] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.kind in (GROUP, SUPERGROUP)

    @property
    def messages(self) -> list[Message]:
        """All that can be read here now, the oldest first."""
        return [message for message in self.log.values() if not message.deleted]

    def new(self, message: Message) -> Message:
        """Add a message."""
        self.log[message.id] = message
        self.touched(message)
        return message

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def touched(self, message: Message) -> None:
        """A message is new or has changed: tell everybody who waits for it."""
        self.changes += 1
        message.change = self.changes
        for waiter in list(self.waiters):
            wanted, future = waiter
            if not future.done() and wanted(message):
                future.set_result(message)

    def edit(self, message: Message, now: float, *, keep: bool = True, **changes: Any) -> None:
        """Change a message; what it was is kept in its versions."""
        if keep:
            message.versions.append(
                Version(message.text, message.buttons, message.media, message.edited or message.date)
            )
        for name, value in changes.items():
            setattr(message, name, value)
        message.edited = now
        message.edits += 1
        self.touched(message)

    def forget(self) -> list[Message]:
        """Drop all but the newest messages; gives those that are gone."""
        gone = list(self.log.values())[:-KEPT_WHEN_FORGETTING]
        for message in gone:
            del self.log[message.id]
        for message in self.log.values():
            message.versions.clear()
            if message.reply_to is not None and message.reply_to.id not in self.log:
                message.reply_to = None
        return gone

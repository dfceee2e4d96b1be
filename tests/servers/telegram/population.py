"""Who and what there is on the server, and how what people do becomes updates."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Final

from tests.servers.telegram import shapes
from tests.servers.telegram.clock import Clock
from tests.servers.telegram.entities import command_of
from tests.servers.telegram.groups import Channel, Group
from tests.servers.telegram.people import Person
from tests.servers.telegram.updates import Updates
from tests.servers.telegram.world import CHANNEL, GROUP, PRIVATE, SUPERGROUP, Chat, Message, User

FIRST_PERSON: Final = 6_148_914_691
FIRST_GROUP: Final = 4_017_352_108
FIRST_SUPERGROUP: Final = 1_002_147_483_648


class Population(ABC):
    """People, groups and channels, and the way from what they do to the bot."""

    bot: User
    clock: Clock
    updates: Updates
    forget_old: bool

    def __init__(self) -> None:
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self._random = random.Random(self.bot.id)  # noqa: S311 -- ids that look like the real ones

    def person(
        self, name: str, language: str | None = "en", username: str | None = None, *, bot: bool = False
    ) -> Person:
        """Somebody new, who has not talked to the bot yet."""
        user = User(self._new_id(FIRST_PERSON), name, bot, username, language)
        chat = Chat(user.id, PRIVATE, person=user)
        self.users[user.id], self.chats[user.id] = user, chat
        return Person(self._server(), user, chat)

    def group(
        self,
        title: str,
        members: Iterable[Person] = (),
        kind: str = SUPERGROUP,
        *,
        privacy: bool = True,
        forum: bool = False,
        with_bot: bool = True,
    ) -> Group:
        """A group; its first member is its owner. With `privacy` the bot sees only what is meant for it."""
        number = -self._new_id(FIRST_GROUP if kind == GROUP else FIRST_SUPERGROUP)
        chat = Chat(number, kind, title, privacy=privacy, forum=forum, has_bot=False)
        self.chats[number] = chat
        group = Group(self._server(), chat)
        for member in members:
            group.joins(member)
        if with_bot:
            group.adds_bot()
        return group

    def channel(self, title: str) -> Channel:
        """A channel that the bot is a member of."""
        chat = Chat(-self._new_id(FIRST_SUPERGROUP), CHANNEL, title)
        self.chats[chat.id] = chat
        return Channel(self._server(), chat)

    def arrives(self, message: Message) -> None:
        """A message of somebody's is in a chat: the bot is told if that is for it to see."""
        if self.forget_old:
            self.forget(message.chat)
        seen = self.is_for_bot(message)
        message.chat.new(message)
        if seen:
            kind = "channel_post" if message.chat.kind == CHANNEL else "message"
            self.updates.add(kind, shapes.message(message), message.chat.id)
        self.happened()

    def is_for_bot(self, message: Message) -> bool:
        """Whether the bot sees a message: in groups commands, answers to it, mentions, and what the group says."""
        chat = message.chat
        of_a_bot = message.from_bot and message.via_bot is None and message.sender_chat is None
        if not chat.has_bot or chat.migrated_to is not None or of_a_bot:
            return False
        if not chat.is_group or not chat.privacy or message.extra or message.via_bot is self.bot:
            return True
        if message.reply_to is not None and message.reply_to.sender is self.bot:
            return True
        name = f"@{self.bot.username}".lower()
        command = command_of(message.text).lower()
        if command and (command.endswith(name) or "@" not in command):
            return True
        text = message.text.encode("utf-16-le")
        parts = ((e["type"], text[2 * e["offset"] : 2 * (e["offset"] + e["length"])]) for e in message.entities)
        return any(kind == "mention" and part.decode("utf-16-le").lower() == name for kind, part in parts)

    def bot_membership(self, chat: Chat, by: User, old: str, new: str) -> None:
        """The bot was blocked, let in, or thrown out."""
        statuses: list[dict[str, Any]] = [
            {"status": status, "user": shapes.user(self.bot)} | ({"until_date": 0} if status == "kicked" else {})
            for status in (old, new)
        ]
        update = {
            "chat": shapes.chat(chat),
            "from": shapes.user(by),
            "date": int(self.clock.now()),
            "old_chat_member": statuses[0],
            "new_chat_member": statuses[1],
        }
        self.updates.add("my_chat_member", update, chat.id)

    def _new_id(self, first: int) -> int:
        number = first + self._random.randrange(900_000_000)
        return number if number not in self.users and -number not in self.chats else self._new_id(first)

    def _server(self) -> Any:
        return self

    @abstractmethod
    def forget(self, chat: Chat) -> None: ...

    @abstractmethod
    def happened(self) -> None: ...

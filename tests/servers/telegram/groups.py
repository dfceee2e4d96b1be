"""Groups and channels as tests meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.telegram import shapes
from tests.servers.telegram.entities import entities_of
from tests.servers.telegram.transcript import Line, lines_of
from tests.servers.telegram.world import SUPERGROUP, Chat, Message, User

if TYPE_CHECKING:
    from tests.servers.telegram.people import Person
    from tests.servers.telegram.server import TelegramServer

ANONYMOUS = User(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")
CHANNEL_BOT = User(136817688, "Channel", is_bot=True, username="Channel_Bot")


class _Place:
    """A chat that is nobody's own."""

    def __init__(self, server: TelegramServer, chat: Chat) -> None:
        self.server = server
        self.chat = chat

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def messages(self) -> list[Message]:
        return self.chat.messages

    def transcript(self) -> list[Line]:
        """Who said what, the oldest first."""
        return lines_of(self.chat)


class Group(_Place):
    """A group or supergroup."""

    def joins(self, person: Person, *, admin: bool = False) -> None:
        """Somebody becomes a member."""
        self.chat.members[person.id] = person.user
        if admin:
            self.chat.admins.add(person.id)

    def leaves(self, person: Person) -> None:
        """Somebody is a member no more."""
        self.chat.members.pop(person.id, None)
        self.chat.admins.discard(person.id)

    def adds_bot(self) -> None:
        """The bot becomes a member."""
        self._bot_is("left", "member", has_bot=True)
        bot = shapes.user(self.server.bot)
        self._service(new_chat_members=[bot])

    def kicks_bot(self) -> None:
        """The bot is thrown out."""
        self._bot_is("member", "kicked", has_bot=False)

    def migrates(self) -> Group:
        """The group becomes a supergroup, with another id; gives that one."""
        group = self.server.group(self.chat.title, kind=SUPERGROUP, privacy=self.chat.privacy, with_bot=False)
        group.chat.members, group.chat.admins = self.chat.members, self.chat.admins
        group.chat.has_bot = self.chat.has_bot
        self._service(migrate_to_chat_id=group.id)
        group._service(migrate_from_chat_id=self.id)
        self.chat.migrated_to = group.chat
        return group

    async def anonymously(self, text: str) -> Message:
        """An administrator writes in the group's name."""
        return self._written(text, ANONYMOUS, self.chat)

    async def hears_channel(self, channel: Channel, text: str) -> Message:
        """A channel writes into the group."""
        return self._written(text, CHANNEL_BOT, channel.chat)

    def _written(self, text: str, sender: User, sender_chat: Chat) -> Message:
        chat = self.chat
        message = Message(chat, chat.next_id(), self.server.clock.now(), sender, text, entities_of(text))
        message.sender_chat, message.via_bot = sender_chat, None
        self.server.arrives(message)
        return message

    def _service(self, **what: object) -> None:
        chat = self.chat
        owner = next(iter(chat.members.values()), ANONYMOUS)
        self.server.arrives(Message(chat, chat.next_id(), self.server.clock.now(), owner, extra=dict(what)))

    def _bot_is(self, old: str, new: str, *, has_bot: bool) -> None:
        self.chat.has_bot, self.chat.kicked = has_bot, new == "kicked"
        owner = next(iter(self.chat.members.values()), ANONYMOUS)
        self.server.bot_membership(self.chat, owner, old, new)


class Channel(_Place):
    """A channel, where only its owner writes."""

    async def posts(self, text: str) -> Message:
        """Write something in the channel."""
        chat = self.chat
        message = Message(chat, chat.next_id(), self.server.clock.now(), None, text, entities_of(text))
        message.sender_chat = chat
        self.server.arrives(message)
        return message

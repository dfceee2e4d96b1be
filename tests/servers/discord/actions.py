"""What happens on the server when something is said or done, and who is told of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.servers.discord import wire, wire_messages
from tests.servers.discord.commands import context_of
from tests.servers.discord.media import Attachment, Upload, attach
from tests.servers.discord.permissions import EVERYDAY, PERMISSIONS
from tests.servers.discord.said import (
    HAS_THREAD,
    Message,
)
from tests.servers.discord.world import (
    DIRECT,
    TEXT,
    THREAD,
    Account,
    Channel,
    Guild,
    Interaction,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

GUILDS = 1 << 0
MESSAGES = {True: 1 << 9, False: 1 << 12}
REACTIONS = {True: 1 << 10, False: 1 << 13}
TYPING = {True: 1 << 11, False: 1 << 14}
MESSAGE_CONTENT = 1 << 15
OF_A_STRANGER = PERMISSIONS["embed_links"] | PERMISSIONS["attach_files"] | PERMISSIONS["use_external_emojis"]


class Actions:
    """Changes the world and tells the gateway."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server

    def direct(self, person: Account) -> Channel:
        """The conversation of a person and the bot; made if it is not there yet."""
        place = self._server.directs.get(person.id)
        if place is None:
            place = Channel(self._server.ids.next(), DIRECT, people=[person, self._server.bot])
            self._server.directs[person.id] = self._server.channels[place.id] = place
        return place

    def open_channel(self, guild: Guild, name: str, denied: set[str]) -> Channel:
        """A new channel of a server."""
        place = Channel(self._server.ids.next(), TEXT, name, guild, denied=denied, created=self._server.clock.now())
        guild.channels[place.id] = self._server.channels[place.id] = place
        if guild.has_bot:
            self._tell("CHANNEL_CREATE", wire.channel(place), GUILDS, guild)
        return place

    def tell_of(self, place: Channel) -> None:
        """Tell that a channel has changed."""
        if place.guild and place.guild.has_bot:
            self._tell("CHANNEL_UPDATE", wire.channel(place), GUILDS, place.guild)

    def close_channel(self, place: Channel) -> None:
        """Delete a channel with all that was said in it."""
        place.deleted = True
        self._server.channels.pop(place.id, None)
        if place.guild:
            body = wire.channel(place)
            place.guild.channels.pop(place.id, None)
            self._tell("THREAD_DELETE" if place.kind == THREAD else "CHANNEL_DELETE", body, GUILDS, place.guild)

    def open_thread(self, parent: Channel, name: str, archive_after: int, start: Message | None) -> Channel:
        """A thread, of a message or on its own."""
        number = start.id if start else self._server.ids.next()
        place = Channel(
            number, THREAD, name, parent.guild, parent, owner=self._server.bot, archive_after=archive_after,
            created=self._server.clock.now(),
        )  # fmt: skip
        assert parent.guild is not None
        parent.guild.channels[number] = self._server.channels[number] = place
        self._tell("THREAD_CREATE", wire.channel(place) | {"newly_created": True}, GUILDS, parent.guild)
        if start:
            start.thread, start.flags = place, start.flags | HAS_THREAD
            self.edited(start)
        return place

    def say(self, message: Message) -> Message:
        """Put a new message into its channel."""
        place = message.channel
        place.messages[message.id] = message
        self._forget(place)
        if not message.ephemeral:
            body = wire_messages.message_event(self._server, message, self._hides(message))
            self._tell_place("MESSAGE_CREATE", body, MESSAGES, place)
        place.changed()
        return message

    def edited(self, message: Message) -> None:
        """Tell that a message has changed."""
        if not message.ephemeral:
            body = wire_messages.message_event(self._server, message, self._hides(message))
            self._tell_place("MESSAGE_UPDATE", body, MESSAGES, message.channel)
        message.channel.changed()

    def delete(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        place = message.channel
        body = {"id": str(message.id), "channel_id": str(place.id)}
        if place.guild:
            body["guild_id"] = str(place.guild.id)
        if not message.ephemeral:
            self._tell_place("MESSAGE_DELETE", body, MESSAGES, place)
        place.changed()

    def react(self, message: Message, emoji: str, person: Account) -> None:
        people = message.reactions.setdefault(emoji, [])
        if person not in people:
            people.append(person)
            self._tell_place("MESSAGE_REACTION_ADD", self._reaction(message, emoji, person), REACTIONS, message.channel)
            message.channel.changed()

    def unreact(self, message: Message, emoji: str, person: Account) -> None:
        people = message.reactions.get(emoji, [])
        if person in people:
            people.remove(person)
            if not people:
                del message.reactions[emoji]
            body = self._reaction(message, emoji, person)
            body.pop("message_author_id", None)
            self._tell_place("MESSAGE_REACTION_REMOVE", body, REACTIONS, message.channel)
            message.channel.changed()

    def file(
        self, given: Upload, place: Channel, description: str = "", hidden: bool = False, keep: bool = True
    ) -> Attachment:
        """Take a file in."""
        attachment = attach(given, self._server.ids.next(), place.id, keep, description, hidden)
        self._server.files[attachment.id] = attachment
        return attachment

    def begin(self, kind: int, person: Account, place: Channel, data: dict[str, Any], **more: Any) -> Interaction:
        """Something that a person does with the app; the app is told, and has three seconds."""
        number = self._server.ids.next()
        action = Interaction(
            number, secrets.token_urlsafe(120), kind, person, place, self._server.clock, data=data, **more
        )
        self._server.interactions[number] = self._server.by_token[action.token] = action
        self._tell_place("INTERACTION_CREATE", self._payload(action), {True: 0, False: 0}, place)
        self._server.watch(action)
        return action

    def join(self, guild: Guild) -> None:
        """Add the bot to a server."""
        guild.has_bot, guild.joined = True, self._server.clock.now()
        self._tell("GUILD_CREATE", wire.guild_create(guild, self._server.bot), GUILDS, guild)

    def leave(self, guild: Guild) -> None:
        """Take the bot out of a server."""
        guild.has_bot = False
        self._tell("GUILD_DELETE", {"id": str(guild.id)}, GUILDS, guild)

    def typing(self, place: Channel, person: Account) -> None:
        """Show that somebody types; the bot's own is not told to it."""
        if person.bot:
            place.typed += 1
            place.changed()

    def _payload(self, action: Interaction) -> dict[str, Any]:
        place, guild = action.channel, action.channel.guild
        here = guild is None or guild.has_bot
        body: dict[str, Any] = {
            "id": str(action.id),
            "application_id": str(self._server.bot.id),
            "type": action.kind,
            "token": action.token,
            "version": 1,
            "data": action.data,
            "channel": wire.interaction_channel(place, action.person),
            "channel_id": str(place.id),
            "locale": action.person.locale,
            "context": context_of(place),
            "authorizing_integration_owners": wire.owners(action.person, place),
            "app_permissions": str((place.permissions if guild else EVERYDAY) if here else OF_A_STRANGER),
            "entitlements": [],
            "attachment_size_limit": self._server.size_limit(place),
        }
        if guild:
            permissions = str(place.permissions_of(action.person))
            body["member"] = wire.member(action.person, guild) | {"permissions": permissions}
            body |= {"guild_id": str(guild.id), "guild_locale": guild.locale}
            body["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
        else:
            body["user"] = wire.user(action.person)
        if action.on:
            body["message"] = wire_messages.message(self._server, action.on)
        return body

    def _reaction(self, message: Message, emoji: str, person: Account) -> dict[str, Any]:
        body: dict[str, Any] = {
            "user_id": str(person.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
            "message_author_id": str(message.author.id),
        }
        if guild := message.channel.guild:
            body |= {"guild_id": str(guild.id)} | ({} if person.bot else {"member": wire.member(person, guild)})
        return body

    def _hides(self, message: Message) -> bool:
        """Without a special permission, an app reads in servers only what is meant for it."""
        bot = self._server.bot
        meant = message.channel.guild is None or message.author is bot or bot in message.mentions
        return not (meant or self._server.gateway.granted & MESSAGE_CONTENT)

    def _tell_place(self, name: str, body: dict[str, Any], intents: dict[bool, int], place: Channel) -> None:
        guild = place.guild
        about_an_action = name == "INTERACTION_CREATE"
        if about_an_action or guild is None or (guild.has_bot and place.allows("view_channel")):
            if guild is None and not about_an_action and self._server.bot not in place.people:
                return
            self._server.gateway.dispatch(name, body, intents[guild is not None], guild.id if guild else None)

    def _tell(self, name: str, body: dict[str, Any], intent: int, guild: Guild) -> None:
        self._server.gateway.dispatch(name, body, intent, guild.id)

    def _forget(self, place: Channel) -> None:
        most = self._server.forget_old
        while most and len(place.messages) > most:
            _, old = place.messages.popitem(last=False)
            for attachment in old.attachments:
                self._server.files.pop(attachment.id, None)

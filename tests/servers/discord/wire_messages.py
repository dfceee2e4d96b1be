"""How messages are written as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.discord import wire
from tests.servers.discord.ids import moment
from tests.servers.discord.media import Attachment
from tests.servers.discord.said import Message
from tests.servers.discord.world import COMPONENT, MODAL, Account, Interaction

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

JSON = dict[str, Any]


def attachment(server: DiscordServer, file: Attachment) -> JSON:
    folder = "ephemeral-attachments" if file.ephemeral else "attachments"
    url = f"{server.url}/{folder}/{file.folder}/{file.id}/{file.name}?{server.links.query(file, server.clock.now())}"
    body: JSON = {
        "id": str(file.id),
        "filename": file.name,
        "size": file.size,
        "url": url,
        "proxy_url": url,
        "content_type": file.content_type,
    }
    if file.width:
        body |= {"width": file.width, "height": file.height}
    if file.description:
        body["description"] = file.description
    return body | {"ephemeral": True} if file.ephemeral else body


def message(server: DiscordServer, said: Message, nested: bool = False) -> JSON:
    """A message as the API tells it. `nested`: inside another one that answers it."""
    body: JSON = {
        "id": str(said.id),
        "type": said.kind,
        "channel_id": str(said.channel.id),
        "author": wire.user(said.author),
        "content": said.content,
        "mentions": [wire.user(m) for m in said.mentions],
        "mention_roles": [],
        "mention_everyone": False,
        "attachments": [attachment(server, a) for a in said.attachments],
        "embeds": said.embeds,
        "components": said.components,
        "timestamp": moment(said.created),
        "edited_timestamp": moment(said.edited) if said.edited else None,
        "flags": said.flags,
        "pinned": False,
        "tts": False,
    }
    if said.reactions:
        body["reactions"] = [_reaction(name, people) for name, people in said.reactions.items()]
    if said.interaction:
        body |= {
            "application_id": str(server.bot.id),
            "webhook_id": str(server.bot.id),
            "interaction_metadata": interaction_metadata(said.interaction),
        }
    if said.reply_to:
        reference = {"type": 0, "channel_id": str(said.channel.id), "message_id": str(said.reply_to.id)}
        body["message_reference"] = reference
        if not nested:
            gone = said.reply_to.deleted
            body["referenced_message"] = None if gone else message(server, said.reply_to, nested=True)
    if said.thread and not nested:
        body["thread"] = wire.channel(said.thread)
    return body


def _reaction(name: str, people: list[Account]) -> JSON:
    return {
        "emoji": {"id": None, "name": name},
        "count": len(people),
        "count_details": {"burst": 0, "normal": len(people)},
        "burst_colors": [],
        "me_burst": False,
        "me": any(p.bot for p in people),
    }


def message_event(server: DiscordServer, said: Message, hides_words: bool) -> JSON:
    """A message as the gateway tells it. `hides_words`: the app may not read what people say to each other."""
    body = message(server, said)
    place = said.channel
    if place.guild:
        body |= {"guild_id": str(place.guild.id)}
        if not said.author.bot:
            body["member"] = wire.member(said.author, place.guild, with_user=False)
    if hides_words:
        body |= {"content": "", "embeds": [], "attachments": [], "components": []}
    return body | {"channel_type": place.kind}


def interaction_metadata(action: Interaction) -> JSON:
    body: JSON = {
        "id": str(action.id),
        "type": action.kind,
        "user": wire.user(action.person),
        "authorizing_integration_owners": wire.owners(action.person, action.channel),
    }
    if action.kind == COMPONENT and action.on:
        body["interacted_message_id"] = str(action.on.id)
    if action.kind == MODAL and action.trigger:
        body["triggering_interaction_metadata"] = interaction_metadata(action.trigger)
    if action.data.get("type") == 3:
        body["target_message_id"] = action.data["target_id"]
    return body

"""Messages of the bot: made and edited from the bodies of requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tests.servers.discord.forms import as_shown, check_message, demand_something, with_ids
from tests.servers.discord.media import Attachment, Upload
from tests.servers.discord.refusals import invalid_form
from tests.servers.discord.said import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    Message,
)
from tests.servers.discord.world import (
    Account,
    Channel,
    Interaction,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

JSON = dict[str, Any]
ALLOWED_FLAGS: Final = SUPPRESS_EMBEDS | (1 << 12) | COMPONENTS_V2
REPLY, SLASH, MENU = 19, 20, 23


def compose(
    server: DiscordServer,
    place: Channel,
    body: JSON,
    files: dict[int, Upload],
    action: Interaction | None = None,
    ephemeral: bool = False,
) -> Message:
    """A new message of the bot, checked, not yet said. `action`: what it answers.

    Raises:
        Refusal: as Discord would.
    """
    check_message(body, files, [], server.size_limit(place))
    flags = int(body.get("flags") or 0)
    if flags & ~(ALLOWED_FLAGS | (EPHEMERAL if action else 0)):
        raise invalid_form({"flags": "Invalid flags"})
    components = with_ids(body.get("components") or [])
    embeds = as_shown(body.get("embeds") or [])
    content = (body.get("content") or "").strip()
    demand_something(content, embeds, components, list(files))
    reply_to = _replied(place, body.get("message_reference"))
    hidden = ephemeral or bool(flags & EPHEMERAL)
    message = Message(
        id=server.ids.next(),
        channel=place,
        author=server.bot,
        created=server.clock.now(),
        content=content,
        embeds=embeds,
        components=components,
        attachments=_attachments(server, place, body, files, [], hidden),
        flags=flags & (ALLOWED_FLAGS | EPHEMERAL) | (EPHEMERAL if hidden else 0),
        kind=REPLY if reply_to else 0,
        reply_to=reply_to,
        interaction=action,
        private_to=action.person if action and hidden else None,
    )
    message.mentions = _mentioned(server, body, message)
    return message


def loading(server: DiscordServer, action: Interaction, ephemeral: bool) -> Message:
    """The "thinking…" that Discord shows for an answer that was put off."""
    return Message(
        id=server.ids.next(),
        channel=action.channel,
        author=server.bot,
        created=server.clock.now(),
        flags=LOADING | (EPHEMERAL if ephemeral else 0),
        kind=MENU if action.data.get("type") == 3 else SLASH,
        interaction=action,
        private_to=action.person if ephemeral else None,
    )


def edit(server: DiscordServer, message: Message, body: JSON, files: dict[int, Upload]) -> Message:
    """Change a message of the bot as a request says; what it does not name stays.

    Raises:
        Refusal: as Discord would.
    """
    kept = message.attachments
    listed = body.get("attachments")
    if listed is not None:
        numbers = {int(entry["id"]) for entry in listed}
        kept = [a for a in kept if a.id in numbers]
    flags = message.flags & ~LOADING
    if "flags" in body and body["flags"] is not None:
        own = SUPPRESS_EMBEDS | COMPONENTS_V2
        flags = flags & ~SUPPRESS_EMBEDS | body["flags"] & own
    check_message(body | {"flags": flags}, files, message.attachments, server.size_limit(message.channel))
    content = (body["content"] or "").strip() if "content" in body else message.content
    embeds = as_shown(body["embeds"] or []) if "embeds" in body else message.embeds
    components = with_ids(body["components"] or []) if "components" in body else message.components
    demand_something(content, embeds, components, [*kept, *files])
    if not message.thinking:
        message.remember()
        message.edited = server.clock.now()
    message.attachments = _attachments(server, message.channel, body, files, kept, message.ephemeral)
    message.content, message.embeds, message.components, message.flags = content, embeds, components, flags
    message.mentions = _mentioned(server, body, message)
    server.actions.edited(message)
    return message


def _attachments(
    server: DiscordServer, place: Channel, body: JSON, files: dict[int, Upload], kept: list[Attachment], hidden: bool
) -> list[Attachment]:
    entries = {int(entry["id"]): entry for entry in body.get("attachments") or []}
    for attachment in kept:
        if (words := entries.get(attachment.id, {}).get("description")) is not None:
            attachment.description = words
    fresh = [
        server.actions.file(file, place, entries.get(number, {}).get("description") or "", hidden, server.keep_media)
        for number, file in sorted(files.items())
    ]
    return [*kept, *fresh]


def _replied(place: Channel, reference: JSON | None) -> Message | None:
    if not reference:
        return None
    message = place.messages.get(int(reference["message_id"]))
    if message is None or message.deleted or message.ephemeral:
        if reference.get("fail_if_not_exists", True):
            raise invalid_form({"message_reference": "Unknown message"})
        return None
    return message


def _mentioned(server: DiscordServer, body: JSON, message: Message) -> list[Account]:
    """The people that a message names and that the bot allows to be called by it."""
    allowed = body.get("allowed_mentions")
    named = [int(number) for number in re.findall(r"<@!?(\d+)>", message.content)]
    if allowed is not None and "users" not in (allowed.get("parse") or []):
        named = [number for number in named if str(number) in map(str, allowed.get("users") or [])]
    people: list[Account] = [server.people[number] for number in dict.fromkeys(named) if number in server.people]
    replied = message.reply_to.author if message.reply_to else None
    calls_back = allowed is None or allowed.get("replied_user", False)
    if replied and calls_back and replied not in people and not replied.bot:
        people.append(replied)
    return people

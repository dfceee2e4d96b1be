"""The part of the API about channels, messages, threads and reactions."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.discord import wire, wire_messages
from tests.servers.discord.calls import EMPTY, Answer, Call, answers
from tests.servers.discord.refusals import (
    Refusal,
    closed_to_messages,
    has_a_thread,
    invalid_form,
    missing_permissions,
    not_the_author,
    unknown_user,
    wrong_kind_of_channel,
)
from tests.servers.discord.said import (
    Message,
)
from tests.servers.discord.world import (
    DIRECT,
    TEXT,
    THREAD,
    Channel,
)
from tests.servers.discord.writing import compose, edit

NONCES_LIVE: Final = 300.0  # seconds
CHANNEL = "/channels/{channel_id}"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
REACTION = MESSAGE + "/reactions/{emoji_name}"


@answers(f"POST {CHANNEL}/messages")
def send(call: Call) -> Answer:
    place = call.channel("view_channel")
    if place.kind == DIRECT and not _welcome(call, place):
        raise closed_to_messages()
    needs = ["send_messages_in_threads" if place.kind == THREAD else "send_messages"]
    needs += ["attach_files"] if call.files else []
    needs += ["read_message_history"] if call.body.get("message_reference") else []
    call.channel(*needs)
    nonce = call.body.get("nonce")
    message = _said_before(call, place, nonce) if call.body.get("enforce_nonce") else None
    message = message or call.server.actions.say(compose(call.server, place, call.body, call.files))
    if nonce is not None:
        place.nonces[str(nonce)] = message
    return 200, wire_messages.message(call.server, message) | ({} if nonce is None else {"nonce": nonce})


def _said_before(call: Call, place: Channel, nonce: Any) -> Message | None:
    """The message of the last minutes that bore the same mark; Discord gives it back instead of saying it again."""
    ago = call.server.clock.now() - NONCES_LIVE
    place.nonces = {mark: said for mark, said in place.nonces.items() if said.created > ago}
    return place.nonces.get(str(nonce))


@answers(f"GET {CHANNEL}/messages")
def history(call: Call) -> Answer:
    place = call.channel("read_message_history")
    limit = int(call.query.get("limit", "50"))
    if not 1 <= limit <= 100:
        raise invalid_form({"limit": "int value should be between 1 and 100"})
    before, after = int(call.query.get("before", str(1 << 63))), int(call.query.get("after", "0"))
    seen = [m for m in place.messages.values() if not m.deleted and not m.ephemeral and after < m.id < before]
    chosen = seen[:limit] if "after" in call.query else seen[-limit:]
    return 200, [wire_messages.message(call.server, m) for m in reversed(chosen)]


@answers(f"GET {MESSAGE}")
def one_message(call: Call) -> Answer:
    return 200, wire_messages.message(call.server, call.message(call.channel("read_message_history")))


@answers(f"PATCH {MESSAGE}")
def edit_message(call: Call) -> Answer:
    message = call.message(call.channel())
    if message.author is not call.server.bot:
        raise not_the_author()
    return 200, wire_messages.message(call.server, edit(call.server, message, call.body, call.files))


@answers(f"DELETE {MESSAGE}")
def delete_message(call: Call) -> Answer:
    place = call.channel()
    message = call.message(place)
    if message.author is not call.server.bot:
        raise Refusal(403, 50003, "Cannot execute action on a DM channel") if not place.guild else missing_permissions()
    call.server.actions.delete(message)
    return EMPTY


@answers(f"POST {CHANNEL}/typing")
def typing(call: Call) -> Answer:
    call.server.actions.typing(call.channel("send_messages"), call.server.bot)
    return EMPTY


@answers(f"GET {CHANNEL}")
def channel(call: Call) -> Answer:
    return 200, wire.channel(call.channel())


@answers(f"DELETE {CHANNEL}")
def delete_channel(call: Call) -> Answer:
    place = call.channel()
    if place.kind != DIRECT:
        raise missing_permissions()
    return 200, wire.channel(place)


@answers(f"PATCH {CHANNEL}")
def edit_channel(call: Call) -> Answer:
    place = call.channel()
    if place.kind != THREAD or place.owner is not call.server.bot:
        raise missing_permissions()
    place.name = call.body.get("name") or place.name
    return 200, wire.channel(place)


@answers(f"PUT {REACTION}/@me")
def react(call: Call) -> Answer:
    message = call.message(call.channel("add_reactions", "read_message_history"))
    call.server.actions.react(message, call.parameters["emoji_name"], call.server.bot)
    return EMPTY


@answers(f"DELETE {REACTION}/@me")
def unreact(call: Call) -> Answer:
    call.server.actions.unreact(call.message(call.channel()), call.parameters["emoji_name"], call.server.bot)
    return EMPTY


@answers(f"GET {REACTION}")
def who_reacted(call: Call) -> Answer:
    message = call.message(call.channel("read_message_history"))
    return 200, [wire.user(p) for p in message.reactions.get(call.parameters["emoji_name"], [])]


@answers(f"POST {MESSAGE}/threads")
def thread_of_a_message(call: Call) -> Answer:
    parent = call.channel("read_message_history")
    if parent.kind != TEXT:
        raise wrong_kind_of_channel()
    call.channel("create_public_threads")
    message = call.message(parent)
    if message.thread:
        raise has_a_thread()
    return 201, wire.channel(_open(call, parent, message))


@answers(f"POST {CHANNEL}/threads")
def thread(call: Call) -> Answer:
    parent = call.channel()
    if parent.kind != TEXT:
        raise wrong_kind_of_channel()
    if "message" in call.body:
        raise invalid_form({"message": "only forum channels begin threads with a message"})
    call.channel("create_public_threads")
    return 201, wire.channel(_open(call, parent, None))


@answers(f"PUT {CHANNEL}/thread-members/@me", f"PUT {CHANNEL}/thread-members/{{user_id}}")
def join_thread(call: Call) -> Answer:
    if call.channel().kind != THREAD:
        raise wrong_kind_of_channel()
    return EMPTY


@answers("POST /users/@me/channels")
def open_direct(call: Call) -> Answer:
    wanted = call.body.get("recipient_id")
    person = call.server.people.get(int(wanted)) if wanted is not None else None
    if person is None:
        raise unknown_user() if wanted is not None else invalid_form({"recipient_id": "This field is required"})
    return 200, wire.channel(call.server.actions.direct(person))


def _open(call: Call, parent: Channel, start: Any) -> Channel:
    minutes = call.body.get("auto_archive_duration") or 1440
    return call.server.actions.open_thread(parent, call.body["name"], minutes, start)


def _welcome(call: Call, place: Channel) -> bool:
    """Whether a person lets the bot write: they share a server or the person added the app, and did not close."""
    person = next(p for p in place.people if not p.bot)
    shared = any(g.has_bot and person.id in g.members for g in call.server.guilds.values())
    return not person.dms_closed and (shared or person.installed)

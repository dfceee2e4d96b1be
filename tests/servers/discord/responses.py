"""The part of the API that answers interactions: callbacks, and the webhook that each of them opens."""

from __future__ import annotations

from typing import Any

from tests.servers.discord import wire_messages
from tests.servers.discord.calls import EMPTY, Answer, Call, answers
from tests.servers.discord.forms import check_form, with_ids
from tests.servers.discord.refusals import (
    already_acknowledged,
    invalid_form,
    invalid_webhook_token,
    too_many_follow_ups,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from tests.servers.discord.said import (
    EPHEMERAL,
    Message,
)
from tests.servers.discord.world import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Interaction,
)
from tests.servers.discord.writing import MENU, SLASH, compose, edit, loading

SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
MOST_FROM_STRANGERS = 5
FITTING = {
    COMMAND: {SAY, DEFER, FORM},
    COMPONENT: {SAY, DEFER, DEFER_UPDATE, UPDATE, FORM},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {SAY, DEFER, DEFER_UPDATE, UPDATE},
}


@answers("POST /interactions/{interaction_id}/{interaction_token}/callback")
def callback(call: Call) -> Answer:
    action = call.server.interactions.get(call.number("interaction_id"))
    if action is None or action.token != call.parameters["interaction_token"] or action.late:
        raise unknown_interaction()
    if action.acknowledged:
        raise already_acknowledged()
    kind = call.body["type"]
    if kind not in FITTING[action.kind] or (kind in (DEFER_UPDATE, UPDATE) and action.on is None):
        raise invalid_form({"type": "this interaction cannot be answered so"})
    message = _apply(call, action, kind, call.body.get("data") or {})
    action.acknowledged = kind
    action.settled.set()
    action.channel.changed()
    if not call.asks("with_response"):
        return EMPTY
    return 200, _told(call, action, kind, message)


def _apply(call: Call, action: Interaction, kind: int, data: dict[str, Any]) -> Message | None:
    server = call.server
    if kind == SAY:
        action.original = compose(server, action.channel, data, call.files, action, _forced(action))
        action.original.kind = MENU if action.data.get("type") == 3 else SLASH
        return server.actions.say(action.original)
    if kind == DEFER:
        hidden = bool((data.get("flags") or 0) & EPHEMERAL) or _forced(action)
        action.original = server.actions.say(loading(server, action, hidden))
        return action.original
    if kind in (DEFER_UPDATE, UPDATE):
        action.original = action.on
        if kind == UPDATE and action.on:
            edit(server, action.on, data, call.files)
        return action.on
    if kind == CHOICES:
        action.choices = data.get("choices") or []
    if kind == FORM:
        check_form(data)
        action.form = data | {"components": with_ids(data["components"])}
    return None


def _told(call: Call, action: Interaction, kind: int, message: Message | None) -> dict[str, Any]:
    body: dict[str, Any] = {"interaction": {"id": str(action.id), "type": action.kind}}
    if message and kind in (SAY, DEFER):
        body["interaction"] |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.thinking,
            "response_message_ephemeral": message.ephemeral,
        }
    if message and kind in (SAY, UPDATE):
        body["resource"] = {"type": kind, "message": wire_messages.message(call.server, message)}
    return body


def _forced(action: Interaction) -> bool:
    """Where the app is not at home and strangers' apps are not wanted, only the person sees its answers."""
    guild = action.channel.guild
    return guild is not None and not guild.has_bot and not action.channel.allows("use_external_apps")


@answers(f"POST {WEBHOOK}")
def follow_up(call: Call) -> Answer:
    action = _open(call)
    if action.thinking and action.original:
        # The first message after "thinking…" takes its place, and is as private as that was.
        body = {key: value for key, value in call.body.items() if key != "flags"}
        message = edit(call.server, action.original, body, call.files)
        return 200, wire_messages.message(call.server, message)
    guild = action.channel.guild
    if guild and not guild.has_bot and len(action.follow_ups) >= MOST_FROM_STRANGERS:
        raise too_many_follow_ups()
    message = compose(call.server, action.channel, call.body, call.files, action, _forced(action))
    action.follow_ups.append(call.server.actions.say(message))
    return 200, wire_messages.message(call.server, message)


@answers(f"GET {WEBHOOK}/messages/@original", f"GET {WEBHOOK}/messages/{{message_id}}")
def read(call: Call) -> Answer:
    return 200, wire_messages.message(call.server, _message(call, _open(call)))


@answers(f"PATCH {WEBHOOK}/messages/@original", f"PATCH {WEBHOOK}/messages/{{message_id}}")
def change(call: Call) -> Answer:
    message = _message(call, _open(call))
    return 200, wire_messages.message(call.server, edit(call.server, message, call.body, call.files))


@answers(f"DELETE {WEBHOOK}/messages/@original", f"DELETE {WEBHOOK}/messages/{{message_id}}")
def delete(call: Call) -> Answer:
    action = _open(call)
    call.server.actions.delete(_message(call, action))
    return EMPTY


def _open(call: Call) -> Interaction:
    """The interaction whose token is in the path.

    Raises:
        Refusal: it is none of the app's, not answered yet, or too old.
    """
    action = call.server.by_token.get(call.parameters["webhook_token"])
    if action is None or call.number("webhook_id") != call.server.bot.id:
        raise unknown_webhook()
    if action.token_ended:
        raise invalid_webhook_token()
    if not action.acknowledged or action.kind == AUTOCOMPLETE:
        raise unknown_webhook()
    return action


def _message(call: Call, action: Interaction) -> Message:
    wanted = call.parameters.get("message_id")
    if wanted is None:
        found = action.original
    else:
        known = [action.original, action.on, *action.follow_ups]
        found = next((m for m in known if m and str(m.id) == wanted), None)
    if found is None or found.deleted:
        raise unknown_message()
    return found

"""The part of the API about the app itself, its commands, servers and people."""

from __future__ import annotations

from typing import Any

from tests.servers.discord import wire
from tests.servers.discord.calls import EMPTY, Answer, Call, answers
from tests.servers.discord.commands import as_registered, check_command, check_commands
from tests.servers.discord.permissions import EVERYDAY
from tests.servers.discord.refusals import missing_access, unknown_command, unknown_member, unknown_user

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


@answers("GET /users/@me")
def me(call: Call) -> Answer:
    return 200, wire.own_user(call.server)


@answers("GET /users/{user_id}")
def user(call: Call) -> Answer:
    number = call.number("user_id")
    account = call.server.bot if number == call.server.bot.id else call.server.people.get(number)
    if account is None:
        raise unknown_user()
    return 200, wire.user(account)


@answers("GET /applications/@me", "GET /oauth2/applications/@me")
def application(call: Call) -> Answer:
    return 200, wire.application(call.server)


@answers("GET /gateway")
def gateway(call: Call) -> Answer:
    return 200, {"url": call.server.gateway.url}


@answers("GET /gateway/bot")
def gateway_for_bots(call: Call) -> Answer:
    left = max(call.server.gateway.session_starts_left, 0)
    limit = {"total": 1000, "remaining": left, "reset_after": 14_400_000, "max_concurrency": 1}
    return 200, {"url": call.server.gateway.url, "shards": call.server.shards, "session_start_limit": limit}


@answers("GET /users/@me/guilds")
def my_guilds(call: Call) -> Answer:
    return 200, [
        {
            "id": str(g.id),
            "name": g.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(EVERYDAY),
            "features": [],
        }
        for g in call.server.guilds.values()
        if g.has_bot
    ]


@answers("DELETE /users/@me/guilds/{guild_id}")
def leave(call: Call) -> Answer:
    call.server.actions.leave(call.guild())
    return EMPTY


@answers("GET /guilds/{guild_id}")
def guild(call: Call) -> Answer:
    return 200, wire.guild(call.guild())


@answers("GET /guilds/{guild_id}/channels")
def channels(call: Call) -> Answer:
    return 200, [wire.channel(c) for c in call.guild().channels.values() if c.parent is None]


@answers("GET /guilds/{guild_id}/roles")
def roles(call: Call) -> Answer:
    return 200, [wire.role_of_everyone(call.guild())]


@answers("GET /guilds/{guild_id}/members/{user_id}")
def member(call: Call) -> Answer:
    place, number = call.guild(), call.number("user_id")
    account = call.server.bot if number == call.server.bot.id else place.members.get(number)
    if account is None:
        raise unknown_member()
    return 200, wire.member(account, place)


@answers(f"GET {COMMANDS}", f"GET {GUILD_COMMANDS}")
def commands(call: Call) -> Answer:
    registered = list(_registered(call).values())
    if call.asks("with_localizations"):
        return 200, registered
    hidden = ("name_localizations", "description_localizations")
    return 200, [{key: value for key, value in command.items() if key not in hidden} for command in registered]


@answers(f"GET {COMMANDS}/{{command_id}}", f"GET {GUILD_COMMANDS}/{{command_id}}")
def one_command(call: Call) -> Answer:
    command = _registered(call).get(call.number("command_id"))
    if command is None:
        raise unknown_command()
    return 200, command


@answers(f"PUT {COMMANDS}", f"PUT {GUILD_COMMANDS}")
def overwrite(call: Call) -> Answer:
    wanted = call.body or []
    check_commands(wanted)
    registered = _registered(call)
    known = {(c["type"], c["name"]): c["id"] for c in registered.values()}
    registered.clear()
    for command in wanted:
        _enter(call, registered, command, known.get((command.get("type") or 1, command["name"])))
    call.server.command_syncs += 1
    return 200, list(registered.values())


@answers(f"POST {COMMANDS}", f"POST {GUILD_COMMANDS}")
def create(call: Call) -> Answer:
    registered = _registered(call)
    kind, name = call.body.get("type") or 1, call.body["name"]
    others = [c for c in registered.values() if (c["type"], c["name"]) != (kind, name)]
    check_command(call.body)
    check_commands([*others, call.body])
    known = next((c["id"] for c in registered.values() if c not in others), None)
    return 200 if known else 201, _enter(call, registered, call.body, known)


@answers(f"DELETE {COMMANDS}/{{command_id}}", f"DELETE {GUILD_COMMANDS}/{{command_id}}")
def delete(call: Call) -> Answer:
    if _registered(call).pop(call.number("command_id"), None) is None:
        raise unknown_command()
    return EMPTY


def _registered(call: Call) -> dict[int, dict[str, Any]]:
    if call.number("application_id") != call.server.bot.id:
        raise missing_access()
    place = int(call.parameters.get("guild_id", "0"))
    if place:
        call.guild()
    return call.server.commands.setdefault(place, {})


def _enter(call: Call, registered: dict[int, dict[str, Any]], command: dict[str, Any], known: str | None) -> Any:
    number = int(known) if known else call.server.ids.next()
    place = int(call.parameters.get("guild_id", "0"))
    body = as_registered(command, number, call.server.ids.next(), call.server.bot.id, place or None)
    registered[number] = body
    return body

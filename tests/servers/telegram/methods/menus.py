"""What the bot tells of itself: commands by language and place, name, descriptions, menu button."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram.methods.places import known_chat
from tests.servers.telegram.world import PRIVATE, Chat, User

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call

DEFAULT: Final = {"type": "default"}


def key(scope: dict[str, Any], language: str) -> tuple[str, str]:
    """What a list of commands is kept under."""
    return json.dumps(scope, sort_keys=True), language


def set_commands(server: TelegramServer, call: Call) -> bool:
    server.commands[_key(server, call)] = call["commands"]
    return True


def get_commands(server: TelegramServer, call: Call) -> list[dict[str, Any]]:
    return server.commands.get(_key(server, call), [])


def delete_commands(server: TelegramServer, call: Call) -> bool:
    server.commands.pop(_key(server, call), None)
    return True


def _key(server: TelegramServer, call: Call) -> tuple[str, str]:
    scope = call.get("scope", DEFAULT)
    if "chat_id" in scope:
        known_chat(server, scope["chat_id"])
    return key(scope, call.get("language_code", ""))


def shown(server: TelegramServer, chat: Chat, person: User) -> list[dict[str, Any]]:
    """The commands that a person sees in a chat: the narrowest scope that has any, the person's language first."""
    scopes: list[dict[str, Any]] = [{"type": "chat", "chat_id": chat.id}]
    if chat.kind == PRIVATE:
        scopes.append({"type": "all_private_chats"})
    else:
        scopes.insert(0, {"type": "chat_member", "chat_id": chat.id, "user_id": person.id})
        if person.id in chat.admins:
            scopes.insert(1, {"type": "chat_administrators", "chat_id": chat.id})
            scopes.append({"type": "all_chat_administrators"})
        scopes.append({"type": "all_group_chats"})
    for scope in [*scopes, DEFAULT]:
        for language in ((person.language or "")[:2], ""):
            found = server.commands.get(key(scope, language))
            if found:
                return found
    return []


def _setter(what: str, name: str) -> Callable[[TelegramServer, Call], bool]:
    def setter(server: TelegramServer, call: Call) -> bool:
        server.profile[what, call.get("language_code", "")] = call.get(name, "")
        return True

    return setter


def _getter(what: str, name: str) -> Callable[[TelegramServer, Call], dict[str, Any]]:
    def getter(server: TelegramServer, call: Call) -> dict[str, Any]:
        language = call.get("language_code", "")
        return {name: server.profile.get((what, language)) or server.profile.get((what, ""), "")}

    return getter


def set_menu_button(server: TelegramServer, call: Call) -> bool:
    button = call.get("menu_button", DEFAULT)
    if "chat_id" in call.values:
        known_chat(server, call["chat_id"]).menu_button = button
    else:
        server.menu_button = button
    return True


def get_menu_button(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat = known_chat(server, call["chat_id"]) if "chat_id" in call.values else None
    return (chat and chat.menu_button) or server.menu_button


METHODS: Final[dict[str, Callable[[TelegramServer, Call], Any]]] = {
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    "setMyName": _setter("name", "name"),
    "getMyName": _getter("name", "name"),
    "setMyDescription": _setter("description", "description"),
    "getMyDescription": _getter("description", "description"),
    "setMyShortDescription": _setter("short", "short_description"),
    "getMyShortDescription": _getter("short", "short_description"),
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
}

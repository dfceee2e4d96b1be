"""What the bot asks about: itself, chats, members, files, and its updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram import shapes
from tests.servers.telegram.methods.places import known_chat
from tests.servers.telegram.refusals import bad

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call

LONGEST_POLL: Final = 50


def get_me(server: TelegramServer, _: Call) -> dict[str, Any]:
    return shapes.me(server.bot, server.inline_mode)


async def get_updates(server: TelegramServer, call: Call) -> list[dict[str, Any]]:
    server.updates.allow(call.get("allowed_updates"))
    seconds = min(call.get("timeout", 0), LONGEST_POLL)
    return await server.updates.poll(call.get("offset", 0), call.get("limit", 100), seconds)


async def set_webhook(server: TelegramServer, call: Call) -> bool:
    return await server.webhook.set(call)


async def delete_webhook(server: TelegramServer, call: Call) -> bool:
    return await server.webhook.delete(call)


def get_webhook_info(server: TelegramServer, _: Call) -> dict[str, Any]:
    return server.webhook.info()


def get_file(server: TelegramServer, call: Call) -> dict[str, Any]:
    return server.files.link(call["file_id"])


def get_chat(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat = known_chat(server, call["chat_id"])
    if chat.person is not None and not chat.started:
        raise bad("chat not found")
    return shapes.full_chat(chat)


def get_member(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat = known_chat(server, call["chat_id"])
    if call["user_id"] == server.bot.id:
        return {"status": "member" if chat.has_bot else "left", "user": shapes.user(server.bot)}
    person = server.users.get(call["user_id"])
    if person is None:
        raise bad("user not found")
    return shapes.member(chat, person)


def get_member_count(server: TelegramServer, call: Call) -> int:
    chat = known_chat(server, call["chat_id"])
    return 2 if chat.person is not None else len(chat.members) + chat.has_bot


def leave(server: TelegramServer, call: Call) -> bool:
    known_chat(server, call["chat_id"]).has_bot = False
    return True


def farewell(server: TelegramServer, _: Call) -> bool:
    server.updates.end_poll("terminated by close request")
    return True


METHODS: Final = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatMemberCount": get_member_count,
    "leaveChat": leave,
    "logOut": farewell,
    "close": farewell,
}

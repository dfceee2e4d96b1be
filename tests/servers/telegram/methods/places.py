"""Where a message goes, and whether it may go there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.telegram.refusals import bad, forbidden, misfit
from tests.servers.telegram.world import PRIVATE, Chat, Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call


def chat_of(server: TelegramServer, call: Call) -> Chat:
    """The chat that a call names.

    Raises:
        Refusal: there is none, or the bot may not write there (any more).
    """
    chat = known_chat(server, call["chat_id"])
    if chat.migrated_to is not None:
        words = "group chat was upgraded to a supergroup chat"
        raise bad(words, migrate_to_chat_id=chat.migrated_to.id)
    if chat.kind == PRIVATE:
        may_write(chat)
    elif chat.kicked:
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    elif not chat.has_bot:
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def known_chat(server: TelegramServer, chat_id: int | str) -> Chat:
    """The chat with this id or @name.

    Raises:
        Refusal: there is none.
    """
    if isinstance(chat_id, str):
        if not chat_id.startswith("@"):
            raise misfit("chat_id is neither a number nor a @name")
        raise bad("chat not found")
    if chat_id == server.bot.id:
        raise forbidden("bot can't send messages to the bot")
    chat = server.chats.get(chat_id)
    if chat is None:
        raise bad("chat not found")
    return chat


def may_write(chat: Chat) -> None:
    """Whether the bot may write to a person.

    Raises:
        Refusal: it may not.
    """
    assert chat.person is not None
    if chat.person.deactivated:
        raise forbidden("user is deactivated")
    if chat.person.is_bot:
        raise forbidden("bot can't send messages to bots")
    if chat.blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")


def replied_to(chat: Chat, call: Call) -> Message | None:
    """The message that the call answers.

    Raises:
        Refusal: there is none, and the message shall not go without it.
    """
    wanted: dict[str, Any] | None = call.get("reply_parameters")
    if wanted is None:
        return None
    found = chat.log.get(wanted["message_id"])
    if found is not None and not found.deleted:
        return found
    if wanted.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def thread_of(chat: Chat, call: Call) -> int | None:
    """The topic that the message goes to.

    Raises:
        Refusal: this is no forum.
    """
    thread: int | None = call.get("message_thread_id")
    if thread is not None and not chat.forum:
        raise bad("message thread not found")
    return thread

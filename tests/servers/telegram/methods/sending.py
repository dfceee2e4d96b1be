"""Messages that the bot sends, deletes and forwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram import shapes
from tests.servers.telegram.methods.content import caption_of, markup_of, media_of, text_of
from tests.servers.telegram.methods.places import chat_of, known_chat, replied_to, thread_of
from tests.servers.telegram.refusals import bad, misfit
from tests.servers.telegram.world import CHANNEL, PRIVATE, Chat, Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call

DELETABLE_FOR: Final = 48 * 3600.0
KINDS: Final = ("photo", "video", "animation", "document", "audio", "voice", "sticker")


def send(server: TelegramServer, call: Call, **content: Any) -> Message:
    """Put a message of the bot's into the chat that the call names."""
    chat = chat_of(server, call)
    reply, thread, markup = replied_to(chat, call), thread_of(chat, call), markup_of(call.values)
    return put(server, chat, reply_to=reply, thread=thread, markup=markup, **content)


def put(server: TelegramServer, chat: Chat, **content: Any) -> Message:
    """Put a message of the bot's into a chat."""
    message = Message(chat, chat.next_id(), server.clock.now(), server.bot, **content)
    if server.forget_old:
        server.forget(chat)
    return chat.new(message)


def send_message(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat_of(server, call)
    text, entities = text_of(call.values)
    return shapes.message(send(server, call, text=text, entities=entities))


def send_media(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat_of(server, call)
    kind = next(kind for kind in KINDS if kind in call.values)
    text, entities = caption_of(call.values)
    media = media_of(server, kind, call.file(call[kind]), call.values)
    return shapes.message(send(server, call, text=text, entities=entities, media=media))


def send_media_group(server: TelegramServer, call: Call) -> list[dict[str, Any]]:
    chat = chat_of(server, call)
    reply, thread = replied_to(chat, call), thread_of(chat, call)
    kinds = {item["type"] for item in call["media"]}
    for alone in ("document", "audio"):
        if alone in kinds and len(kinds) > 1:
            raise misfit(f"{alone} can't be mixed with other media types")
    contents = []
    for item in call["media"]:
        text, entities = caption_of(item)
        contents.append((text, entities, media_of(server, item["type"], call.file(item["media"]), item)))
    album = server.new_album()
    return [
        shapes.message(
            put(server, chat, reply_to=reply, thread=thread, text=text, entities=entities, media=media, album=album)
        )
        for text, entities, media in contents
    ]


def delete_message(server: TelegramServer, call: Call) -> bool:
    chat = chat_of(server, call)
    _delete(server, chat, call["message_id"])
    return True


def delete_messages(server: TelegramServer, call: Call) -> bool:
    chat = chat_of(server, call)
    for number in call["message_ids"]:
        if number in chat.log and not chat.log[number].deleted:
            _delete(server, chat, number)
    return True


def _delete(server: TelegramServer, chat: Chat, number: int) -> None:
    message = chat.log.get(number)
    if message is None or message.deleted:
        raise bad("message to delete not found")
    too_old = server.clock.now() - message.date > DELETABLE_FOR
    anothers = message.sender is not server.bot and chat.kind != PRIVATE and server.bot.id not in chat.admins
    if too_old or anothers:
        raise bad("message can't be deleted for everyone" if too_old else "message can't be deleted")
    message.deleted = True
    chat.touched(message)


def send_chat_action(server: TelegramServer, call: Call) -> bool:
    chat = chat_of(server, call)
    chat.actions.append(call["action"])
    del chat.actions[:-100]
    server.happened()
    return True


def set_reaction(server: TelegramServer, call: Call) -> bool:
    chat = chat_of(server, call)
    message = chat.log.get(call["message_id"])
    if message is None or message.deleted:
        raise bad("message to react not found")
    chosen = [one.get("emoji", one["type"]) for one in call.get("reaction", [])]
    if len(chosen) > 1:
        raise bad("REACTIONS_TOO_MANY", violation=True)
    message.reactions = chosen
    chat.touched(message)
    return True


def forward_message(server: TelegramServer, call: Call) -> dict[str, Any]:
    chat, original = chat_of(server, call), _original(server, call)
    copied = {"text": original.text, "entities": original.entities, "media": original.media}
    return shapes.message(put(server, chat, forward_origin=origin_of(original), **copied))


def copy_message(server: TelegramServer, call: Call) -> dict[str, Any]:
    original = _original(server, call)
    text, entities = caption_of(call.values) if "caption" in call.values else (original.text, original.entities)
    return {"message_id": send(server, call, text=text, entities=entities, media=original.media).id}


def _original(server: TelegramServer, call: Call) -> Message:
    message = known_chat(server, call["from_chat_id"]).log.get(call["message_id"])
    if message is None or message.deleted:
        raise bad("message to forward not found")
    return message


def origin_of(message: Message) -> dict[str, Any]:
    """Where a forwarded message comes from."""
    if message.forward_origin is not None:
        return message.forward_origin
    date = int(message.date)
    if message.chat.kind == CHANNEL:
        return {"type": "channel", "date": date, "chat": shapes.chat(message.chat), "message_id": message.id}
    if message.sender is None:
        return {"type": "hidden_user", "date": date, "sender_user_name": message.author}
    return {"type": "user", "date": date, "sender_user": shapes.user(message.sender)}


METHODS: Final = {
    "sendMessage": send_message,
    "sendPhoto": send_media,
    "sendVideo": send_media,
    "sendAnimation": send_media,
    "sendDocument": send_media,
    "sendAudio": send_media,
    "sendVoice": send_media,
    "sendSticker": send_media,
    "sendMediaGroup": send_media_group,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "sendChatAction": send_chat_action,
    "setMessageReaction": set_reaction,
    "forwardMessage": forward_message,
    "copyMessage": copy_message,
}

"""Messages that the bot changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram import shapes
from tests.servers.telegram.methods.content import caption_of, markup_of, media_of, text_of
from tests.servers.telegram.methods.places import chat_of
from tests.servers.telegram.refusals import NOT_MODIFIED, bad, misfit
from tests.servers.telegram.world import Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call

IN_ALBUM: Final = ({"photo", "video"}, {"document"}, {"audio"})


def edited(server: TelegramServer, call: Call) -> Message:
    """The message that shall change.

    Raises:
        Refusal: there is none, or it is not the bot's.
    """
    if "inline_message_id" in call.values:
        found = server.inline_messages.get(call["inline_message_id"])
        if found is None:
            raise bad("MESSAGE_ID_INVALID")
        return found
    if "chat_id" not in call.values or "message_id" not in call.values:
        raise misfit("message identifier is not specified")
    message = chat_of(server, call).log.get(call["message_id"])
    if message is None or message.deleted:
        raise bad("message to edit not found")
    if message.sender is not server.bot or message.forward_origin is not None:
        raise bad("message can't be edited")
    return message


def change(server: TelegramServer, call: Call, message: Message, **changes: Any) -> dict[str, Any] | bool:
    """Change the message, unless nothing would change."""
    changes["markup"] = markup_of(call.values)
    if all(getattr(message, name) == value for name, value in changes.items()):  # a file sent anew is another file
        raise bad(NOT_MODIFIED)
    message.chat.edit(message, server.clock.now(), keep=not server.forget_old, **changes)
    return True if "inline_message_id" in call.values else shapes.message(message)


def edit_text(server: TelegramServer, call: Call) -> dict[str, Any] | bool:
    message = edited(server, call)
    text, entities = text_of(call.values)
    if message.media is not None:
        raise bad("there is no text in the message to edit")
    return change(server, call, message, text=text, entities=entities)


def edit_caption(server: TelegramServer, call: Call) -> dict[str, Any] | bool:
    message = edited(server, call)
    text, entities = caption_of(call.values)
    if message.media is None:
        raise bad("there is no caption in the message to edit")
    return change(server, call, message, text=text, entities=entities)


def edit_media(server: TelegramServer, call: Call) -> dict[str, Any] | bool:
    message, item = edited(server, call), call["media"]
    text, entities = caption_of(item)
    if message.album and message.media and not any({message.media.kind, item["type"]} <= kinds for kinds in IN_ALBUM):
        raise bad("message can't be edited")
    if message.inline_id and call.uploads:
        raise misfit("inline messages can't get new files")
    media = media_of(server, item["type"], call.file(item["media"]), item)
    return change(server, call, message, text=text, entities=entities, media=media)


def edit_markup(server: TelegramServer, call: Call) -> dict[str, Any] | bool:
    return change(server, call, edited(server, call))


METHODS: Final = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
}

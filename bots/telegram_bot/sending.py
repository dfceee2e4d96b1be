"""The calls that bring messages to Telegram, each with what belongs to it: no markup in texts, no previews of links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
)

from bots.conversation.messages import Attachment
from bots.telegram_bot.films import film
from bots.telegram_bot.lengths import CAPTION, cut, writable
from bots.telegram_bot.own_pictures import OwnPictures
from bots.telegram_bot.places import Spot
from bots.telegram_bot.posted import PHOTO, TEXT, Post, post_of
from bots.telegram_bot.refusals import NoFile, NoPicture, Uneditable, asked
from core.model import FileKind
from core.stores import Memos

LARGEST_PHOTO: Final = 10_000_000  # bytes; a larger picture goes as a file
UPLOAD_PATIENCE: Final = 60.0  # seconds that Telegram has to take in what it was given
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)

Markup = InlineKeyboardMarkup | None


class Sender:
    """One bot's messages. All of these raise what bots.telegram_bot.refusals.asked does."""

    def __init__(self, bot: Bot, memos: Memos | None = None) -> None:
        """`memos` remember which of the bot's own pictures Telegram has."""
        self._bot = bot
        self._own = OwnPictures(bot, memos)

    async def text(self, spot: Spot, text: str, markup: Markup) -> Post:
        """A message of words."""
        return post_of(
            await asked(
                self._bot.send_message(
                    spot.chat,
                    text,
                    reply_markup=markup,
                    reply_parameters=spot.reply,
                    message_thread_id=spot.topic,
                    link_preview_options=NO_PREVIEW,
                )
            )
        )

    async def file(self, spot: Spot, file: Attachment, caption: str, markup: Markup) -> Post:
        """A message that shows a picture or a film, or brings any other file."""
        if is_photo(file):
            try:
                if held := await self._own.find(file):
                    return await self._send(spot, PHOTO, file, caption, markup, held)
            except NoFile:
                await self._own.forget(file)
            try:
                return await self._send(spot, PHOTO, file, caption, markup)
            except NoPicture:
                return await self._send(spot, "document", file, caption, markup)
        return await self._send(spot, "video" if is_film(file) else "document", file, caption, markup)

    async def documents(self, spot: Spot, files: Sequence[Attachment]) -> None:
        """Two to ten files together, each with its own words."""
        media = [InputMediaDocument(file.data, filename=file.name, caption=_caption(file.alt)) for file in files]
        await asked(
            self._bot.send_media_group(
                spot.chat,
                media,
                reply_parameters=spot.reply,
                message_thread_id=spot.topic,
                read_timeout=UPLOAD_PATIENCE,
            )
        )

    async def edit_text(self, post: Post, text: str, markup: Markup) -> Post:
        """Other words and buttons in the place of a message's; under a picture as far as they fit.

        Raises:
            Uneditable: they do not, too.
        """
        where = {"chat_id": post.chat, "message_id": post.message, "reply_markup": markup}
        if post.kind == TEXT:
            await asked(self._bot.edit_message_text(text, link_preview_options=NO_PREVIEW, **where))  # type: ignore[arg-type]
        elif fits_caption(text):
            await asked(self._bot.edit_message_caption(caption=text, **where))  # type: ignore[arg-type]
        else:
            raise Uneditable
        return post

    async def edit_file(self, post: Post, file: Attachment, caption: str, markup: Markup) -> Post:
        """A file in the place of a message's text or file."""
        media: InputMediaPhoto | InputMediaVideo | InputMediaDocument
        words: Any = {"filename": file.name, "caption": _caption(caption)}
        if is_photo(file):
            media = InputMediaPhoto(file.data, **words)
        elif is_film(file):
            media = InputMediaVideo(file.data, supports_streaming=True, **_shape(file), **words)
        else:
            media = InputMediaDocument(file.data, **words)
        message = await asked(
            self._bot.edit_message_media(
                media, post.chat, post.message, reply_markup=markup, read_timeout=UPLOAD_PATIENCE
            )
        )
        return post_of(message) if isinstance(message, Message) else post

    async def _send(
        self, spot: Spot, kind: str, file: Attachment, caption: str, markup: Markup, held: str = ""
    ) -> Post:
        """`held` is Telegram's name for the picture, which it has already."""
        fields: Any = {
            "caption": _caption(caption),
            "filename": file.name,
            "reply_markup": markup,
            "reply_parameters": spot.reply,
            "message_thread_id": spot.topic,
            "read_timeout": UPLOAD_PATIENCE,
        }
        if kind == PHOTO:
            call = self._bot.send_photo(spot.chat, held or file.data, **fields)
        elif kind == "video":
            call = self._bot.send_video(spot.chat, file.data, supports_streaming=True, **_shape(file), **fields)
        else:
            call = self._bot.send_document(spot.chat, file.data, **fields)
        message = await asked(call)
        if kind == PHOTO and not held:
            await self._own.keep(file, message)
        return post_of(message)


def is_photo(file: Attachment) -> bool:
    """Telegram shows it as a picture."""
    return file.kind is FileKind.PICTURE and len(file.data) <= LARGEST_PHOTO


def is_film(file: Attachment) -> bool:
    """Telegram plays it."""
    return file.kind is FileKind.TURNTABLE and file.name.lower().endswith(".mp4")


def is_document(file: Attachment) -> bool:
    """It goes as a file."""
    return not (is_photo(file) or is_film(file))


def fits_caption(text: str) -> bool:
    """A message with a file may hold the text."""
    return cut(text, CAPTION) == text


def _caption(text: str) -> str | None:
    return cut(writable(text), CAPTION) or None


def _shape(file: Attachment) -> dict[str, Any]:
    known = film(file.data)
    return {"width": known.width, "height": known.height, "duration": known.seconds} if known else {}

"""Which files may be photos."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from telegram import Document, ExternalReplyInfo, Message, Sticker

from bots.conversation.events import FileRef

ENDINGS: Final = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff"}


def picture(message: Message | ExternalReplyInfo) -> FileRef | None:
    """The picture that a message brings, in its largest size."""
    sizes = message.photo or (message.live_photo.photo if message.live_photo else None)
    if sizes:
        largest = max(sizes, key=lambda size: size.width * size.height)
        return FileRef(largest.file_id, largest.file_size or 0)
    if message.document and not message.animation and _is_picture(message.document):
        return FileRef(message.document.file_id, message.document.file_size or 0)
    if message.sticker and _is_still(message.sticker):
        return FileRef(message.sticker.file_id, message.sticker.file_size or 0)
    return None


def is_file(message: Message | ExternalReplyInfo) -> bool:
    """It brings a file that could be meant as a picture."""
    held = (message.document, message.sticker, message.video, message.animation, message.video_note, message.story)
    return any(held)


def _is_picture(document: Document) -> bool:
    ending = PurePath(document.file_name or "").suffix.lower()
    return (document.mime_type or "").startswith("image/") or ending in ENDINGS


def _is_still(sticker: Sticker) -> bool:
    return not (sticker.is_animated or sticker.is_video)

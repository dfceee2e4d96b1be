"""What a message holds: texts, keyboards and files, each with its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tests.servers.telegram import pictures
from tests.servers.telegram.entities import parsed
from tests.servers.telegram.media import Media
from tests.servers.telegram.refusals import bad, misfit
from tests.servers.telegram.wire import Upload

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
BUTTON_LIMIT: Final = 100
ROW_LIMIT: Final = 8
PHOTO_LIMIT: Final = 10 * 1024 * 1024
PHOTO_SIDES: Final = 10_000  # width and height together
PHOTO_RATIO: Final = 20
ACTIONS_OF_BUTTON: Final = frozenset(
    {"url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat"}
    | {"switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"}
)

Text = tuple[str, list[dict[str, Any]]]


def text_of(values: dict[str, Any], name: str = "text") -> Text:
    """A message's text as it will be seen.

    Raises:
        Refusal: there is none, or it is too long.
    """
    text, entities = parsed(values.get(name, ""), values.get("parse_mode"), values.get("entities"))
    if not text:
        raise misfit("message text is empty")
    if len(text) > TEXT_LIMIT:
        raise misfit("message is too long")
    return text, entities


def caption_of(values: dict[str, Any]) -> Text:
    """A caption as it will be seen; it may be empty.

    Raises:
        Refusal: it is too long.
    """
    text, entities = parsed(values.get("caption", ""), values.get("parse_mode"), values.get("caption_entities"))
    if len(text) > CAPTION_LIMIT:
        raise misfit("message caption is too long")
    return text, entities


def markup_of(values: dict[str, Any]) -> dict[str, Any] | None:
    """The keyboard under a message; an empty one is none.

    Raises:
        Refusal: it has too many buttons, or buttons that do nothing or too much.
    """
    markup: dict[str, Any] | None = values.get("reply_markup")
    if not markup or "inline_keyboard" not in markup:
        return markup or None
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(len(row) for row in rows) > BUTTON_LIMIT or any(len(row) > ROW_LIMIT for row in rows):
        raise misfit("reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button["text"].strip():
            raise misfit("can't parse inline keyboard button: Button text must be non-empty")
        if len(ACTIONS_OF_BUTTON & button.keys()) != 1:
            raise misfit("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "url" in button and not _is_link(button["url"]):
            raise misfit(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return {"inline_keyboard": rows} if rows else None


def _is_link(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "tg":
        return True
    return parts.scheme in ("http", "https", "ton") and "." in (parts.hostname or "")


def media_of(server: TelegramServer, kind: str, file: Any, values: dict[str, Any]) -> Media:
    """A file that was uploaded with the call, or one that the server has already.

    Raises:
        Refusal: it is not there, or not what it should be, or too big.
    """
    if isinstance(file, str):
        if "://" in file:
            raise bad("failed to get HTTP URL content")
        known = server.files.media(file)
        if known.kind != kind:
            raise bad(f"can't use file of type {known.kind.title()} as {kind.title()}", violation=True)
        return known
    assert isinstance(file, Upload)
    if not file.data:
        raise misfit("file must be non-empty")
    facts = {"type": "regular", "is_animated": False, "is_video": False} if kind == "sticker" else {}
    size = _photo_size(file) if kind == "photo" else (values.get("width", 0), values.get("height", 0))
    return server.files.add(
        kind,
        file.data,
        name="" if kind == "photo" else file.name,
        mime="" if kind == "photo" else file.mime,
        size=size,
        duration=values.get("duration", 0),
        keep=server.keep_media,
        facts=facts,
    )


def _photo_size(file: Upload) -> tuple[int, int]:
    if len(file.data) > PHOTO_LIMIT:
        raise misfit(f'file "{file.name}" of size {len(file.data)} bytes is too big for a photo')
    size = pictures.dimensions(file.data)
    if size is None:
        raise misfit("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > PHOTO_SIDES or max(size) > PHOTO_RATIO * min(size):
        raise misfit("PHOTO_INVALID_DIMENSIONS")
    return size

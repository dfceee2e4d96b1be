"""What Telegram's errors mean. Their own texts may hold the token or names, so they go no further than this module."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable
from typing import Final, TypeVar

import aiohttp
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from core.errors import FigurineError, TryLater, Undeliverable, Unreachable

Result = TypeVar("Result")

MARGIN: Final = 0.5  # seconds that are waited beyond what Telegram asks for
NOT_SENT_PAUSE: Final = 2.0  # seconds until a request is tried again that surely never went out
REFUSED_PAUSE: Final = 30.0  # seconds; a token that is not accepted is told to the operator by whoever listens


class NoAnswer(ConnectionError):
    """Telegram did not answer, or not sensibly. What was asked of it may have been done."""


class FloodWait(TryLater):
    """Telegram itself asks to wait."""


class TooHeavyToSend(FigurineError):
    """The file has more bytes than Telegram takes from a bot. Fields: size, limit (both in MB)."""

    code = "error.file.heavy"


class Refusal(Exception):
    """Telegram understood, and did not do it."""


class NotModified(Refusal):
    """The message says just this already."""


class Uneditable(Refusal):
    """The message can't be changed, or is not there any more."""


class NoThread(Refusal):
    """The topic is closed or gone."""


class Shut(Refusal):
    """The bot may not write in this chat, or it is gone."""


class TooBig(Refusal):
    """The file is larger than Telegram hands over or takes."""


class NoFile(Refusal):
    """There is no file of that name any more."""


class NoPicture(Refusal):
    """Telegram can't show this as a picture."""


class Moved(Refusal):
    """The group has another id now: `chat`."""

    def __init__(self, chat: int) -> None:
        super().__init__()
        self.chat = chat


_FORBIDDEN: Final[tuple[tuple[str, type[Exception]], ...]] = (
    ("initiate conversation", Undeliverable),
    ("blocked by the user", Unreachable),
    ("user is deactivated", Unreachable),
)
_BAD: Final[tuple[tuple[str, type[Exception]], ...]] = (
    ("message is not modified", NotModified),
    ("message to edit not found", Uneditable),
    ("message can't be edited", Uneditable),
    ("message_id_invalid", Uneditable),
    ("in the message to edit", Uneditable),  # "there is no text", "there is no caption"
    ("thread not found", NoThread),
    ("topic_closed", NoThread),
    ("topic_deleted", NoThread),
    ("chat not found", Shut),
    ("peer_id_invalid", Shut),
    ("rights to send", Shut),
    ("chat_write_forbidden", Shut),
    ("chat_restricted", Shut),
    ("_forbidden", Shut),  # "chat_send_photos_forbidden" and its like
    ("channel_private", Shut),
    ("file is too big", TooBig),
    ("wrong file identifier", NoFile),
    ("wrong remote file", NoFile),
    ("file_reference_", NoFile),
    ("photo_invalid_dimensions", NoPicture),
    ("image_process_failed", NoPicture),
    ("photo is too big", NoPicture),
)


async def asked(call: Awaitable[Result]) -> Result:
    """What Telegram answers.

    Raises:
        TryLater: it was not done, and Telegram asks to wait, or could not be reached.
        Unreachable, Undeliverable: the person's own chat takes nothing.
        Refusal: it was not done.
        NoAnswer: it may have been done.
    """
    try:
        return await call
    except TelegramError as error:
        problem = meaning(error)
    raise problem  # Outside the handler, so that nothing of the library's error hangs on it.


def meaning(error: TelegramError) -> Exception:
    """The error in this adapter's words."""
    text = str(error).lower()
    match error:
        case RetryAfter():
            return FloodWait(_seconds(error.retry_after) + MARGIN)
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case InvalidToken():
            return TryLater(REFUSED_PAUSE)
        case Forbidden():
            return _first(_FORBIDDEN, text, Shut)
        case BadRequest():
            return _first(_BAD, text, Refusal)
        case NetworkError() if isinstance(
            error.__cause__, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
        ):
            return TryLater(NOT_SENT_PAUSE)
        case NetworkError() if "entity too large" in text:
            return TooBig()
        case _:
            return NoAnswer("telegram")


def _first(table: tuple[tuple[str, type[Exception]], ...], text: str, otherwise: type[Exception]) -> Exception:
    return next((kind for words, kind in table if words in text), otherwise)()


def _seconds(pause: int | dt.timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, dt.timedelta) else float(pause)

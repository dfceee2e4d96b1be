"""Discord does not let the bot in: why, in one sentence for the operator. And what the library may log."""

from __future__ import annotations

import logging
import re
from typing import Final

import discord

from bots.discord_bot.rest import retry_after
from core.errors import PlatformRefused

PORTAL: Final = "https://discord.com/developers/applications"
TOKEN_WRONG: Final = (
    f"Discord does not accept FIGURINE_DISCORD__TOKEN: make a new one at {PORTAL}, under Bot, and start again."
)
INTENTS: Final = f"Discord does not allow the bot's intents: look at {PORTAL}, under Bot."
SHARDS: Final = "Discord does not take the way in which the bot is split into shards."
BUSY: Final = "Discord asks the bot to wait before it signs in again."
USED_UP: Final = "Discord allows no more sign-ins for now; it counts a thousand within a day."
AGAIN: Final = 300.0  # seconds
SECRET: Final = re.compile(r"/(webhooks|interactions)/(\d+)/[^/\s?\"']+")
_GATEWAY: Final = {4004: TOKEN_WRONG, 4010: SHARDS, 4011: SHARDS, 4012: SHARDS, 4013: INTENTS, 4014: INTENTS}


def refusal(error: BaseException) -> PlatformRefused | None:
    """The refusal that an error of the library's means; None if it may be tried again soon."""
    if isinstance(error, discord.LoginFailure):
        return PlatformRefused(TOKEN_WRONG, AGAIN)
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return PlatformRefused(INTENTS, AGAIN)
    if isinstance(error, discord.ConnectionClosed) and error.code in _GATEWAY:
        return PlatformRefused(_GATEWAY[error.code], AGAIN)
    if isinstance(error, discord.RateLimited):
        return PlatformRefused(BUSY, error.retry_after)
    if isinstance(error, discord.HTTPException) and error.status == 429:
        return PlatformRefused(BUSY, retry_after(error))
    if isinstance(error, discord.HTTPException) and error.status == 401:
        return PlatformRefused(TOKEN_WRONG, AGAIN)
    return None


class Discreet(logging.Filter):
    """Keeps tokens and the texts of exceptions out of what the library logs."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record anew."""
        text = SECRET.sub(r"/\1/\2/***", record.getMessage())
        if self._token:
            text = text.replace(self._token, "***")
        kind = record.exc_info[0] if record.exc_info else None
        record.msg, record.args = f"{text} ({kind.__name__})" if kind else text, None
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def hush(token: str) -> None:
    """Let the library log only what matters, and no secret."""
    # A filter holds for its own logger only, so each of the library's gets one.
    logging.getLogger("discord").setLevel(logging.WARNING)
    for name in ["discord", *(name for name in logging.root.manager.loggerDict if name.startswith("discord."))]:
        logger = logging.getLogger(name)
        for old in [known for known in logger.filters if isinstance(known, Discreet)]:
            logger.removeFilter(old)
        logger.addFilter(Discreet(token))

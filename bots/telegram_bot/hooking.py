"""Updates by webhook: Telegram is told where to send them, and that is looked after."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from typing import Final

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bots.telegram_bot.keeping import ALLOWED
from bots.telegram_bot.patience import Patience
from bots.telegram_bot.polling import REJECTED, Times
from core.errors import PlatformRefused

log = logging.getLogger(__name__)

PATH: Final = "/telegram/webhook"
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
NO_ADDRESS: Final = (
    '[telegram] mode is "webhook", which needs [web] public_url: set it to the address under which Telegram reaches '
    'this server, or choose the mode "polling".'
)


def secret_of(token: str) -> str:
    """What Telegram proves itself with. It follows from the token, so there is nothing to configure."""
    return hmac.new(token.encode(), b"figurine telegram webhook", hashlib.sha256).hexdigest()


async def keep_hooked(bot: Bot, public_url: str, secret: str, times: Times) -> None:
    """Tell Telegram where updates go, and again whenever it has forgotten, until cancelled.

    Raises:
        PlatformRefused: there is no address, or the token is not accepted.
    """
    if not public_url:
        raise PlatformRefused(NO_ADDRESS)
    address, patience = public_url.rstrip("/") + PATH, Patience("setting Telegram's webhook", times.pause)
    told = False  # At each start once, since Telegram does not say which secret it sends.
    complained = False
    while True:
        refused = False
        try:
            now = await bot.get_webhook_info()
            if now.url != address or not told:
                await bot.set_webhook(address, secret_token=secret, allowed_updates=list(ALLOWED))
                told = True
        except InvalidToken:
            refused = True
        except TelegramError as error:
            await patience.wait(type(error).__name__)
            continue
        if refused:
            raise PlatformRefused(REJECTED)
        patience.over()
        unheard = bool(now.last_error_date and now.pending_update_count)
        if unheard and not complained:
            log.warning("Telegram does not reach the webhook: %d updates wait there", now.pending_update_count)
        complained = unheard
        await asyncio.sleep(times.look_after)

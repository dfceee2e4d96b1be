"""Updates by long polling. The offset moves only over what is kept, and a poll that hangs is found and healed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bots.telegram_bot.keeping import ALLOWED, Keeping
from bots.telegram_bot.patience import Patience
from bots.telegram_bot.refusals import meaning
from core.errors import PlatformRefused, TryLater
from core.supervision import to_the_end

log = logging.getLogger(__name__)

REJECTED = (
    "Telegram does not accept FIGURINE_TELEGRAM__TOKEN: get it from @BotFather with /token, set it, and start again."
)
CONFLICT = (
    "Another instance polls with the same token, or has set a webhook, and Telegram serves only one: stop the other "
    "one, and if it had set a webhook start this one again; or give this one a bot of its own."
)
STORE_PAUSE: Final = 5.0  # seconds at most until the store is tried again; it is near


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds: how long one poll waits, and beyond that for its answer; without any answer for how long the
    connection is made anew; the first pause after a failure; how long another instance is left alone; how often the
    webhook is looked after.
    """

    poll: int = 25
    answer: float = 10.0
    stalled: float = 50.0
    pause: float = 1.0
    conflict: float = 30.0
    look_after: float = 60.0


class Polling:
    """One run of the poll."""

    def __init__(self, bot: Bot, request: BaseRequest, keeping: Keeping, times: Times) -> None:
        """`request` is the one with which the bot polls, and nothing else."""
        self._bot = bot
        self._request = request
        self._keeping = keeping
        self._times = times
        self._patience = Patience("polling Telegram", times.pause)
        self._patience_with_store = Patience("keeping what came from Telegram", times.pause, STORE_PAUSE)
        self._offset: int | None = None
        self._kept: set[int] = set()  # of what lies behind an update that is not kept yet
        self._heard_at = time.monotonic()

    async def run(self) -> None:
        """Poll until cancelled; a batch that is in hand then is kept to its end.

        Raises:
            PlatformRefused: see bots.platforms.Platform.serve.
        """
        try:
            while True:
                updates = await self._poll()
                if updates:
                    await self._take(updates)
        except asyncio.CancelledError:
            await to_the_end(self._confirm())
            raise

    async def _poll(self) -> Sequence[Update]:
        """The next updates; none if there are none, or after a failure and its pause."""
        left = self._times.stalled - (time.monotonic() - self._heard_at)
        try:
            async with asyncio.timeout(max(min(left, self._times.poll + 2 * self._times.answer), 0.05)):
                updates = await self._bot.get_updates(
                    self._offset,
                    timeout=self._times.poll,
                    read_timeout=self._times.answer,
                    allowed_updates=list(ALLOWED),
                )
        except TimeoutError:
            await self._heal()
            return ()
        except TelegramError as error:
            await self._wait(error)
            return ()
        except Exception as error:  # noqa: BLE001 -- an answer that the library does not understand; it may be personal
            await self._patience.wait(type(error).__name__)
            return ()
        self._heard_at = time.monotonic()
        self._patience.over()
        return updates

    async def _wait(self, error: TelegramError) -> None:
        refusal: PlatformRefused | None = None
        if isinstance(error, InvalidToken):
            refusal = PlatformRefused(REJECTED)
        elif isinstance(error, Conflict):
            refusal = PlatformRefused(CONFLICT, self._times.conflict)
        if refusal:
            raise refusal from None
        wish = meaning(error)
        least = wish.seconds if isinstance(wish, TryLater) and isinstance(error, RetryAfter) else 0.0
        await self._patience.wait(type(error).__name__, least)
        if least:  # It was no silence.
            self._heard_at = time.monotonic()
        if time.monotonic() - self._heard_at > self._times.stalled:
            await self._heal()

    async def _heal(self) -> None:
        """Nothing was heard for too long: a connection may look alive and be dead, so all of them are made anew."""
        if time.monotonic() - self._heard_at >= self._times.stalled:
            level = logging.DEBUG if self._patience.is_tried else logging.WARNING  # That it fails is told already.
            log.log(level, "Telegram answers no poll for %.0f s: the connection is made anew", self._times.stalled)
            await self._request.shutdown()
            await self._request.initialize()
            self._heard_at = time.monotonic()

    async def _take(self, updates: Sequence[Update]) -> None:
        before = len(self._kept)
        try:
            await to_the_end(self._keep([update for update in updates if update.update_id not in self._kept]))
        finally:
            nothing = len(self._kept) == before
            missing = [update.update_id for update in updates if update.update_id not in self._kept]
            self._offset = min(missing, default=max(update.update_id for update in updates) + 1)
            self._kept = {number for number in self._kept if number > self._offset}
        if not missing:
            self._patience_with_store.over()
        elif nothing:  # Else somebody's trouble would make everyone wait.
            await self._patience_with_store.wait(self._keeping.trouble)
        self._heard_at = time.monotonic()  # What keeping took is not Telegram's silence.

    async def _keep(self, updates: Sequence[Update]) -> None:
        self._kept |= await self._keeping.keep_all(updates)

    async def _confirm(self) -> None:
        """Tell Telegram what is kept, so that it does not come again at the next start. If it does, no harm is done."""
        if self._offset is None:
            return
        with suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(2):
                await self._bot.get_updates(self._offset, limit=1, timeout=0, allowed_updates=list(ALLOWED))

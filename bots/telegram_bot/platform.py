"""Telegram as a platform of the service."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import AIORateLimiter, ApplicationBuilder

from bots.conversation.conversation import Conversation
from bots.platforms import Hook, Read
from bots.telegram_bot.asides import Asides
from bots.telegram_bot.courtesies import Courtesies
from bots.telegram_bot.fetching import Fetching
from bots.telegram_bot.hooking import HEADER, PATH, keep_hooked, secret_of
from bots.telegram_bot.keeping import App, Keeping
from bots.telegram_bot.menus import Menus
from bots.telegram_bot.messenger import TelegramMessenger
from bots.telegram_bot.pace import PER_SECOND, Pace
from bots.telegram_bot.patience import Patience
from bots.telegram_bot.polling import REJECTED, Polling, Times
from bots.telegram_bot.quiet import hushed
from bots.telegram_bot.requesting import Request
from bots.telegram_bot.translating import NAME
from core.clock import SystemClock
from core.errors import PlatformRefused, TryLater
from core.ports import Clock
from core.settings import Settings
from core.stores import Memos, Posts
from core.supervision import in_background, stop

log = logging.getLogger(__name__)

CONNECTIONS: Final = 64


class NotKept(Exception):
    """What a webhook brought could not be kept: Telegram sends it again."""


class TelegramPlatform:
    """bots.platforms.Platform."""

    name = NAME

    def __init__(
        self,
        settings: Settings,
        posts: Posts,
        memos: Memos,
        times: Times | None = None,
        clock: Clock | None = None,
        per_second: int = PER_SECOND,
    ) -> None:
        """`per_second` is how many messages go out over all chats; more than 30 costs Telegram's paid broadcasts."""
        self._settings = settings
        self._token = settings.telegram.token.get_secret_value()
        self._times = times or Times()
        base = settings.telegram.api_base
        self._polls = Request(base, 2, read_timeout=self._times.answer, wait=5)
        self._calls = Request(base, CONNECTIONS, read_timeout=20, wait=20)
        with hushed(self._token):
            self._application = self._build(per_second)
        bot, limits, pace = self._application.bot, settings.telegram, Pace(per_second)
        self._courtesies = Courtesies()
        self._fetching = Fetching(bot, limits.file_base, limits.fetch_mb)
        self._menus = Menus(bot, memos, settings.operators.telegram)
        self._open = AsyncExitStack()
        self.messenger = TelegramMessenger(
            bot, self._fetching, posts, self._courtesies, pace, clock or SystemClock(), limits.send_mb, memos
        )
        asides = Asides(bot, self.messenger, self._courtesies, pace)
        self._keeping = Keeping(self._application, posts, self._courtesies, pace, asides)
        self._unhooked = False

    async def __aenter__(self) -> Self:
        self._open.enter_context(hushed(self._token))
        await self._open.enter_async_context(self._polls)
        await self._open.enter_async_context(self._calls)
        await self._open.enter_async_context(self._fetching)
        self._open.push_async_callback(self._application.shutdown)
        self._open.push_async_callback(self._courtesies.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def serve(self, conversation: Conversation) -> None:
        """See Platform."""
        self._keeping.conversation = conversation
        await self._meet()
        telling = in_background(self._tell(), "telling Telegram the commands")
        try:
            if self._settings.telegram.mode == "webhook":
                secret = secret_of(self._token)
                await keep_hooked(self._application.bot, self._settings.web.public_url, secret, self._times)
            else:
                await Polling(self._application.bot, self._polls, self._keeping, self._times).run()
        finally:
            await stop(telling)

    def hooks(self) -> Mapping[str, Hook]:
        """See Platform."""

        async def hook(read: Read, headers: Mapping[str, str]) -> int:
            return 200 if await self.webhook(read, headers.get(HEADER, "")) else 401

        return {PATH: hook} if self._settings.telegram.mode == "webhook" else {}

    async def webhook(self, read: Read, secret: str) -> bool:
        """Keep an update that Telegram brings. False: it was not Telegram, whose words are not even read then.

        Raises:
            NotKept: it has to come again.
        """
        if not hmac.compare_digest(secret.encode(errors="surrogateescape"), secret_of(self._token).encode()):
            return False
        body = await read()
        try:
            update = Update.de_json(json.loads(body), self._application.bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            log.error("a webhook brought something that is no update")
            return True
        if self._keeping.conversation is None or not await self._keeping.keep(update):
            raise NotKept
        return True

    async def told(self) -> None:
        """See Platform.

        Raises:
            TryLater, NoAnswer: Telegram does not take it now.
        """
        if self.messenger.username:  # Before the bot has signed in there is nobody to tell; it is told then.
            await self._menus.tell()

    def _build(self, per_second: int) -> App:
        """The library's Application without what is not durable: its own updater, its queue, its scheduler."""
        limits = self._settings.telegram
        limiter = AIORateLimiter(per_second, 1.0, group_max_rate=0)  # bots.telegram_bot.pace has the groups.
        return (
            ApplicationBuilder()
            .token(self._token)
            .base_url(limits.api_base)
            .base_file_url(limits.file_base)
            .request(self._calls)
            .get_updates_request(self._polls)
            .updater(None)
            .job_queue(None)
            .rate_limiter(limiter)
            .build()
        )

    async def _meet(self) -> None:
        """Learn who the bot is, however long it takes; where it polls, an earlier webhook goes.

        A webhook that is set later is another instance's: to fight over it would make both lose.

        Raises:
            PlatformRefused: the token is not accepted.
        """
        patience, bot = Patience("signing in at Telegram", self._times.pause), self._application.bot
        while True:
            refused = False
            try:
                await self._application.initialize()
                if self._settings.telegram.mode == "polling" and not self._unhooked:
                    await bot.delete_webhook(drop_pending_updates=False)
                    self._unhooked = True
                break
            except InvalidToken:  # Its text holds the token.
                refused = True
            except TelegramError as error:
                await patience.wait(type(error).__name__)
            if refused:
                raise PlatformRefused(REJECTED)
        patience.over()
        self.messenger.username = bot.username

    async def _tell(self) -> None:
        """Tell the commands until Telegram has taken them all."""
        patience = Patience("telling Telegram the commands", self._times.pause, longest=300.0)
        while True:
            try:
                await self.told()
                patience.over()
                return
            except (TryLater, ConnectionError) as error:
                least = error.seconds if isinstance(error, TryLater) else 0.0
                await patience.wait(type(error).__name__, least)

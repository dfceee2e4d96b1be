"""Discord as the service sees it: bots.platforms.Platform."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import discord

from bots.conversation.conversation import Conversation
from bots.conversation.events import Event
from bots.discord_bot.asides import Asides
from bots.discord_bot.client import GatewayClient
from bots.discord_bot.commands import Tree, tell
from bots.discord_bot.directs import Directs
from bots.discord_bot.fetching import Fetcher
from bots.discord_bot.messenger import DiscordMessenger
from bots.discord_bot.refusals import hush, refusal
from bots.discord_bot.rest import Line, configure
from bots.discord_bot.signins import Manners, SignIns
from bots.discord_bot.translating import PLATFORM, Locales
from bots.discord_bot.waiting import Pendings
from bots.platforms import Hook
from core.clock import SystemClock
from core.ports import Clock
from core.settings import Settings
from core.stores import Memos, Posts
from core.supervision import in_background, stop

log = logging.getLogger(__name__)

COMMANDS: Final = "discord.commands"
"""The memo with the fingerprint of the commands that Discord was told of last."""


class DiscordPlatform:
    """See bots.platforms.Platform."""

    name = PLATFORM

    def __init__(
        self,
        settings: Settings,
        posts: Posts,
        memos: Memos,
        clock: Clock | None = None,
        manners: Manners | None = None,
    ) -> None:
        configure(settings.discord)
        self._token = settings.discord.token.get_secret_value()
        self._operators = bool(settings.operators.discord)
        self._engraved = settings.figurines.engraving_max
        self._memos = memos
        self._manners = manners or Manners()
        self._line = Line()
        self._pendings = Pendings()
        self._locales = Locales()
        self._fetcher = Fetcher(settings.discord.api_base, self._line)
        clock = clock or SystemClock()
        self._directs = Directs(posts, clock)
        self._sign_ins = SignIns(memos, clock, self._manners)
        self._tree: Tree | None = None
        self.messenger = DiscordMessenger(self._line, posts, self._pendings, self._fetcher, self._directs, clock)
        self._asides = Asides(self.messenger)

    async def __aenter__(self) -> Self:
        hush(self._token)
        self._open = AsyncExitStack()
        await self._open.enter_async_context(self._fetcher)
        self._open.push_async_callback(self._line.close)
        self._open.push_async_callback(self._asides.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def hooks(self) -> Mapping[str, Hook]:
        """None: everything comes over the gateway."""
        return {}

    async def serve(self, conversation: Conversation) -> None:
        """See bots.platforms.Platform. The connection is made anew as often as that helps."""
        retry = self._manners.retry
        while True:
            try:
                await self._line.login(self._token)
                await self._tell_if_possible()
                await self._wait_for_sign_in()
                if await self._connected(conversation):
                    retry = self._manners.retry
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                if refused := refusal(error):
                    raise refused from None
                log.warning("Discord is out of reach (%s); next try in %.0f s", type(error).__name__, retry)
            await asyncio.sleep(retry)
            retry = min(2 * retry, self._manners.longest_retry)

    async def told(self) -> None:
        """See bots.platforms.Platform. Before the bot is logged in there is nobody to tell; `serve` does it then."""
        if self._line.bot:
            await self._tell()

    async def _tell_if_possible(self) -> None:
        try:
            await self._tell()
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            if refused := refusal(error):
                raise refused from None
            log.warning("Discord was not told of the commands: %s", type(error).__name__)

    async def _tell(self) -> None:
        if self._tree is None:
            self._tree = Tree(self._line.client, _nobody, self._operators, self._engraved)
        known = await self._memos.get(COMMANDS)
        fingerprint = await tell(self._tree, known)
        if fingerprint != known:
            await self._memos.put(COMMANDS, fingerprint)

    async def _wait_for_sign_in(self) -> None:
        pause = await self._sign_ins.pause()
        if pause > 0:
            log.warning("Discord: many sign-ins lately, so the next one is in %.0f s", pause)
            await asyncio.sleep(pause)

    async def _connected(self, conversation: Conversation) -> bool:
        """One connection, until it is beyond mending; whether it ever stood. Raises what the library raises."""
        client = GatewayClient(
            conversation,
            self._pendings,
            self._locales,
            self._line,
            self._asides,
            self._directs,
            self._sign_ins,
            self._manners,
            self._operators,
            self._engraved,
        )
        try:
            await client.login(self._token)
            connection = in_background(client.connect(), "the gateway of Discord")
            watch = in_background(self._watch(client), "the watch over the gateway of Discord")
            try:
                await asyncio.wait([connection, watch], return_when=asyncio.FIRST_COMPLETED)
                if connection.done():
                    await connection
            except asyncio.CancelledError:
                if client.up_since and not client.down:  # It ends in order, which is no reason to be careful next time.
                    await self._sign_ins.forgive()
                raise
            finally:
                await stop(watch)
                await stop(connection)
        finally:
            await client.finish()
        return bool(client.up_since)

    async def _watch(self, client: GatewayClient) -> None:
        """Wait until a connection has been gone for too long, or signs in too often."""
        loop = asyncio.get_running_loop()
        started, forgiven = loop.time(), False
        while True:
            try:
                async with asyncio.timeout(self._manners.look):
                    await client.exhausted.wait()
                return
            except TimeoutError:
                pass
            now = loop.time()
            since = [*client.down.values(), *([] if client.up_since else [started])]
            if since and now - min(since) > self._manners.lost:
                log.warning("Discord's gateway has been gone for %.0f s; it is connected to anew", now - min(since))
                return
            if client.up_since and not since and not forgiven and now - client.up_since > self._manners.healthy:
                await self._sign_ins.forgive()
                forgiven = True


async def _nobody(interaction: discord.Interaction[Any], event: Event, private: bool, about: str) -> None:
    """Commands that are only told of are used by nobody."""

"""Carries messages to Discord: as the answer to an interaction, in its channel, or as a direct message."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Reply
from bots.discord_bot import places
from bots.discord_bot.directs import Directs
from bots.discord_bot.fetching import Fetcher
from bots.discord_bot.places import Post
from bots.discord_bot.rest import Line, Refused, UnlessClosed
from bots.discord_bot.routes import Letter, Routes
from bots.discord_bot.translating import PLATFORM
from bots.discord_bot.waiting import Pendings
from core.errors import FigurineError, Gone, TryLater, Undeliverable
from core.ports import Clock
from core.stores import Posts

TYPING: Final = 8.0  # seconds for which Discord shows it
TYPING_MOST: Final = 2.0  # seconds that showing it may take
CHANNELS_MOST: Final = 5_000


class DiscordMessenger:
    """bots.conversation.services.Messenger for Discord."""

    edit_pause = 2.0
    whispers = True

    def __init__(
        self, line: Line, posts: Posts, pendings: Pendings, fetcher: Fetcher, directs: Directs, clock: Clock
    ) -> None:
        self._line = line
        self._posts = posts
        self._pendings = pendings
        self._fetcher = fetcher
        self._directs = directs
        self._clock = clock
        self._routes = Routes(line, pendings)
        self._typed: dict[str, float] = {}

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        """See Messenger. Raises TryLater, Unreachable, Undeliverable, ConnectionError."""
        if reply.passing and self._line.refusals.crowded:
            return
        await self._directs.answered(chatter.id, reply.person)
        letter = Letter(chatter, reply, places.address(reply.place))
        for _ in range(len(reply.files) + 1):
            try:
                await self._send(letter)
                return
            except Refused as error:
                if not error.too_large:
                    raise Undeliverable(f"discord {error}") from None
                letter = letter.smaller()
        raise Undeliverable("discord takes none of its files")

    async def _send(self, letter: Letter) -> None:
        reply = letter.reply
        answer = await self._answered(letter)
        post = answer or await self._edited(letter) or await self._routes.send(letter)
        if reply.key and post:
            with suppress(Gone):  # They have been erased meanwhile.
                await self._posts.keep(reply.person, PLATFORM, reply.key, post.pack(), self._clock.now())
        if post and post.alone and not post.token:
            await self._directs.sent(letter.chatter.id, reply.person, post.channel, int(post.message))
        if reply.first and not answer:
            await self._release(letter)

    async def _answered(self, letter: Letter) -> Post | None:
        """The first answer to an interaction acknowledges it, or takes the place of what shows that the bot thinks."""
        address = letter.address
        if not letter.reply.first:
            return None
        pending = self._pendings.waiting(address.token) if letter.is_light else None
        with UnlessClosed():
            if pending and pending.take():
                post = await self._routes.acknowledge(letter, pending)
            elif await self._routes.can_answer(address):
                post = await self._routes.answer(letter)
            else:
                return None
            self._pendings.forget(address.token)
            return post
        return None

    async def _release(self, letter: Letter) -> None:
        """The first answer went elsewhere: what shows that the bot thinks goes, or leads there."""
        pending = self._pendings.waiting(letter.address.token) or self._pendings.oldest(letter.chatter.id)
        if pending is None:
            return
        self._pendings.forget(pending.address.token)
        with suppress(Refused, TryLater, ConnectionError):
            await self._routes.release(pending.address, letter)

    async def _edited(self, letter: Letter) -> Post | None:
        """Put it in the place of the message with the same key, where that can still be changed."""
        reply = letter.reply
        known = await self._posts.find(reply.person, PLATFORM, reply.key) if reply.key and not reply.first else None
        post = places.post(known) if known else None
        if post is None or not post.message or (reply.private and not post.alone):
            return None
        return await self._routes.edit(letter, post)

    async def typing(self, chatter: Chatter, place: str) -> None:
        """Show that something is being written, if that takes no time. What is waited for shows it by itself."""
        address = places.address(place)
        if address.token or address.whispered:
            return
        channel = address.channel or chatter.id
        now = asyncio.get_running_loop().time()
        if now - self._typed.get(channel, -TYPING) < TYPING:
            return
        if len(self._typed) >= CHANNELS_MOST:
            self._typed.clear()
        self._typed[channel] = now
        with suppress(Refused, FigurineError, OSError, TimeoutError):
            async with asyncio.timeout(TYPING_MOST):
                await self._line.typing(address.channel or await self._line.direct(chatter.id))

    async def fetch(self, file: FileRef, most: int) -> bytes:
        """See Messenger."""
        return await self._fetcher.fetch(file, most)

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:  # noqa: ARG002 -- see Messenger
        """See Messenger. A thread begins at the message that was pressed or answered, where there is one."""
        address = places.address(place)
        if not address.threads or address.whispered:
            return place
        try:
            opened = await self._line.thread(address.channel, address.message, title)
        except (Refused, ConnectionError):
            return place
        kept = replace(address, channel=opened, token="", message="", pressed=False, threads=False, most=0)
        return kept.pack()

    def home(self, chatter: Chatter) -> str:  # noqa: ARG002 -- the same for everybody
        """See Messenger."""
        return self._line.home

"""How far everybody's direct messages have been read. Discord keeps nothing for a bot that is away, so it must look."""

from __future__ import annotations

import datetime as dt
import json
from collections import OrderedDict
from contextlib import suppress
from typing import Final

import discord

from bots.discord_bot.translating import PLATFORM
from core.errors import FigurineError
from core.ports import Clock
from core.stores import Posts

KEY: Final = "direct"
"""The key of the post that says how far a person's direct messages have been read."""
USED_WITHIN: Final = dt.timedelta(days=7)
TOO_LATE: Final = dt.timedelta(days=1)  # after which nobody waits for an answer any more
CHANNELS_MOST: Final = 5_000  # that are looked through, those used last first
MESSAGES_MOST: Final = 100  # of each
REMEMBERED: Final = 20_000  # people


class Directs:
    """Remembers for each person the channel and the newest thing that was kept of it.

    That is written down when the person is answered, since their number is known then. While a look for what was
    missed goes on, nothing is: what came after it would hide it from the next look, should this one be cut short.
    """

    def __init__(self, posts: Posts, clock: Clock) -> None:
        self._posts = posts
        self._clock = clock
        self._heard: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._answered: dict[str, int] = {}
        self._looking = False

    def heard(self, person: str, channel: str, newest: int) -> None:
        """Something with that id of Discord's was kept."""
        if newest <= self._heard.get(person, ("", 0))[1]:
            return
        self._heard[person] = (channel, newest)
        if len(self._heard) > REMEMBERED:
            self._answered.pop(self._heard.popitem(last=False)[0], None)

    async def answered(self, person: str, number: int) -> None:
        """A person is answered; `number` is the service's own for them."""
        if number and person in self._heard:
            if self._looking:
                self._answered[person] = number
            else:
                await self._keep(number, *self._heard.pop(person))

    async def sent(self, person: str, number: int, channel: str, message: int) -> None:
        """They were written to in direct messages, which they may answer there even if they never wrote before."""
        if not number or person in self._known:
            return
        self._known[person] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        with suppress(FigurineError):  # They have their message.
            if await self._posts.find(number, PLATFORM, KEY) is None:
                await self._keep(number, channel, message)

    async def _keep(self, number: int, channel: str, newest: int) -> None:
        payload = json.dumps({"channel": channel, "newest": newest}).encode()
        with suppress(FigurineError):  # They have been erased meanwhile, or it is written down the next time.
            await self._posts.keep(number, PLATFORM, KEY, payload, self._clock.now())

    def begin(self) -> None:
        """A look for what was missed begins."""
        self._looking = True

    async def end(self) -> None:
        """It is over."""
        self._looking = False
        answered, self._answered = self._answered, {}
        for person, number in answered.items():
            await self.answered(person, number)

    async def channels(self) -> list[tuple[int, int]]:
        """The channels to look through, and the id after which to look."""
        now = self._clock.now()
        oldest = discord.utils.time_snowflake(now - TOO_LATE)
        posts = self._posts.all_of(PLATFORM, KEY, now - USED_WITHIN, CHANNELS_MOST)
        known = [json.loads(payload) async for _, payload in posts]
        return [(int(post["channel"]), max(int(post["newest"]), oldest)) for post in known]

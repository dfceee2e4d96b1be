"""People for the soak who are on both platforms, and whose accounts become one and two again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from benchmarks.soak_on_discord import OnDiscord
from benchmarks.soak_on_telegram import OnTelegram
from benchmarks.soak_people import Somebody

ONE_IN: Final = 20  # people is on both platforms
TRIES: Final = 20  # to link an account that has something under way


class Twins:
    """Pairs of a person on Telegram and one on Discord. `links` counts how often they became one account."""

    def __init__(self, telegram: OnTelegram, discord: OnDiscord, chance: random.Random) -> None:
        self.telegram = telegram
        self.discord = discord
        self.chance = chance
        self.links = 0
        self.pairs: list[tuple[Somebody, Somebody]] = []
        waiting = list(discord.everybody)
        for here in telegram.everybody:
            if len(self.pairs) * ONE_IN >= len(telegram.everybody):
                break
            there = next((one for one in waiting if one.language.partition("-")[0] == here.language), None)
            if there is not None:
                waiting.remove(there)
                here.twin, there.twin = there, here
                self.pairs.append((here, there))

    async def somebody_acts(self) -> None:
        """One idle pair does something."""
        idle = [pair for pair in self.pairs if pair[0].idle]
        if not idle:
            return
        here, there = self.chance.choice(idle)
        if not here.linked:
            way: Callable[[Somebody, Somebody], Awaitable[None]] = self.link
        else:
            way = self.chance.choices((self.both, self.order, self.unlink), (5, 3, 3))[0]
        there.busy = True
        try:
            await self.telegram.does(here, f"both, {way.__name__}", lambda: way(here, there))
            self.discord.took_part.add(id(there))
        finally:
            there.busy = False

    async def link(self, here: Somebody, there: Somebody) -> None:
        """Have a code told on Telegram, and type it on Discord."""
        if not here.agreed:
            await self.telegram.arrive(here)
        if not there.agreed:
            await self.discord.arrive(there)
        for _ in range(TRIES):
            if await self.discord.types_code(there, await self.telegram.code(here)):
                await self.telegram.is_told(here)
                here.linked = there.linked = True
                self.links += 1
                return
            await asyncio.sleep(3)
        raise AssertionError("the account was never free to be linked")

    async def both(self, here: Somebody, there: Somebody) -> None:
        """Do something on both platforms at once."""
        await asyncio.gather(self.telegram.look(here, "history"), self.discord.look(there, "queue"))

    async def order(self, here: Somebody, there: Somebody) -> None:
        """Order on one platform, and look on the other what there is."""
        if self.chance.random() < 0.5:
            await self.telegram.order(here)
            await self.discord.look(there, "history")
        else:
            await self.discord.order(there)
            await self.telegram.look(here, "history")

    async def unlink(self, here: Somebody, there: Somebody) -> None:
        """Let one platform leave the account; there everything begins anew."""
        if self.chance.random() < 0.5:
            await self.telegram.lets_go(here)
            there.agreed = False
        else:
            await self.discord.lets_go(there)
            here.agreed = False
        here.linked = there.linked = False

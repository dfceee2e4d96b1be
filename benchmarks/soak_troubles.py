"""What goes wrong on purpose in the soak: the kind that was felt least often comes next."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from benchmarks.soak_people import Crowd
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer

EVERY: Final = 24.0  # seconds
SETTLES: Final = 8.0  # seconds after the end of a fault in which it may still be felt
STALLED: Final = 45.0  # seconds after which a poll that is never answered is given up, and what waited is answered
NOBODY: Final = "http://127.0.0.1:9"
POLLING, WEBHOOK = "polling", "webhook"
STALL: Final = "telegram, polls are stalled"
OF_THE_WEBHOOK: Final = ("telegram, the webhook is not reached", "telegram, the webhook's answers are lost")
GATEWAY: Final = ("discord, the gateway is cut", "discord, the gateway is asked to reconnect")
OF_A_LINE: Final = (STALL, *GATEWAY)
"""What happens to a line that is always there, and not to requests."""
SHORT: Final = (
    "telegram, answers are lost",
    "telegram, connections are cut",
    "telegram, 429 for what is sent",
    *OF_THE_WEBHOOK,
    "discord, answers are lost",
    "discord, 500 for what is sent",
    "discord, 429 for everything",
)
"""What is over after a few seconds."""


class Troubles:
    """`counts` says how often each kind came and was felt, `struck` by how many requests.

    `mode` is how updates come from Telegram now.
    """

    def __init__(self, telegram: TelegramServer, discord: DiscordServer, chance: random.Random, harsh: bool) -> None:
        """`harsh`: also what takes the service a minute to find out."""
        self.telegram = telegram
        self.discord = discord
        self.chance = chance
        self.mode = POLLING
        self.front: dict[str, str] = {}
        self.possible = {name: fault for name, fault in self._all().items() if harsh or name in SHORT}
        self.counts: Counter[str] = Counter(dict.fromkeys(self.possible, 0))
        self.struck: Counter[str] = Counter()

    async def run(self, crowd: Crowd, ends: float) -> None:
        """Let something go wrong on the crowd's platform again and again."""
        every = min(EVERY, (ends - time.monotonic()) / 6)
        async with asyncio.TaskGroup() as group:
            while time.monotonic() + every < ends:
                await asyncio.sleep(every / 2)
                await self._one(crowd, every, group)
                await asyncio.sleep(every / 3)

    async def _one(self, crowd: Crowd, every: float, group: asyncio.TaskGroup) -> None:
        name, before = self._next(crowd.name), self._met(crowd.name)
        crowd.troubled_at = max(crowd.troubled_at, time.monotonic() + every / 6 + SETTLES)
        self.possible[name]()
        if "downloads" in name:
            group.create_task(crowd.somebody_orders())
        await asyncio.sleep(every / 6)
        struck = 1 if name in OF_A_LINE else self._met(crowd.name) - before
        self.counts[name] += struck > 0
        self.struck[name] += struck
        self.heal(crowd.name)
        if name == STALL:
            crowd.troubled_at = max(crowd.troubled_at, time.monotonic() + STALLED + SETTLES)
            await asyncio.sleep(STALLED)

    def _met(self, platform: str) -> int:
        """How many requests of the service, or of Telegram to it, something has happened to so far."""
        if platform == "telegram":
            return self.telegram.faults.struck + self.telegram.webhook.refused
        return self.discord.faults.struck

    def _next(self, platform: str) -> str:
        never = (STALL,) if self.mode == WEBHOOK else OF_THE_WEBHOOK
        names = [name for name in self.possible if name.startswith(platform) and name not in never]
        if self.telegram.faults.polling_connection is None and STALL in names:
            names.remove(STALL)
        self.chance.shuffle(names)
        return min(names, key=self.counts.__getitem__)

    def heal(self, platform: str) -> None:
        """Everything works again."""
        if platform == "telegram":
            self.telegram.faults.heal()
            self.telegram.webhook.front, self.telegram.webhook.lost = self.front, 0
        else:
            self.discord.faults.clear()
            self.discord.faults.cdn_speed = 0.0
            self.discord.faults.cdn_failures = 0

    def _all(self) -> dict[str, Callable[[], None]]:
        """What can go wrong, by its name."""
        t, d, hook = self.telegram.faults, self.discord.faults, self.telegram.webhook
        return {
            "telegram, 500 for what is sent": lambda: t.fail("*send", 30, 500),
            "telegram, 502 for everything": lambda: t.fail("*", 30, 502),
            "telegram, answers are lost": lambda: t.lose_answer("*send", 5),
            "telegram, connections are cut": lambda: t.drop("*", 10),
            "telegram, 429 for what is sent": lambda: t.flood("*send", 40, 2),
            "telegram, slow answers": lambda: t.delay("*send", 15, 2.0),
            STALL: t.stall_polling,
            "telegram, slow downloads": lambda: t.slow_downloads(1_000),
            OF_THE_WEBHOOK[0]: lambda: setattr(hook, "front", dict.fromkeys(self.front, NOBODY)),
            OF_THE_WEBHOOK[1]: lambda: setattr(hook, "lost", 10),
            "discord, 500 for what is sent": lambda: d.fail("everything", 20, 500),
            "discord, answers are lost": lambda: d.lose_answer("send", 5),
            "discord, 429 for everything": lambda: d.storm("everything", 30, 1.0),
            "discord, slow answers": lambda: d.delay("everything", 1.0, 20),
            GATEWAY[0]: d.drop_gateway,
            GATEWAY[1]: d.ask_to_reconnect,
            "discord, slow downloads": lambda: setattr(d, "cdn_speed", 100.0),
            "discord, downloads fail": lambda: setattr(d, "cdn_failures", 5),
        }

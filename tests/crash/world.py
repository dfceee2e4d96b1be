"""A service of two processes on one data folder, its people, and whoever kills it."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.killing import Killer, Service
from tests.crash.people import Markers, life
from tests.crash.platform import Platform, Said
from tests.crash.rows import rows
from tests.crash.watching import Watcher

PLATFORMS: Final = ("crash", "bang")
UNSETTLED: Final = (
    "SELECT (SELECT count(*) FROM inbox WHERE handled_at IS NULL),"
    " (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')),"
    " (SELECT count(*) FROM job WHERE status NOT IN ('delivered', 'failed', 'cancelled', 'expired'))"
)


@dataclass(frozen=True)
class Plan:
    """How much is done. `pause` is how long each stage of the engine takes, `between` two kills, in seconds."""

    people: int
    orders: int
    kills: int
    seed: int = 1
    pause: float = 0.02
    between: tuple[float, float] = (0.2, 1.6)


@dataclass
class World:
    """What has happened. `url` is that of PostgreSQL, empty for SQLite."""

    folder: Path
    url: str
    markers: Markers = field(default_factory=Markers)
    platforms: list[Platform] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    found: set[tuple[str, bytes]] = field(default_factory=set)
    rounds: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def said(self) -> list[Said]:
        return [said for platform in self.platforms for said in platform.said()]

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        return await rows(self.url, self.data, statement)

    async def lives(self, plan: Plan) -> None:
        """Everything that people do, while processes are killed; then what is left to do, in peace.

        Raises:
            AssertionError: a process ended by itself, or nothing more happens.
        """
        chance = random.Random(plan.seed)  # noqa: S311 -- what to do, and when to kill
        share = plan.orders // plan.people
        lives = [life(self.markers, number, share, chance) for number in range(plan.people)]
        self.platforms = [Platform(name, self.folder, lives[i::2], chance) for i, name in enumerate(PLATFORMS)]
        async with AsyncExitStack() as stack:
            for platform in self.platforms:
                await stack.enter_async_context(platform)
            services = [Service(platform, self.folder, self.url, plan.pause) for platform in self.platforms]
            killer = Killer(services, chance)
            stack.callback(killer.end)
            watched = [self.data, self.folder / "tmp", *self.folder.glob("*.errors")]
            with Watcher(watched, self.markers.all) as watcher:
                begun = time.monotonic()
                while sum(killer.kills.values()) < plan.kills:
                    await asyncio.sleep(chance.uniform(*plan.between))
                    await asyncio.to_thread(killer.strike)
                calm = time.monotonic()
                await self.settled()
                self.seconds = {"killing": calm - begun, "settling": time.monotonic() - calm}
            self.kills, self.found, self.rounds = dict(killer.kills), watcher.found, watcher.rounds

    async def settled(self, within: float = 120.0) -> None:
        """Wait until nothing is left to do."""
        left: object = None
        for _ in range(int(within / 0.1)):
            waiting = sum(platform.waiting for platform in self.platforms)
            if not waiting and (self.data / "in-use.lock").exists():
                (left,) = await self.rows(UNSETTLED)
                if left == (0, 0, 0):
                    return
            await asyncio.sleep(0.1)
        errors = [file.read_text()[-1_000:] for file in self.folder.glob("*.errors")]
        raise AssertionError(f"{waiting} updates wait; updates, messages and orders under way: {left}; {errors}")

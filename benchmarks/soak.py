"""The whole service for a long time, with thousands of people and much that goes wrong.

    python -m benchmarks.soak [--minutes 20] [--people 2000] [--rate 5]

As many people on each platform as `--people` talk, order, cancel, block and come back, `--rate` times a second on each.
The stand-ins run in this process, the service in one of its own, with its real pace. Every half minute something goes
wrong; every minute the service's clock goes on by six hours while nobody waits. SOAK_MINUTES sets the minutes, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.soak_people import Crowd, OnDiscord, OnTelegram, Seen
from benchmarks.updates import cpu, cpu_of_all
from storage.database import FILE_NAME
from tests.databases import put_migrated_file
from tests.served import environment, settings_for
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer

FAULT_EVERY: Final = 30.0  # seconds
SETTLES: Final = 8.0  # seconds after the end of a fault in which it may still be felt
CLOCK_EVERY: Final = 60.0  # seconds
QUIET_WITHIN: Final = 180.0  # seconds
SHORT: Final = (
    "telegram, answers are lost",
    "telegram, connections are cut",
    "telegram, 429 for what is sent",
    "discord, answers are lost",
    "discord, 500 for what is sent",
    "discord, 429 for everything",
)
"""What is over after a few seconds."""
MOST_MEMORY: Final = 200.0  # MB
MOST_LAG: Final = 50.0  # milliseconds, of 95 in 100 looks at the loop
MOST_WAIT: Final = 1.0  # seconds, of 95 in 100 answers


@dataclass
class Figures:
    """What came of it."""

    seconds: float
    seen: Seen
    took_part: int
    updates: dict[str, int]
    faults: Counter[str]
    moved: int
    lines: list[dict[str, Any]]  # see benchmarks.soak_service
    cpu: float  # of the service's own process, in cores
    all_cpu: float
    left: dict[str, int]
    wrong: list[str] = field(default_factory=list)

    @property
    def lags(self) -> list[float]:
        return sorted(lag for line in self.lines for lag in line["lags"])

    @property
    def memory(self) -> list[float]:
        return [line["memory"] for line in self.lines]


class Soak:
    """One run."""

    def __init__(self, people: int, rate: float, chance: random.Random, harsh: bool) -> None:
        """`harsh`: also what takes the service a minute to find out."""
        self.harsh = harsh
        self.people = people
        self.rate = rate
        self.chance = chance
        self.seen = Seen()
        self.faults: Counter[str] = Counter()
        self.moved = 0
        self.pausing = False
        self.wrong: list[str] = []

    async def run(self, seconds: float, folder: Path) -> Figures:
        """Play it."""
        telegram, discord = TelegramServer(), DiscordServer()
        async with telegram, discord:
            crowds = [
                OnTelegram(self.seen, self.chance, telegram, self.people),
                OnDiscord(self.seen, self.chance, discord, self.people),
            ]
            settings = settings_for(folder, telegram, discord)
            await put_migrated_file(folder / "data")
            async with self._service(environment(settings), folder) as service:
                await telegram.until_polled(30)
                await discord.gateway.ready()
                while not discord.commands.get(0):  # noqa: ASYNC110 -- the library tells them in its own time
                    await asyncio.sleep(0.05)
                first = len(_lines(folder))
                before, begun = (cpu(service.pid), cpu_of_all(service.pid)), time.monotonic()
                async with asyncio.TaskGroup() as group:
                    plays = [group.create_task(self._play(crowd, begun + seconds, group)) for crowd in crowds]
                    troubles = group.create_task(self._trouble(telegram, discord, begun + seconds))
                    clock = group.create_task(self._move_clock(service, crowds, begun + seconds))
                    await asyncio.gather(*plays, troubles, clock)
                    _heal(telegram, discord)
                took = time.monotonic() - begun
                own, every = cpu(service.pid) - before[0], cpu_of_all(service.pid) - before[1]
                left = await self._quiet(folder)
            self._judge_servers(telegram, discord)
            lines = _lines(folder)[first:]
            updates = {name: _updates_of(folder, name) for name in ("telegram", "discord")}
        took_part = sum(len(crowd.took_part) for crowd in crowds)
        return Figures(
            took, self.seen, took_part, updates, self.faults, self.moved, lines, own / took, every / took, left,
            self.wrong,
        )  # fmt: skip

    @asynccontextmanager
    async def _service(self, variables: dict[str, str], folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
        with (folder / "service.log").open("ab") as log:
            service = subprocess.Popen(  # noqa: ASYNC220 -- nothing is measured yet
                [sys.executable, "-m", "benchmarks.soak_service", str(folder / "probe.jsonl")],
                env=variables,
                stdout=log,
                stderr=log,
            )
        try:
            yield service
        finally:
            service.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(service.wait, 60)
        if code:
            self.wrong.append(f"the service ended with {code}: {(folder / 'service.log').read_text()[-2000:]}")

    async def _play(self, crowd: Crowd, ends: float, group: asyncio.TaskGroup) -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(self.chance.expovariate(self.rate))
            if not self.pausing:
                group.create_task(crowd.somebody_acts())

    async def _trouble(self, telegram: TelegramServer, discord: DiscordServer, ends: float) -> None:
        every = min(FAULT_EVERY, (ends - time.monotonic()) / 6)
        possible = _faults(telegram, discord)
        if not self.harsh:
            possible = {name: fault for name, fault in possible.items() if name in SHORT}
        order: list[str] = []
        while time.monotonic() + every < ends:
            await asyncio.sleep(every / 2)
            if not order:
                order = self.chance.sample(sorted(possible), len(possible))
            name = order.pop()
            lasts = every / 6
            self.seen.troubled_at = time.monotonic() + lasts + SETTLES
            self.faults[name] += 1
            try:
                possible[name]()
            except AssertionError:
                self.faults[name] -= 1
            await asyncio.sleep(lasts)
            _heal(telegram, discord)
            if name.endswith("stalled"):
                self.seen.troubled_at = time.monotonic() + 60.0
            await asyncio.sleep(every / 3)

    async def _move_clock(self, service: subprocess.Popen[bytes], crowds: list[Crowd], ends: float) -> None:
        """Let hours go by while nobody waits."""
        while time.monotonic() + CLOCK_EVERY < ends:
            await asyncio.sleep(CLOCK_EVERY)
            self.pausing = True
            quiet = time.monotonic() + QUIET_WITHIN
            while any(one.busy for crowd in crowds for one in crowd.everybody):
                await asyncio.sleep(0.1)
                if time.monotonic() > quiet:
                    break
            service.send_signal(signal.SIGUSR1)
            self.moved += 1
            self.pausing = False

    async def _quiet(self, folder: Path) -> dict[str, int]:
        """What is still under way once enough time has gone by."""
        ends = time.monotonic() + QUIET_WITHIN
        left = _left(folder)
        while any(left.values()) and time.monotonic() < ends:
            await asyncio.sleep(0.2)
            left = _left(folder)
        return left

    def _judge_servers(self, telegram: TelegramServer, discord: DiscordServer) -> None:
        for server in (telegram, discord):
            if server.violations:
                self.wrong.append(f"requests that broke the rules: {server.violations[:3]}")
                server.violations.clear()
        if telegram.mistakes:
            self.wrong.append(f"the stand-in's mistakes: {telegram.mistakes[:3]}")
            telegram.mistakes.clear()


def _faults(telegram: TelegramServer, discord: DiscordServer) -> dict[str, Callable[[], None]]:
    """What can go wrong, by its name."""
    t, d = telegram.faults, discord.faults
    return {
        "telegram, 500 for what is sent": lambda: t.fail("*send", 30, 500),
        "telegram, 502 for everything": lambda: t.fail("*", 30, 502),
        "telegram, answers are lost": lambda: t.lose_answer("*send", 5),
        "telegram, connections are cut": lambda: t.drop("*", 10),
        "telegram, 429 for what is sent": lambda: t.flood("*send", 40, 2),
        "telegram, slow answers": lambda: t.delay("*send", 15, 2.0),
        "telegram, polls are stalled": t.stall_polling,
        "telegram, slow downloads": lambda: t.slow_downloads(20_000),
        "discord, 500 for what is sent": lambda: d.fail("everything", 20, 500),
        "discord, answers are lost": lambda: d.lose_answer("send", 5),
        "discord, 429 for everything": lambda: d.storm("everything", 30, 1.0),
        "discord, slow answers": lambda: d.delay("everything", 1.0, 20),
        "discord, the gateway is cut": d.drop_gateway,
        "discord, the gateway is asked to reconnect": d.ask_to_reconnect,
        "discord, slow downloads": lambda: setattr(d, "cdn_speed", 20_000.0),
        "discord, downloads fail": lambda: setattr(d, "cdn_failures", 5),
    }


def _heal(telegram: TelegramServer, discord: DiscordServer) -> None:
    telegram.faults.heal()
    discord.faults.clear()
    discord.faults.cdn_speed = 0.0
    discord.faults.cdn_failures = 0


def _lines(folder: Path) -> list[dict[str, Any]]:
    """What the service has said of itself so far."""
    return [json.loads(line) for line in (folder / "probe.jsonl").read_text().splitlines() if line.endswith("}")]


def _left(folder: Path) -> dict[str, int]:
    """How much is not handled, not sent, not made."""
    with suppress(sqlite3.OperationalError):
        connection = sqlite3.connect(folder / "data" / FILE_NAME)
        try:
            return {
                "updates": _count(connection, "inbox WHERE handled_at IS NULL"),
                "messages": _count(connection, "outbox WHERE state IN ('waiting', 'sending')"),
                "orders": _count(connection, "job WHERE status IN ('accepted', 'reserved', 'queued', 'running')"),
            }
        finally:
            connection.close()
    return {"unknown": 1}


def _updates_of(folder: Path, platform: str) -> int:
    connection = sqlite3.connect(folder / "data" / FILE_NAME)
    try:
        return _count(connection, f"inbox WHERE platform = '{platform}'")
    finally:
        connection.close()


def _count(connection: sqlite3.Connection, which: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {which}").fetchone()[0])  # noqa: S608 -- our own words


def part(values: list[float], share: float) -> float:
    """The value that such a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def too_slow(figures: Figures) -> list[str]:
    """What was promised of the speed and not kept."""
    wait, lag = part(figures.seen.waits, 0.95), part(figures.lags, 0.95)
    found = [f"5 in 100 answers took more than {wait:.2f} s"] if wait > MOST_WAIT else []
    return found + ([f"5 in 100 looks found the event loop more than {lag:.0f} ms late"] if lag > MOST_LAG else [])


def problems(figures: Figures) -> list[str]:
    """What was promised and not kept."""
    seen, found = figures.seen, list(figures.wrong)
    found += [f"nobody answered: {what}" for what in seen.unanswered]
    found += [f"told twice, and not said so: {what}" for what in seen.doubles]
    found += [f"{count} {what} are left" for what, count in figures.left.items() if count]
    if max(figures.memory) > MOST_MEMORY:
        found.append(f"the service took {max(figures.memory):.0f} MB")
    return found


def told(figures: Figures) -> str:
    """The figures, a line each."""
    seen, memory, lags = figures.seen, figures.memory, figures.lags
    warm = memory[len(memory) // 4] if memory else 0.0
    lines = {
        "minutes": f"{figures.seconds / 60:.1f}, and {figures.moved * 6} hours by the service's clock",
        "people who took part": str(figures.took_part),
        "updates kept": ", ".join(f"{name} {count}" for name, count in figures.updates.items()),
        "what people did": str(sum(seen.done.values())),
        "faults": ", ".join(f"{name} ({count})" for name, count in sorted(figures.faults.items())),
        "unanswered": str(len(seen.unanswered)),
        "told twice without saying so / saying so": f"{len(seen.doubles)} / {seen.marked}",
        "Discord's three seconds missed": str(seen.expired),
        "answers, while nothing was wrong": _shares(seen.waits),
        "answers, during faults and after": _shares(seen.disturbed),
        "figurines": _shares(seen.results),
        "memory, MB: at first, at a quarter, at the end, most": (
            f"{memory[0]:.0f}, {warm:.0f}, {memory[-1]:.0f}, {max(memory):.0f}"
        ),
        "event loop late, ms: median, 95 %, 99 %, most": (
            f"{statistics.median(lags):.1f}, {part(lags, 0.95):.1f}, {part(lags, 0.99):.1f}, {max(lags):.1f}"
        ),
        "cores: the service, with its workers": f"{figures.cpu:.2f}, {figures.all_cpu:.2f}",
    }
    return "\n".join(f"| {name} | {value} |" for name, value in lines.items())


def _shares(waits: list[float]) -> str:
    if not waits:
        return "none"
    middle, most = statistics.median(waits), max(waits)
    return f"{len(waits)}; {middle:.2f} s median, {part(waits, 0.95):.2f} s 95 %, {most:.2f} s most"


async def soak(people: int, seconds: float, rate: float, folder: Path, seed: int = 1, harsh: bool = True) -> Figures:
    """Play it; see the top."""
    chance = random.Random(seed)  # noqa: S311 -- dice
    return await Soak(people, rate, chance, harsh).run(seconds, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="The whole service for a long time")
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SOAK_MINUTES", "20")))
    parser.add_argument("--people", type=int, default=2_000, help="on each platform")
    parser.add_argument("--rate", type=float, default=5.0, help="of people who do something, a second and platform")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="", help="a folder for the log and the figures of the service")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        place = Path(arguments.keep or folder)
        figures = asyncio.run(soak(arguments.people, 60 * arguments.minutes, arguments.rate, place, arguments.seed))
        print(told(figures))
        found = problems(figures) + too_slow(figures)
        for what in found[:20]:
            print(f"! {what}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

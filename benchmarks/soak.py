"""The whole service for a long time, with thousands of people and much that goes wrong.

    python -m benchmarks.soak [--minutes 20] [--people 2000] [--rate 5]

As many people on each platform as `--people` talk, order, cancel, block and come back, `--rate` times a second on each;
some are on both, and link their accounts. The stand-ins run in this process, the service in one of its own, with its
real pace. Something goes wrong on each platform again and again; every minute the service's clock goes on by six hours
while nobody waits. For the last quarter the service is started anew and takes Telegram's updates by webhook.
SOAK_MINUTES sets the minutes, too. It fails where a promise of docs/reliability.md is not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from benchmarks.soak_judge import Figures, Life, latest, problems, told, too_slow
from benchmarks.soak_on_discord import OnDiscord
from benchmarks.soak_on_telegram import OnTelegram
from benchmarks.soak_people import Crowd, Seen
from benchmarks.soak_service import HOURS
from benchmarks.soak_troubles import SETTLES, WEBHOOK, Troubles
from benchmarks.soak_twins import Twins
from benchmarks.updates import cpu, cpu_of_all
from storage.database import FILE_NAME
from tests.databases import put_migrated_file
from tests.served import environment, settings_for
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer

CLOCK_EVERY: Final = 60.0  # seconds
QUIET_WITHIN: Final = 180.0  # seconds
READY_WITHIN: Final = 60.0  # seconds
BY_WEBHOOK: Final = 0.25  # of the time
FAULTS_EACH: Final = 400.0  # seconds in which every kind of fault should come once
PUBLIC: Final = "https://figurines.example.org"


class Soak:
    """One run."""

    def __init__(self, people: int, rate: float, chance: random.Random, harsh: bool, folder: Path) -> None:
        """`harsh`: also what takes the service a minute to find out."""
        self.harsh = harsh
        self.people = people
        self.rate = rate
        self.chance = chance
        self.folder = folder
        self.seen = Seen()
        self.moved = 0
        self.pausing = False
        self.lives: list[Life] = []
        self.wrong: list[str] = []
        self.one_at_a_time = asyncio.Lock()  # moving the clock, and starting the service anew
        self.telegram, self.discord = TelegramServer(), DiscordServer()
        self.troubles = Troubles(self.telegram, self.discord, chance, harsh)

    async def run(self, seconds: float) -> Figures:
        """Play it."""
        await put_migrated_file(self.folder / "data")
        beside = subprocess.Popen(  # noqa: ASYNC220 -- nothing is measured yet
            [sys.executable, "-m", "benchmarks.soak_watch", str(self.folder / "machine.jsonl")]
        )
        try:
            async with self.telegram, self.discord:
                return await self._run(seconds)
        finally:
            beside.terminate()
            beside.wait()

    async def _run(self, seconds: float) -> Figures:
        here = OnTelegram(self.seen, self.chance, self.telegram, self.people)
        there = OnDiscord(self.seen, self.chance, self.discord, self.people)
        crowds, twins = [here, there], Twins(here, there, self.chance)
        service = Service(self, {})
        try:
            await service.start()
            begun = time.monotonic()
            ends = begun + seconds
            async with asyncio.TaskGroup() as group:
                plays = [
                    group.create_task(self._play(act, rate, ends, group))
                    for act, rate in (
                        (here.somebody_acts, self.rate),
                        (there.somebody_acts, self.rate),
                        (twins.somebody_acts, self.rate / 10),
                    )
                ]
                troubles = [group.create_task(self.troubles.run(crowd, ends)) for crowd in crowds]
                clock = group.create_task(self._move_clock(service, crowds, ends))
                await asyncio.sleep(seconds * (1 - BY_WEBHOOK))
                await self._hook(service, crowds)
                await asyncio.gather(*plays, *troubles, clock)
                for crowd in crowds:
                    self.troubles.heal(crowd.name)
            took = time.monotonic() - begun
            left = await self._quiet()
        finally:
            await service.stop()
        self._judge_servers()
        return Figures(
            seconds=took,
            seen=self.seen,
            people=2 * self.people,
            took_part=sum(len(crowd.took_part) for crowd in crowds),
            updates={name: _updates_of(self.folder, name) for name in ("telegram", "discord")},
            by_webhook=self.telegram.webhook.delivered,
            links=twins.links,
            faults=self.troubles.counts,
            struck=self.troubles.struck,
            faults_least=math.floor(seconds / FAULTS_EACH),
            moved=self.moved,
            lives=self.lives,
            left=left,
            machine=_lines(self.folder / "machine.jsonl"),
            errors=_errors(self.folder / "service.log"),
            wrong=self.wrong,
        )

    async def _play(
        self, act: Callable[[], Awaitable[None]], rate: float, ends: float, group: asyncio.TaskGroup
    ) -> None:
        async def acts() -> None:
            await act()

        while time.monotonic() < ends:
            await asyncio.sleep(self.chance.expovariate(rate))
            if not self.pausing:
                group.create_task(acts())

    async def _move_clock(self, service: Service, crowds: list[Crowd], ends: float) -> None:
        """Let hours go by while nobody waits."""
        while time.monotonic() + CLOCK_EVERY < ends:
            await asyncio.sleep(CLOCK_EVERY)
            async with self.one_at_a_time:
                self.pausing = True
                quiet = time.monotonic() + QUIET_WITHIN
                while any(one.busy for crowd in crowds for one in crowd.everybody):
                    await asyncio.sleep(0.1)
                    if time.monotonic() > quiet:
                        break
                service.process.send_signal(signal.SIGUSR1)
                self.moved += 1
                self.pausing = False

    async def _hook(self, service: Service, crowds: list[Crowd]) -> None:
        """Start the service anew, in the midst of it all; from now on updates come by webhook."""
        async with self.one_at_a_time:
            for crowd in crowds:
                crowd.troubled_at, crowd.served = math.inf, False
            await service.stop()
            port = _free_port()
            service.more = {
                "FIGURINE_TELEGRAM__MODE": WEBHOOK,
                "FIGURINE_WEB__PUBLIC_URL": PUBLIC,
                "FIGURINE_WEB__PORT": str(port),
            }
            self.troubles.mode = WEBHOOK
            self.troubles.front = self.telegram.webhook.front = {PUBLIC: f"http://127.0.0.1:{port}"}
            await service.start()
            for crowd in crowds:
                crowd.troubled_at, crowd.served = time.monotonic() + SETTLES, True

    async def _quiet(self) -> dict[str, int]:
        """What is still under way once enough time has gone by."""
        ends = time.monotonic() + QUIET_WITHIN
        left = _left(self.folder)
        while any(left.values()) and time.monotonic() < ends:
            await asyncio.sleep(0.2)
            left = _left(self.folder)
        return left

    def _judge_servers(self) -> None:
        for server in (self.telegram, self.discord):
            if server.violations:
                self.wrong.append(f"requests that broke the rules: {server.violations[:3]}")
                server.violations.clear()
        if self.telegram.mistakes:
            self.wrong.append(f"the stand-in's mistakes: {self.telegram.mistakes[:3]}")
            self.telegram.mistakes.clear()


class Service:
    """The service as a process, again and again over the same folder. `more` are settings of its next start."""

    process: subprocess.Popen[bytes]

    def __init__(self, soak: Soak, more: dict[str, str]) -> None:
        self.soak = soak
        self.more = more
        self.running = False

    async def start(self) -> None:
        """Start it, and wait until it is connected to both platforms."""
        soak = self.soak
        settings = settings_for(soak.folder, soak.telegram, soak.discord)
        soak.discord.gateway.drop()
        self.file = soak.folder / f"probe-{len(soak.lives)}.jsonl"
        with (soak.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 -- nothing is measured yet
                [sys.executable, "-m", "benchmarks.soak_service", str(self.file), str(soak.moved * HOURS)],
                env={**environment(settings), **self.more},
                stdout=log,
                stderr=log,
            )
        self.running = True
        hooked = self.more.get("FIGURINE_TELEGRAM__MODE") == WEBHOOK
        updates = soak.telegram.updates
        await soak.telegram.until(lambda: bool(updates.webhook_url) if hooked else updates.is_polled, READY_WITHIN)
        await soak.discord.gateway.ready(READY_WITHIN)
        async with asyncio.timeout(READY_WITHIN):
            while not soak.discord.commands.get(0):  # noqa: ASYNC110 -- the library tells them in its own time
                await asyncio.sleep(0.05)
        self.first = len(_lines(self.file)) + 1  # The line that is being written is of its start.
        self.begun = time.monotonic()
        self.before = (cpu(self.process.pid), cpu_of_all(self.process.pid))

    async def stop(self) -> None:
        """End it in an orderly way, and keep what it said of itself."""
        if not self.running:
            return
        self.running, pid = False, self.process.pid
        with suppress(FileNotFoundError, AttributeError):
            used = (cpu(pid) - self.before[0], cpu_of_all(pid) - self.before[1])
            lines = _lines(self.file)[self.first :]
            self.soak.lives.append(Life(lines, time.monotonic() - self.begun, *used))
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, 60)
        if code:
            said = (self.soak.folder / "service.log").read_text()[-2000:]
            self.soak.wrong.append(f"the service ended with {code}: {said}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _lines(file: Path) -> list[dict[str, Any]]:
    """What a process has said of itself so far."""
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def _errors(log: Path) -> list[str]:
    """What the service took for an error, without the time."""
    lines = log.read_text().splitlines()
    found = [line.partition(" ERROR ")[2] for line in lines if " ERROR " in line]
    return found + [line for line in lines if line.startswith("Traceback")]


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


async def soak(people: int, seconds: float, rate: float, folder: Path, seed: int = 1, harsh: bool = True) -> Figures:
    """Play it; see the top."""
    chance = random.Random(seed)  # noqa: S311 -- dice
    return await Soak(people, rate, chance, harsh, folder).run(seconds)


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
        for look in latest(figures):
            print(f"late: {json.dumps(look)}")
        found = problems(figures) + too_slow(figures)
        for what in found[:20]:
            print(f"! {what}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

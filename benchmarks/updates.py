"""Updates a second through the whole path, beside bare echo bots on the same libraries.

    python -m benchmarks.updates [--rounds 3] [--seconds 8] [--same] [telegram discord] [text photo]

What a person does is kept in the inbox, handled, and answered out of the outbox; the echo bot answers and keeps
nothing. A text is answered by one message. A photo is downloaded and decoded by both; the service also keeps it
encrypted, has the quick engine look at it, and asks for the style with a picture of all styles. The stand-ins run in
this process, each bot in one of its own, one at a time. The echo bots run as their libraries come; with `--same` on
the service's event loop and Telegram client. As many people as `AT_ONCE` wait for an answer at any moment.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.databases import put_migrated_file
from tests.served import environment, settings_for
from tests.servers import discord, telegram
from tests.servers.telegram import pictures

PHOTO: Final = Path("samples/photos/astronaut.jpg")
AT_ONCE: Final = {"text": 64, "photo": 8}
PEOPLE: Final = {"text": 1_000, "photo": 100}  # Some take part so seldom that nobody gets more than one a second.
PATIENCE: Final = 30.0  # seconds
TICK: Final = os.sysconf("SC_CLK_TCK")
OURS, ECHO = "ours", "echo"
COMMANDS: Final = {OURS: "tests.quick_bots", ECHO: "benchmarks.echo_bots"}


@dataclass
class Round:
    """What came of one."""

    per_second: float
    cpu: float  # milliseconds of the bot's own process for each update
    all_cpu: float  # with its worker processes
    waited: float  # seconds until half of the answers were there


class Stage(ABC):
    """One platform's stand-in with its people, and the bot that serves it."""

    same = False  # The echo bot runs on the service's event loop and client.

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.people: list[Any] = []
        self.photo = PHOTO.read_bytes()

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[int]:
        """The bot as a process of its own; its id."""
        arguments, variables = self.command()
        if self.kind == ECHO and self.same:
            arguments.append("same")
        with (self.folder / f"{self.kind}.log").open("ab") as log:
            bot = subprocess.Popen(  # noqa: ASYNC220 -- nothing is measured yet
                [sys.executable, "-m", COMMANDS[self.kind], *arguments], env=variables, stdout=log, stderr=log
            )
        try:
            await self.ready()
            yield bot.pid
        finally:
            bot.send_signal(signal.SIGTERM)
            await asyncio.to_thread(bot.wait, 30)

    async def plays(self, what: str, seconds: float) -> Round:
        """Let people do the same thing over and over."""
        turns = itertools.cycle(self.people[: PEOPLE[what]])
        waits: list[float] = []
        async with self.bot() as pid:
            await self._play(what, turns, 1.0, [])
            before, begun = (cpu(pid), cpu_of_all(pid)), time.perf_counter()
            await self._play(what, turns, seconds, waits)
            took = time.perf_counter() - begun
            own, every = cpu(pid) - before[0], cpu_of_all(pid) - before[1]
        count = len(waits)
        return Round(count / took, 1000 * own / count, 1000 * every / count, statistics.median(waits))

    async def _play(self, what: str, turns: Any, seconds: float, waits: list[float]) -> None:
        ends = time.perf_counter() + seconds

        async def one() -> None:
            while (begun := time.perf_counter()) < ends:
                await self.turn(next(turns), what)
                waits.append(time.perf_counter() - begun)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE[what]):
                group.create_task(one())

    async def agree_all(self) -> None:
        """Let everybody agree, so that photos are looked at."""
        waiting = list(self.people)

        async def some() -> None:
            while waiting:
                await self.agrees(waiting.pop())

        async with self.bot():
            await asyncio.gather(*(some() for _ in range(32)))

    @abstractmethod
    def command(self) -> tuple[list[str], dict[str, str]]:
        """The bot's arguments and environment."""

    @abstractmethod
    async def ready(self) -> None:
        """Wait until the bot is connected."""

    @abstractmethod
    async def turn(self, person: Any, what: str) -> None:
        """Let somebody do something, and wait for the answer."""

    @abstractmethod
    async def agrees(self, person: Any) -> None:
        """Let somebody start, and agree."""


class OnTelegram(Stage):
    """Texts and photos in people's own chats."""

    def __init__(self, kind: str, folder: Path, server: telegram.TelegramServer, people: int) -> None:
        super().__init__(kind, folder)
        self.server = server
        server.rates.off()
        server.keep_media, server.forget_old = False, True
        self.people = [server.person(f"Person {number}") for number in range(people)]
        self.photo, *self.size = pictures.as_sent(self.photo)

    def command(self) -> tuple[list[str], dict[str, str]]:
        if self.kind == ECHO:
            server = self.server
            return ["telegram", server.base_url, server.base_file_url, server.token], dict(os.environ)
        variables = environment(settings_for(self.folder, self.server))
        return ["run"], {**variables, "FIGURINE_TELEGRAM__PER_SECOND": "1000"}

    async def ready(self) -> None:
        await self.server.until_polled(PATIENCE)

    async def turn(self, person: Any, what: str) -> None:
        if what == "text":
            await person.says("hello")
        else:
            person._sent(None, text="", media=self.server.files.add("photo", self.photo, size=tuple(self.size)))
        await person.reads(lambda _: True, within=PATIENCE)

    async def agrees(self, person: Any) -> None:
        await person.starts()
        await person.reads("I agree", within=PATIENCE)
        await person.presses("agree")
        await person.reads("Send a photo now", within=PATIENCE)


class OnDiscord(Stage):
    """Slash commands in people's own chats, with photos or without."""

    def __init__(self, kind: str, folder: Path, server: discord.DiscordServer, people: int) -> None:
        super().__init__(kind, folder)
        self.server = server
        server.rates.enforced = False
        server.keep_media, server.forget_old = True, 20
        self.people = [server.person(f"Person {number}") for number in range(people)]

    def command(self) -> tuple[list[str], dict[str, str]]:
        if self.kind == ECHO:
            server = self.server
            return ["discord", server.api_base, server.gateway.url, server.token], dict(os.environ)
        return ["run"], environment(settings_for(self.folder, discord=self.server))

    async def ready(self) -> None:
        await self.server.gateway.ready()
        while "help" not in {command["name"] for command in self.server.commands.get(0, {}).values()}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def turn(self, person: Any, what: str) -> None:
        if what == "text":
            done = await person.uses("/help")
        else:
            done = await person.uses("/figurine", photo=self.photo)
        await done.until_answered(PATIENCE)

    async def agrees(self, person: Any) -> None:
        await person.uses("/start")
        await person.reads("I agree", within=PATIENCE)
        await person.presses("I agree")
        await person.reads("Send a photo now", within=PATIENCE)


def cpu(pid: int) -> float:
    """Seconds that a process has used."""
    return sum(_times(pid)[:2])


def cpu_of_all(pid: int) -> float:
    """Seconds that a process and all those that it started have used."""
    used = sum(_times(pid))
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError):
            used += cpu_of_all(int(child))
    return used


def _times(pid: int) -> list[float]:
    """Its own, those of the system for it, and the same two of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(field) / TICK for field in fields[11:15]]


@asynccontextmanager
async def stages(platform: str, folder: Path, people: int) -> AsyncIterator[dict[str, Stage]]:
    """A stand-in for the service and one for the echo bot, with the same people."""
    found: dict[str, Stage] = {}
    async with AsyncExitStack() as stack:
        for kind in (OURS, ECHO):
            place = folder / platform / kind
            place.mkdir(parents=True)
            if platform == "telegram":
                found[kind] = OnTelegram(
                    kind, place, await stack.enter_async_context(telegram.TelegramServer()), people
                )
            else:
                found[kind] = OnDiscord(kind, place, await stack.enter_async_context(discord.DiscordServer()), people)
        await put_migrated_file(folder / platform / OURS / "data")
        yield found


async def measure(platforms: list[str], whats: list[str], rounds: int, seconds: float, folder: Path) -> None:
    """Play all rounds and tell what came of them."""
    print("| updates | ours, a second | echo, a second | ours / echo | ms of CPU: ours, with workers, echo | seconds |")
    print("|---|---|---|---|---|---|", flush=True)
    for platform in platforms:
        people = max(PEOPLE[what] for what in whats)
        async with stages(platform, folder, people) as both:
            await both[OURS].agree_all()
            for what in whats:
                done: dict[str, list[Round]] = {OURS: [], ECHO: []}
                for number in range(rounds):
                    for kind in (OURS, ECHO) if number % 2 else (ECHO, OURS):
                        done[kind].append(await both[kind].plays(what, seconds))
                _tell(f"{platform}, {what}", done)


def _tell(name: str, done: dict[str, list[Round]]) -> None:
    ours, echo = done[OURS], done[ECHO]

    def middle(of: list[Round], field: str) -> float:
        return statistics.median(getattr(one, field) for one in of)

    ratio = statistics.median(a.per_second / b.per_second for a, b in zip(ours, echo, strict=True))
    cpus = f"{middle(ours, 'cpu'):.1f}, {middle(ours, 'all_cpu'):.1f}, {middle(echo, 'cpu'):.1f}"
    waits = f"{middle(ours, 'waited'):.3f}, {middle(echo, 'waited'):.3f}"
    speeds = f"{middle(ours, 'per_second'):.0f} | {middle(echo, 'per_second'):.0f}"
    print(f"| {name} | {speeds} | {ratio:.2f} | {cpus} | {waits} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Updates a second, beside bare echo bots")
    parser.add_argument("what", nargs="*", default=[], help="telegram, discord, text, photo; all of them without")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="of one round")
    parser.add_argument("--same", action="store_true", help="the echo bots on the service's event loop and client")
    arguments = parser.parse_args()
    Stage.same = arguments.same
    platforms = [name for name in ("telegram", "discord") if name in arguments.what] or ["telegram", "discord"]
    whats = [name for name in ("text", "photo") if name in arguments.what] or ["text", "photo"]
    with tempfile.TemporaryDirectory(prefix="updates-") as folder:
        asyncio.run(measure(platforms, whats, arguments.rounds, arguments.seconds, Path(folder)))


if __name__ == "__main__":
    main()

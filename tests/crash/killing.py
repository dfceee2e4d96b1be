"""Processes of the service, started and killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from tests.crash.platform import Platform

ROOT: Final = Path(__file__).parents[2]
SETTINGS: Final = {
    "FIGURINE_SAFETY__CHECK": "none",
    "FIGURINE_QUEUE__LEASE_SECONDS": "1",
    "FIGURINE_QUEUE__RETRY_SECONDS": "0.1",
    "FIGURINE_QUEUE__ATTEMPTS": "5",
    "FIGURINE_RETENTION__SWEEP_SECONDS": "0.5",
}


def environment(folder: Path, url: str) -> dict[str, str]:
    """That of a service whose data, temporary files and home are in the folder."""
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIGURINE_")}
    own = {"FIGURINE_DATA__DIR": str(folder / "data"), "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    return kept | SETTINGS | own | ({"FIGURINE_DATABASE__URL": url} if url else {})


class Service:
    """One process of the service with its worker processes, which end with it."""

    def __init__(self, platform: Platform, folder: Path, url: str, pause: float) -> None:
        self._platform = platform
        self._environment = environment(folder, url)
        self._pause = pause
        self.errors = folder / f"{platform.name}.errors"
        self.start()

    def start(self) -> None:
        platform = self._platform
        command = [sys.executable, "-W", "ignore", "-m", "tests.crash.service"]
        command += [platform.name, str(platform.socket), str(platform.log), str(self._pause)]
        with self.errors.open("a") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stderr=errors, start_new_session=True
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_worker(self, chance: random.Random) -> bool:
        """End one of the processes that decode and make, if there is one."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        workers = children.read_text().split() if children.exists() else []
        if workers:
            os.kill(int(chance.choice(workers)), signal.SIGKILL)
        return bool(workers)


class Killer:
    """Kills workers, one service, or all of them, and starts again what was killed."""

    def __init__(self, services: list[Service], chance: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self._services = services
        self._chance = chance

    def strike(self) -> None:
        """One kill.

        Raises:
            AssertionError: a service had ended by itself.
        """
        for service in self._services:
            assert service.lives, service.errors.read_text()[-2_000:]
        kind = self._chance.choices(("worker", "service", "all"), (5, 4, 2))[0]
        if kind == "worker":
            self.kills[kind] += self._chance.choice(self._services).kill_worker(self._chance)
            return
        struck = self._services if kind == "all" else [self._chance.choice(self._services)]
        for service in struck:
            service.kill()
        for service in struck:
            service.start()
        self.kills[kind] += 1

    def end(self) -> None:
        for service in self._services:
            if service.lives:
                service.kill()

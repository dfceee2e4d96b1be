"""A program that lives on a vault and is killed at random moments, again and again; run by test_vault_kills.py.

It writes down what it was promised, one line of JSON each, in a file that outlives it. The parent never opens the vault
itself, so that a fork is safe.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from core.settings import BlobSettings, KeySettings
from storage.vault import Vault

MARKER = b"a marker that stands for a face"
SIZES = (200, 40_000, 700_000)


class Life:
    """One process on the vault; `note` outlives it."""

    def __init__(self, vault: Vault, notes: int, chance: random.Random) -> None:
        self._vault, self._notes, self._chance = vault, notes, chance
        self._owned: dict[str, list[str]] = {}

    def note(self, what: str, *values: str) -> None:
        os.write(self._notes, json.dumps([what, *values]).encode() + b"\n")

    async def go_on(self) -> None:
        steps = [self.put] * 5 + [self.destroy] * 2 + [self.erase, self.rotate, self.back_up]
        while True:
            if not self._owned or self._chance.random() < 0.1:
                self._owned[await self._vault.new_owner()] = []
            await self._chance.choice(steps)()

    async def put(self) -> None:
        owner = self._chance.choice(list(self._owned))
        size = self._chance.choice(SIZES)
        data = os.urandom(8) + MARKER * (size // len(MARKER))
        name = await self._vault.put(owner, data, "photo")
        self.note("put", owner, name, hashlib.sha256(data).hexdigest())
        self._owned[owner].append(name)

    async def destroy(self) -> None:
        names = self._owned[self._chance.choice(list(self._owned))]
        chosen = self._chance.sample(names, min(2, len(names)))
        self.note("destroying", *chosen)
        await self._vault.destroy(chosen)
        self.note("destroyed", *chosen)
        names[:] = [name for name in names if name not in chosen]

    async def erase(self) -> None:
        owner = self._chance.choice(list(self._owned))
        del self._owned[owner]
        self.note("erasing", owner)
        await self._vault.erase_owner(owner, dt.datetime.now(dt.UTC))
        self.note("erased", owner)

    async def rotate(self) -> None:
        await self._vault.rotate()
        self.note("rotated")

    async def back_up(self) -> None:
        await self._vault.backup_keys(self._vault.key_backups / f"{os.getpid()}-{self._chance.random()}.sqlite3")
        await self._vault.prune_key_backups(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))


async def live(folder: Path, notes: int, seed: int) -> None:
    async with Vault(folder, KeySettings(), BlobSettings()) as vault:
        await Life(vault, notes, random.Random(seed)).go_on()  # noqa: S311 -- what to do


def main(folder: Path, notes_file: Path, kills: int) -> None:
    notes = os.open(notes_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    chance = random.Random(kills)  # noqa: S311 -- when to kill
    for number in range(kills // 2):
        children = []
        for which in range(2):  # two at the same time
            if (child := os.fork()) == 0:
                asyncio.run(live(folder, notes, 2 * number + which))
                os._exit(1)
            children.append(child)
        for child in children:
            time.sleep(chance.uniform(0.02, 0.35))
            os.kill(child, signal.SIGKILL)
        for child in children:
            if os.waitpid(child, 0)[1] != signal.SIGKILL:
                sys.exit("a life ended by itself")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

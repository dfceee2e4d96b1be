"""A process is killed between every two steps of one order, from the photo's arrival until the figurine has arrived."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from tests.crash import proof
from tests.crash.killing import ROOT
from tests.crash.people import AGREE, Life, Markers, photos
from tests.crash.platform import Platform
from tests.crash.rows import postgres
from tests.crash.steps import PLATFORM
from tests.crash.world import World

PROOFS: Final = (
    proof.every_order_ended_once,
    proof.every_update_had_its_effect_once,
    proof.nothing_came_twice_without_saying_so,
    proof.nothing_is_left_behind,
)
EVERY: Final = {"SQLite": 17, "PostgreSQL": 31}
"""Of so many steps one is tried in the short version."""


class Zygote:
    """The program that lives are forked from."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def live(
        self, folder: Path, url: str, updates: list[dict[str, Any]], last: int = 0, inside: bool = False
    ) -> int:
        """See steps.py."""
        asked = {"folder": str(folder), "url": url, "updates": updates, "last": last, "inside": inside}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return int(await self._process.stdout.readline() or pytest.fail("the program has ended"))


@asynccontextmanager
async def zygote() -> AsyncIterator[Zygote]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "tests.crash.steps"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Zygote(process)
    finally:
        process.kill()
        await process.communicate()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    if request.param == "SQLite":
        yield request.param, ""
        return
    with postgres(tmp_path / "postgres") as url:
        yield request.param, url


async def copied(before: Path, url: str, after: Path) -> str:
    """A copy of the folder, and the address of a copy of the database."""
    shutil.copytree(before / "data", after / "data")
    if not url:
        return ""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'CREATE DATABASE "{after.name}" TEMPLATE before')
    finally:
        await connection.close()
    return url.replace("/postgres?", f"/{after.name}?")


async def began(tmp_path: Path, url: str, there: Zygote, life: Life) -> str:
    """Someone has agreed; the address of the database that knows it."""
    (tmp_path / "before").mkdir()
    if url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE DATABASE before")
        await connection.close()
    address = url.replace("/postgres?", "/before?")
    life.does(typed="/start")
    life.does(pressed=AGREE)
    await there.live(tmp_path / "before", address, life.updates)
    return address


async def killed_at(folder: Path, url: str, there: Zygote, life: Life, step: int, inside: bool) -> bool:
    """Kill a life at a step, let another one go on, and see that all is well; whether there was such a step."""
    address = await copied(folder.parent / "before", url, folder)
    updates = life.updates[2:]
    killed = await there.live(folder, address, updates, step, inside) == -1
    assert await there.live(folder, address, updates) >= 0
    world = World(folder, address, platforms=[Platform(PLATFORM, folder, [life], random.Random())])  # noqa: S311
    shutil.copy(folder.parent / "before" / "crash.log", folder / "before.log")
    log = folder / "crash.log"
    log.write_bytes((folder / "before.log").read_bytes() + log.read_bytes())
    for holds in PROOFS:
        await holds(world)
    assert await world.rows("SELECT status FROM job") == [("delivered",)], (step, inside)
    shutil.rmtree(folder)
    return killed


@pytest.mark.timeout(1_200)
async def test_an_order_survives_a_kill_between_every_two_steps(tmp_path: Path, database: tuple[str, str]):
    name, url = database
    async with zygote() as there:
        life = Life("someone", orders=1)
        await began(tmp_path, url, there, life)
        photos(life, Markers(), 1)
        life.does(pressed="chibi")
        every = 1 if os.environ.get("PROVE") else EVERY[name]
        kills = 0
        for step in range(1, 200, every):
            killed = await killed_at(tmp_path / f"step{step}", url, there, life, step, inside=False)
            kills += killed
            if not killed:
                break
            if os.environ.get("PROVE"):
                await killed_at(tmp_path / f"inside{step}", url, there, life, step, inside=True)
    assert kills >= 28 // every

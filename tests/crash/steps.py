"""Lives that end at a chosen step, each in a process that is forked from this one, which has loaded everything.

Reads a line of JSON for each life: its folder, the database's address, what happens, and the number of the step at
whose end it is killed (0: none), with `inside` just before a transaction commits. Answers with how many steps there
were, -1 if it was killed. A step is whatever outlives a process: a commit, a change of the keys, a file stored or
removed, a message sent. The product is not changed for this; its doors are watched from here.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bots.app import build_conversation
from bots.conversation.events import Chatter
from core.settings import load_settings
from storage import blobs
from storage.database import Database
from storage.keys import file as key_file
from storage.sql import Tx
from tests.crash.killing import environment
from tests.crash.people import event_of
from tests.crash.service import LoggingMessenger
from tests.talking import quick_parts

PLATFORM: Final = "crash"


class Steps:
    """Counts, and ends this process at the chosen one."""

    def __init__(self, last: int, inside: bool) -> None:
        self.taken = 0
        self._last = last
        self._inside = inside

    def take(self, inside: bool = False) -> None:
        """A step is done; or with `inside`, it would be done next."""
        self.taken += not inside
        if inside == self._inside and self.taken + inside == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Count every step of this process from now on."""
    Database.transaction = _watched_transactions(steps, Database.transaction)  # type: ignore[method-assign]
    for name in ("once", "lightly"):
        setattr(Database, name, _after_each_write(steps, getattr(Database, name)))
    key_file.transaction = _after(steps, key_file.transaction)
    for name in ("_put", "delete"):
        setattr(blobs.LocalBlobs, name, _after_each(steps, getattr(blobs.LocalBlobs, name)))
    LoggingMessenger.send = _after_each(steps, LoggingMessenger.send)  # type: ignore[method-assign]


def _watched_transactions(steps: Steps, original: Callable[..., Any]) -> Callable[..., Any]:
    @asynccontextmanager
    async def transaction(database: Database) -> AsyncIterator[Tx]:
        wrote = False
        async with original(database) as tx:
            query, later = tx.query, tx.later

            async def noted(statement: str, *values: object) -> Any:
                nonlocal wrote
                wrote = wrote or not statement.startswith("SELECT")
                return await query(statement, *values)

            async def noted_later(statement: str, *values: object) -> None:
                nonlocal wrote
                wrote = True
                await later(statement, *values)

            tx.query, tx.later = noted, noted_later
            yield tx
            if wrote:
                steps.take(inside=True)
        if wrote:
            steps.take()

    return transaction


def _after(steps: Steps, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        result = original(*given)
        steps.take()
        return result

    return call


def _after_each_write(steps: Steps, original: Callable[..., Any]) -> Callable[..., Any]:
    async def call(database: Database, statement: str, *values: object) -> Any:
        result = await original(database, statement, *values)
        if not statement.startswith("SELECT"):
            steps.take()
        return result

    return call


def _after_each(steps: Steps, original: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*given: Any) -> Any:
        result = await original(*given)
        steps.take()
        return result

    return call


async def live(folder: Path, updates: list[dict[str, Any]], steps: Steps) -> None:
    """Go on where the life before ended: every update comes (again), and then all is waited for."""
    async with build_conversation(
        load_settings(), LoggingMessenger(folder / f"{PLATFORM}.log"), quick_parts(), PLATFORM
    ) as conversation:
        watch(steps)
        for update in updates:
            chatter = Chatter(PLATFORM, update["person"])
            await conversation.receive(chatter, event_of(update), update["key"])
            await conversation.settled(chatter)


def begin(folder: Path, url: str, updates: list[dict[str, Any]], last: int, inside: bool) -> int:
    """One life in a process of its own; how many steps it took, -1 if it was killed."""
    counted, counts = os.pipe()
    if (child := os.fork()) == 0:
        os.environ.clear()
        os.environ.update(environment(folder, url))
        steps = Steps(last, inside)
        asyncio.run(live(folder, updates, steps))
        os.write(counts, str(steps.taken).encode())
        os._exit(0)
    os.close(counts)
    status = os.waitpid(child, 0)[1]
    taken = os.read(counted, 20)
    os.close(counted)
    if status not in (0, signal.SIGKILL):
        sys.exit(f"a life ended by itself: {status}")
    return int(taken) if taken else -1


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        taken = begin(Path(asked["folder"]), asked["url"], asked["updates"], asked["last"], asked["inside"])
        sys.stdout.write(f"{taken}\n")
        sys.stdout.flush()

"""The sweep: everything whose time has come goes, in bounded batches that let the chat through."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from core.errors import IllegalTransition
from core.queue.endings import Endings
from core.records import JobStatus
from core.retention.terms import in_utc
from core.settings import RetentionSettings
from core.stores import Attic, People

log = logging.getLogger(__name__)

BATCH: Final = 500  # rows or files, at most
FIRST: Final = 50  # rows or files; the first ones are not in any cache yet
SECONDS: Final = 0.02  # that one batch should take at most, since others may wait for as long
ORPHAN_AGE: Final = dt.timedelta(hours=1)
"""Storing anything takes no longer than this, so what is older and has no row was left behind by a crash."""

ROWS: Final[Mapping[str, str]] = {
    "session": "person_id",
    "inbox": "id",
    "outbox": "id",
    "post": "id",
    "link_code": "person_id",
    "link_try": "id",
    "bar": "id",
    "purchase": "id",
    "subscription": "id",
    "provider_event": "id",
    "code": "id",
    "job": "id",
    "blob": "id",
}
"""The tables whose rows have a time of their own, with their keys. Those of blobs count from when they were deleted."""


class Sweep:
    """Deletes what is due. It may be stopped anywhere and run again; a machine that was off catches up at once."""

    def __init__(self, attic: Attic, endings: Endings, people: People, limits: RetentionSettings) -> None:
        self._attic = attic
        self._endings = endings
        self._people = people
        self._limits = limits

    async def run(self, now: dt.datetime) -> Mapping[str, int]:
        """One sweep as of `now` (aware); how much of each kind went.

        Orders whose photo's time is over expire first, and get their credits back. A step that fails keeps none of the
        others from being taken; its error is raised at the end.
        """
        steps: dict[str, Callable[[], Awaitable[int]]] = {"orders": partial(self._expire, now)}
        steps["blobs"] = partial(self._batches, partial(self._attic.delete_blobs, now))
        for table in ROWS:
            steps[f"{table} rows"] = partial(
                self._batches, partial(self._attic.delete_rows, table, self._since(table, now))
            )
        steps["accounts"] = partial(self._close, now)
        gone: dict[str, int] = {}
        failed: list[Exception] = []
        for name, step in steps.items():
            try:
                gone[name] = await step()
            except Exception as error:  # noqa: BLE001 -- one file that can't be removed must not keep all the others
                log.error("the sweep of %s failed with %s", name, type(error).__name__)
                failed.append(error)
        await self._attic.checkpoint()  # Also if nothing was due: people delete things themselves.
        if failed:
            raise failed[0]
        return gone

    async def preview(self, now: dt.datetime) -> Mapping[str, int]:
        """What a sweep as of `now` would delete. Nothing is changed."""
        due = {"orders": len(await self._attic.expire_orders(now, 10 * BATCH))}
        due["blobs"] = await self._attic.delete_blobs(now, BATCH, dry=True)
        for table in ROWS:
            due[f"{table} rows"] = await self._attic.delete_rows(table, self._since(table, now), BATCH, dry=True)
        due["accounts"] = len(await self._attic.closed_people(self._closed_before(now), BATCH))
        return due

    async def orphans(self, now: dt.datetime, dry: bool = False) -> Mapping[str, int]:
        """Take away what crashes left behind, and say how much of each kind there was.

        People who never agreed, and of whom nothing is left but that they came, are forgotten on the way.
        """
        found = dict(await self._attic.orphans(in_utc(now) - ORPHAN_AGE, dry))
        silent = in_utc(now) - dt.timedelta(hours=self._limits.draft_hours)
        found["strangers"] = 0
        while people := await self._attic.strangers(silent, BATCH):
            found["strangers"] += len(people)
            if dry:
                break
            for person in people:
                await self._people.erase(person, now)
        return found

    async def _expire(self, now: dt.datetime) -> int:
        """End orders. One that can't be ended keeps none of the others; its error is raised when they are done."""
        expired = 0
        failed: list[Exception] = []
        while jobs := await self._attic.expire_orders(now, BATCH):
            ended = 0
            for job in jobs:
                try:
                    await self._endings.end(job, JobStatus.EXPIRED, "its time was over")
                    ended += 1
                except IllegalTransition:  # It came to an end by itself meanwhile.
                    continue
                except Exception as error:  # noqa: BLE001 -- see above
                    failed.append(error)
            expired += ended
            if not ended:
                break
        if failed:
            raise failed[0]
        return expired

    async def _close(self, now: dt.datetime) -> int:
        """Erase accounts. One that has to wait, say for a provider to end a plan, keeps none of the others."""
        closed = 0
        failed: list[Exception] = []
        while people := await self._attic.closed_people(self._closed_before(now), BATCH):
            erased = 0
            for person in people:
                try:
                    await self._people.erase(person, now)
                    erased += 1
                except Exception as error:  # noqa: BLE001 -- see above
                    failed.append(error)
            closed += erased
            if not erased:
                break
        if failed:
            raise failed[0]
        return closed

    def _since(self, table: str, now: dt.datetime) -> dt.datetime:
        """The moment up to which rows of a table go."""
        return in_utc(now) - dt.timedelta(days=self._limits.receipts_days) if table == "blob" else now

    def _closed_before(self, now: dt.datetime) -> dt.datetime:
        return in_utc(now) - dt.timedelta(days=self._limits.closed_days)  # Elsewhere a day may have 23 hours.

    async def _batches(self, batch: Callable[[int], Awaitable[int]]) -> int:
        """Batch after batch, as large as their time allows, each followed by a pause as long as it took."""
        total, size = 0, min(FIRST, BATCH)
        while True:
            begun = time.monotonic()
            count = await batch(size)
            total += count
            if count < size:
                return total
            took = time.monotonic() - begun
            await asyncio.sleep(took)
            if took > SECONDS:
                size = max(size // 2, 1)
            elif took < SECONDS / 2:
                size = min(2 * size, BATCH)

"""What keys, bytes and rows tell of each other."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from core.errors import SettingsError
from storage.audit.findings import SWEEP_NOW, Area, Finding
from storage.blobs import Blobs
from storage.keys import backups
from storage.keys.file import FILE_NAME
from storage.reading import Reader, read_only

PRUNED_EVERY: Final = dt.timedelta(days=1)  # Backups of the keys go with the daily part of the sweep.
PUT_BACK: Final = "Restore a backup (docs/operating.md), or leave it: the rows go when their time comes."


@dataclass(frozen=True, slots=True)
class Seen:
    """Names by what is wrong with them."""

    bytes_alone: set[str] = field(default_factory=set)
    keys_alone: set[str] = field(default_factory=set)
    rows_keyless: set[str] = field(default_factory=set)
    rows_alone: set[str] = field(default_factory=set)
    people_alone: set[str] = field(default_factory=set)

    def also(self, other: Seen) -> Seen:
        """What both have seen."""
        return Seen(
            self.bytes_alone & other.bytes_alone,
            self.keys_alone & other.keys_alone,
            self.rows_keyless & other.rows_keyless,
            self.rows_alone & other.rows_alone,
            self.people_alone & other.people_alone,
        )

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def findings(self) -> list[Finding]:
        """What is to be told."""
        told = {
            "files without a row": (self.bytes_alone, SWEEP_NOW),
            "keys without a row": (self.keys_alone, SWEEP_NOW),
            "rows of files whose key is destroyed": (self.rows_keyless, SWEEP_NOW),
            "rows of files that are not there": (self.rows_alone, PUT_BACK),
            "people whose key is destroyed and whose rows are there": (self.people_alone, SWEEP_NOW),
        }
        return [
            Finding(Area.ORPHANED, f"{len(names)} {what}", remedy) for what, (names, remedy) in told.items() if names
        ]


async def compare(reader: Reader, blobs: Blobs, keys: Path, before: dt.datetime) -> Seen:
    """Rows, keys and bytes of one moment, or nearly: what a process is just deleting may be seen half-way.

    Only what is older than `before` counts.

    Raises:
        SettingsError: the key store can't be read.
        StoreFailed: the store of the bytes does not answer, or refuses.
    """
    stored = {entry.name: entry.modified async for page in blobs.stored() for entry in page}
    with _keys(keys) as store:
        times = store.execute("SELECT blob, made FROM blob_key").fetchall()
        owners = {owner for (owner,) in store.execute("SELECT owner FROM owner_key").fetchall()}
    keyed = {name: dt.datetime.fromtimestamp(made, dt.UTC) for name, made in times}
    rows = await reader.query("SELECT name, created_at < $1 AS old FROM blob WHERE due_at IS NOT NULL", before)
    known = {row["name"]: bool(row["old"]) for row in rows}
    people = await reader.query("SELECT owner FROM person WHERE owner <> ''")
    return Seen(
        {name for name, at in stored.items() if at < before and name not in known},
        {name for name, at in keyed.items() if at < before and name not in known},
        {name for name, old in known.items() if old and name not in keyed},
        {name for name, old in known.items() if old and name in keyed and name not in stored},
        {row["owner"] for row in people} - owners,
    )


async def old_key_backups(keys: Path, days: int, now: dt.datetime) -> list[Finding]:
    """Backups of the keys that should have been removed."""
    late = (now - dt.timedelta(days=days) - PRUNED_EVERY).timestamp()
    made = await asyncio.to_thread(lambda: [backups.made(file) for file in backups.files(keys)])
    count = sum(at < late for at in made)
    return [Finding(Area.OVERDUE, f"{count} backups of the keys, past their time", SWEEP_NOW)] if count else []


@contextlib.contextmanager
def _keys(folder: Path) -> Iterator[sqlite3.Connection]:
    file = folder / FILE_NAME
    try:
        with contextlib.closing(sqlite3.connect(read_only(file), uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"{file} can't be read ({error}). If it is damaged, put it back from a backup.") from None

"""Backups of the key store. Whoever is erased is erased from them as well, so a restore brings nobody back."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from core.clock import SystemClock
from core.errors import KeysMissing
from core.supervision import to_the_end
from storage import folder as locks
from storage.keys.file import KeyFile, connect, disk_errors, transaction
from storage.private_files import flush, make_folder

FOLDER: Final = "backups"
PATTERN: Final = "*.sqlite3"
UNFINISHED: Final = ".new"  # ending of a backup that is being made


def folder(keys: Path) -> Path:
    """Where the backups are from which whoever is erased is erased too."""
    return keys / FOLDER


def files(keys: Path) -> list[Path]:
    """The backups."""
    return sorted(folder(keys).glob(PATTERN))


async def make(file: KeyFile, target: Path, without: Sequence[str] = ()) -> None:
    """Copy the key store as it is now; `target` is new, and should be in the folder of backups.

    The keys of the blobs in `without` are left out, so that destroying them here destroys them for good.

    Raises:
        FileExistsError: there is such a file.
        DiskFull: there is no room.
    """
    async with locked(file):
        await to_the_end(asyncio.to_thread(_copy, file.path, target, without))


def _copy(source: Path, target: Path, without: Sequence[str]) -> None:
    made = SystemClock().now()
    make_folder(target.parent, "backup")
    fresh = target.with_name(target.name + UNFINISHED)
    if target.exists():
        raise FileExistsError(f"{target} exists")
    try:
        with disk_errors():
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            with contextlib.closing(connect(source)) as connection:
                connection.execute("VACUUM INTO ?", (str(fresh),))
            with contextlib.closing(connect(fresh)) as connection:
                connection.executemany("DELETE FROM blob_key WHERE blob = ?", [(name,) for name in without])
                connection.execute("CREATE TABLE made (at INTEGER NOT NULL) STRICT")
                connection.execute("INSERT INTO made VALUES (?)", (int(made.timestamp()),))
            flush(fresh)
            fresh.rename(target)
            flush(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


async def scrub(file: KeyFile) -> None:
    """Take everyone who is erased out of every backup, and remove backups that were never finished.

    Raises:
        DiskFull: there is no room.
        KeysMissing: a backup is damaged; the others are done.
    """
    keys = file.path.parent
    if folder(keys).exists():
        async with locked(file):
            await to_the_end(asyncio.to_thread(_scrub_all, file.path))


def _scrub_all(source: Path) -> None:
    damaged: list[Path] = []
    for backup in files(source.parent):
        try:
            _scrub(source, backup)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            damaged.append(backup)
    if damaged:
        raise KeysMissing(
            f"{damaged[0]} is damaged, and keys of somebody who was erased may be in it. Remove the file."
        )


def _scrub(source: Path, backup: Path) -> None:
    with contextlib.closing(connect(backup)) as connection:
        connection.execute("ATTACH ? AS present", (str(source),))

        def forget(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO main.erased SELECT owner, at FROM present.erased")
            for table in ("blob_key", "owner_key"):
                query = f"DELETE FROM main.{table} WHERE owner IN (SELECT owner FROM present.erased)"
                connection.execute(query)

        transaction(connection, forget)


async def prune(file: KeyFile, older_than: dt.datetime) -> int:
    """Remove the backups that were made before `older_than`, and tell how many.

    Raises:
        OSError: one can't be removed.
    """
    if not folder(file.path.parent).exists():
        return 0
    async with locked(file):
        return await to_the_end(asyncio.to_thread(_prune, file.path.parent, older_than.timestamp()))


def _prune(keys: Path, older_than: float) -> int:
    old = [backup for backup in files(keys) if made(backup) < older_than]
    for backup in old:
        backup.unlink()
    return len(old)


def made(backup: Path) -> float:
    """When a backup was made, in seconds since 1970; of what is no backup, when the file was changed."""
    try:
        with contextlib.closing(connect(backup)) as connection:
            return float(connection.execute("SELECT at FROM made").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError):
        return backup.stat().st_mtime


@contextlib.asynccontextmanager
async def locked(file: KeyFile) -> AsyncIterator[None]:
    """One process at a time: for everything that is done to backups. What a killed one left unfinished is removed."""
    backups = folder(file.path.parent)
    make_folder(backups, "[keys] dir")
    async with locks.opening(backups):
        for unfinished in backups.glob(PATTERN + UNFINISHED):
            unfinished.unlink(missing_ok=True)
        yield

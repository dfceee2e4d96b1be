"""A copy of SQLite's rows as they are at one moment, for as long as it takes to encrypt it, or to put it in place."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from storage import folder as locks
from storage.database import PRAGMAS
from storage.keys.file import BUSY_SECONDS, disk_errors
from storage.private_files import make_folder

FOLDER: Final = "snapshot"
FILE_NAME: Final = "rows.sqlite3"


@contextlib.asynccontextmanager
async def workplace(data: Path) -> AsyncIterator[Path]:
    """The path of the copy, where nothing is yet; one process at a time. It is removed at the end if it is there.

    Raises:
        SettingsError: the folder can't be written.
    """
    folder = data / FOLDER
    make_folder(folder, "[data] dir")
    async with locks.opening(folder):
        remove(data)
        try:
            yield folder / FILE_NAME
        finally:
            remove(data)


def take(database: Path, target: Path) -> None:
    """Copy the database, whoever writes into it meanwhile. Nothing that was deleted is in the copy. It may block.

    Raises:
        DiskFull: there is no room.
        sqlite3.DatabaseError: the database is damaged.
    """
    target.touch(mode=0o600)
    with disk_errors(), contextlib.closing(connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def connect(file: Path) -> sqlite3.Connection:
    """A connection that deletes for good, without transactions of its own making."""
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    for name in ("foreign_keys", "secure_delete", "synchronous"):
        connection.execute(f"PRAGMA {name} = {PRAGMAS[name]}")
    return connection


def left_since(data: Path) -> float | None:
    """When what a killed process left of a copy was last written, in seconds since 1970; None if there is nothing."""
    with contextlib.suppress(FileNotFoundError):
        return (data / FOLDER / FILE_NAME).stat().st_mtime
    return None


def remove(data: Path) -> None:
    """Remove the copy and what SQLite puts beside it."""
    for beside in ("", "-wal", "-shm", "-journal"):
        (data / FOLDER / f"{FILE_NAME}{beside}").unlink(missing_ok=True)

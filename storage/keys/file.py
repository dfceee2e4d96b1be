"""The SQLite file of the key store: opened, read, and written in one transaction at a time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from core.errors import DiskFull, KeysMissing, SettingsError
from core.supervision import to_the_end

FILE_NAME: Final = "keys.sqlite3"
BUSY_SECONDS: Final = 10.0  # to wait for another process's transaction
VERSION: Final = 1
PRAGMAS: Final = (
    "synchronous = FULL",
    "secure_delete = ON",  # what is deleted is overwritten
    "temp_store = MEMORY",  # no key in a temporary file
    "foreign_keys = ON",
)
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS owner_key (owner TEXT PRIMARY KEY, master TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS owner_key_master ON owner_key (master);
CREATE TABLE IF NOT EXISTS blob_key (
    blob TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES owner_key (owner),
    made INTEGER NOT NULL, -- seconds since 1970
    wrapped BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS blob_key_owner ON blob_key (owner);
CREATE TABLE IF NOT EXISTS erased (owner TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT; -- seconds since 1970
"""

Result = TypeVar("Result")
Rows = list[tuple[Any, ...]]


class KeyFile:
    """Two connections to one file: a reader for the event loop's thread, and a writer for one worker at a time.

    A read sees whatever any process has committed, so nothing is remembered between two of them.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = asyncio.Lock()
        self._writer: sqlite3.Connection
        self._reader: sqlite3.Connection

    def open(self) -> None:
        """Open the file, or make it with its tables. To be called while `opening` is held; it may block.

        Raises:
            KeysMissing: the file is no key store or is damaged.
            SettingsError: a newer version of the program made it.
            DiskFull: there is no room.
        """
        self.path.touch(mode=0o600)  # SQLite gives the same mode to the files beside it.
        try:
            with disk_errors():
                self._writer = connect(self.path)
                self._prepare()
                self._reader = connect(self.path)
        except sqlite3.DatabaseError as error:
            self.close()
            raise KeysMissing(
                f"{self.path} is no key store, or is damaged ({error}). Put it back from a backup."
            ) from None
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._writer.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise SettingsError(f"{self.path} was made by a newer version of this program.")
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT")

    def close(self) -> None:
        """Close what is open; it may block."""
        for connection in (getattr(self, "_reader", None), getattr(self, "_writer", None)):
            if connection is not None:
                connection.close()

    async def closed(self) -> None:
        """Close when the transaction that is under way has ended."""
        async with self._lock:
            await to_the_end(asyncio.to_thread(self.close))

    def read(self, query: str, *values: str | int) -> Rows:
        """The rows of a query that takes no longer than looking up a key or a page of them."""
        return self._reader.execute(query, values).fetchall()

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in a transaction that has the right to write from its start, in a worker thread.

        A caller that is cancelled waits until the transaction has ended, either way.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        async with self._lock:
            return await to_the_end(asyncio.to_thread(transaction, self._writer, work))

    async def checkpoint(self) -> bool:
        """Move everything from the write-ahead log into the file, where what is deleted is overwritten.

        False if another process stood in the way for BUSY_SECONDS: then something of it may still be in the log.
        """
        async with self._lock:
            return await to_the_end(asyncio.to_thread(self._checkpoint))

    def _checkpoint(self) -> bool:
        with disk_errors():
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            return not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def connect(path: Path) -> sqlite3.Connection:
    """A connection without transactions of its own making, for one thread at a time."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Result]) -> Result:
    """Run `work` and commit, or change nothing.

    Raises:
        DiskFull: there is no room.
    """
    with disk_errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what SQLite and the system say of a full disk into DiskFull."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "disk is full" in str(error) or "disk I/O error" in str(error):
            raise DiskFull(str(error)) from None
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(str(error)) from None
        raise

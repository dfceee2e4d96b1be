"""The database: opened, brought to the present schema, and closed. SQLite in the data folder, or PostgreSQL."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, OperationalError
from tortoise.migrations.executor import MigrationExecutor

from core.errors import DiskFull, SettingsError
from storage import asyncpg_engine, sqlite_engine
from storage import folder as data_folder
from storage.sql import Dialect, Row, Tx

FILE_NAME: Final = "figurine.sqlite3"
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
APP: Final = "storage"
MIGRATION_LOCK: Final = 0x46494755  # of pg_advisory_lock; any number that nobody else takes
POOL_SIZE: Final = 8
PRAGMAS: Final = {
    "busy_timeout": 10_000,  # milliseconds to wait for another process's transaction; first, so that the others wait
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "journal_size_limit": 64_000_000,  # bytes; a log that is used again is flushed faster than one that grows anew
    "wal_autocheckpoint": 4_000,  # pages
    "synchronous": "NORMAL",  # Whoever commits waits for a flush that it may share with others; see storage/durable.py.
}


class Database:
    """The rows of one data folder. Use as `async with`; several processes may do so at the same time.

    `alone` tells whether no other process was using the folder: then whatever a row says is running has died.
    `key` hashes platforms' ids.
    """

    alone: bool
    key: data_folder.PlatformKey

    def __init__(self, folder: Path, url: str = "") -> None:
        """`url` is the address of a PostgreSQL database; empty takes SQLite in the folder."""
        self.folder = folder
        self._url = url
        self._dialect = Dialect(bool(url))

    @property
    def is_postgres(self) -> bool:
        """Whether the rows are in PostgreSQL."""
        return bool(self._url)

    @property
    def joined(self) -> str:
        """The name of the aggregate that joins texts."""
        return "string_agg" if self.is_postgres else "group_concat"

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            SettingsError: the folder can't be used, or the database can't be reached, is another bot's, or is damaged.
            DiskFull: there is no room.
        """
        data_folder.prepare(self.folder)
        async with data_folder.opening(self.folder), contextlib.AsyncExitStack() as undo:
            presence = data_folder.Presence(self.folder)
            undo.callback(presence.leave)
            with _disk_errors():
                self.key = data_folder.PlatformKey.of(self.folder)
            if not self.is_postgres:
                if not (self.folder / FILE_NAME).exists():
                    undo.push(self._discard_unfinished)
                (self.folder / FILE_NAME).touch(mode=0o600)  # SQLite gives the same mode to the files beside it.
            self._context = TortoiseContext()
            undo.push_async_callback(self._context.close_connections)
            with self._opening_errors(), self._context:
                await self._context.init(self._config)
                self._client = cast("sqlite_engine.Client | asyncpg_engine.Client", self._context.db())
                # Opened here, because a first use that fails inside Tortoise keeps the connection's lock.
                await self._client.create_connection(with_db=True)
                await self._migrate()
            self.alone = presence.alone
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    async def _migrate(self) -> None:
        """Bring the schema up to date. On SQLite the folder's lock lets one process in; PostgreSQL has its own."""
        executor = MigrationExecutor(self._client, self._config["apps"])
        if not self.is_postgres:
            await executor.migrate(direction="forward")
            return
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
            await executor.migrate(direction="forward")
        finally:
            await connection.close()

    def _discard_unfinished(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Take away a new database that could not be made whole, so that the next start begins anew."""
        if kind is not None:
            for beside in ("", "-wal", "-shm"):
                (self.folder / f"{FILE_NAME}{beside}").unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A transaction that has the right to write from its start; pass it on.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        with _disk_errors():
            async with self._client.transaction() as transaction:
                yield Tx(transaction, self._dialect)

    async def once(self, statement: str, *values: object) -> list[Row]:
        """Run one statement by itself, which is a transaction of its own; see Tx.query.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        with _disk_errors():
            return await self._client.once(*self._dialect.bound(statement, values))

    async def lightly(self, statement: str, *values: object) -> list[Row]:
        """As `once`, for what may be undone if the machine itself fails, such as a lease: it need not be on the disk.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        with _disk_errors():
            return await self._client.lightly(*self._dialect.bound(statement, values))

    async def look(self, statement: str, *values: object) -> list[Row]:
        """The rows of one statement that finds a row or a few by an index, and changes nothing; see Tx.query.

        On SQLite it is answered at once, in some microseconds, also while a transaction is under way.
        """
        with _disk_errors():
            return await self._client.look(*self._dialect.bound(statement, values))

    def among(self, column: str, place: int, values: Sequence[int | str]) -> tuple[str, object]:
        """See Dialect.among."""
        return self._dialect.among(column, place, values)

    async def checkpoint(self) -> None:
        """Write SQLite's log back and empty it, so that what was deleted is in no file. Busy readers make it wait."""
        if not self.is_postgres:
            for mode in ("PASSIVE", "TRUNCATE"):
                await self._client.execute_query_dict(f"PRAGMA wal_checkpoint({mode})")

    @property
    def _config(self) -> dict[str, Any]:
        if self.is_postgres:
            credentials = {**expand_db_url(self._url)["credentials"], "maxsize": POOL_SIZE}
            connection = {"engine": asyncpg_engine.__name__, "credentials": credentials}
        else:
            credentials = {"file_path": str(self.folder / FILE_NAME), **PRAGMAS}
            connection = {"engine": sqlite_engine.__name__, "credentials": credentials}
        return {
            "connections": {"default": connection},
            "apps": {APP: {"models": ["storage.models"], "migrations": "storage.migrations"}},
        }

    @contextlib.contextmanager
    def _opening_errors(self) -> Iterator[None]:
        file = self.folder / FILE_NAME
        try:
            with _disk_errors():
                yield
        except (BaseORMException, sqlite3.DatabaseError, asyncpg.PostgresError, OSError) as error:
            if self.is_postgres:  # An address may hold a password, and an error's text the address.
                raise SettingsError(
                    f"The database of FIGURINE_DATABASE__URL can't be used ({type(error).__name__}). Is it running?"
                ) from None
            if "locked" in str(error):
                raise SettingsError(f"{file} is in use by another program. Stop that one first.") from None
            raise SettingsError(f"{file} is no database of this bot, or is damaged ({error}).") from None


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, asyncpg.DiskFullError) as error:
        if isinstance(error, asyncpg.DiskFullError) or "disk is full" in str(error) or "disk I/O error" in str(error):
            raise DiskFull(str(error)) from None
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(str(error)) from None
        raise

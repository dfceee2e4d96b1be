"""The database file: opened, brought to the present schema, and closed."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor

from core.errors import DiskFull, SettingsError
from storage import folder as data_folder
from storage.sqlite_engine import Client

FILE_NAME: Final = "figurine.sqlite3"
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
APP: Final = "storage"
PRAGMAS: Final = {
    "busy_timeout": 10_000,  # milliseconds to wait for another process's transaction; first, so that the others wait
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "synchronous": "FULL",
}


class Database:
    """The rows of one data folder. Use as `async with`; several processes may do so at the same time.

    `alone` tells whether no other process was using the folder: then whatever a row says is running has died.
    `key` hashes platforms' ids.
    """

    alone: bool
    key: data_folder.PlatformKey

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            SettingsError: the folder can't be used, or what is in it is no database of this bot or is damaged.
            DiskFull: there is no room.
        """
        data_folder.prepare(self._folder)
        async with data_folder.opening(self._folder), contextlib.AsyncExitStack() as undo:
            presence = data_folder.Presence(self._folder)
            undo.callback(presence.leave)
            with _disk_errors():
                self.key = data_folder.PlatformKey.of(self._folder)
            if not (self._folder / FILE_NAME).exists():
                undo.push(self._discard_unfinished)
            (self._folder / FILE_NAME).touch(mode=0o600)  # SQLite gives the same mode to the files beside it.
            self._context = TortoiseContext()
            undo.push_async_callback(self._context.close_connections)
            with _opening_errors(self._folder / FILE_NAME), self._context:
                await self._context.init(self._config)
                self._client = cast("Client", self._context.db())
                # Opened here, because a first use that fails inside Tortoise keeps the connection's lock.
                await self._client.create_connection(with_db=True)
                await MigrationExecutor(self._client, self._config["apps"]).migrate(direction="forward")
            self.alone = presence.alone
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    def _discard_unfinished(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Take away a new database that could not be made whole, so that the next start begins anew."""
        if kind is not None:
            for beside in ("", "-wal", "-shm"):
                (self._folder / f"{FILE_NAME}{beside}").unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionalDBClient]:
        """A transaction that has the right to write from its start; pass it on as `using_db`.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        with _disk_errors():
            async with self._client.transaction() as transaction:
                with self._current(transaction):
                    yield transaction

    @contextlib.contextmanager
    def _current(self, transaction: TransactionalDBClient) -> Iterator[None]:
        """What Tortoise's own code takes the context and the connection from.

        A transaction holds the connection's lock, so only one task at a time is in here, which the context needs.
        """
        with self._context:
            token = self._context.connections.set(transaction.connection_name, transaction)
            try:
                yield
            finally:
                self._context.connections.reset(token)

    @property
    def _config(self) -> dict[str, Any]:
        credentials = {"file_path": str(self._folder / FILE_NAME), **PRAGMAS}
        return {
            "connections": {"default": {"engine": Client.__module__, "credentials": credentials}},
            "apps": {APP: {"models": ["storage.models"], "migrations": "storage.migrations"}},
        }


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        if "disk is full" in str(error) or "disk I/O error" in str(error):
            raise DiskFull(str(error)) from None
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(str(error)) from None
        raise


@contextlib.contextmanager
def _opening_errors(file: Path) -> Iterator[None]:
    try:
        with _disk_errors():
            yield
    except (OperationalError, sqlite3.DatabaseError) as error:
        if "locked" in str(error):
            raise SettingsError(f"{file} is in use by another program. Stop that one first.") from None
        raise SettingsError(f"{file} is no database of this bot, or is damaged ({error}).") from None

"""Tortoise's SQLite backend with the faults taken out that lose data or hang.

The stock backend begins transactions DEFERRED, so that of two which read and then write one fails at once; and a task
that is cancelled at the wrong moment leaves its lock or its transaction behind. Here a transaction begins IMMEDIATE,
and beginning and ending one always runs to its end. (Tortoise picks its dialect by the word "sqlite" in the module's
name, and the class by the name `client_class`.)
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from core.supervision import to_the_end


class _Transaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))

    async def close_with(self, failed: bool) -> None:
        """Commit, or roll back if `failed` or if the commit does not succeed.

        The connection's thread works off what it was handed in order, whoever still waits for it. So a rollback that is
        waited for to its end comes after a commit whose caller was cancelled, and then changes nothing.
        """
        if self._finalized:
            return
        self._finalized = True
        if failed:
            await to_the_end(self._connection.rollback())
            return
        try:
            await self._connection.commit()
        except BaseException:
            await to_the_end(self._connection.rollback())
            raise


class _Context(SqliteTransactionContext):
    """The context that Tortoise's own code uses; it makes the transaction the current one of its task."""

    __slots__ = ()
    connection: _Transaction

    async def __aenter__(self) -> TransactionalDBClient:
        await begin(self.connection, self._trxlock)
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self.token)
        try:
            await self.connection.close_with(failed=kind is not None)
        finally:
            self._trxlock.release()


class Client(SqliteClient):
    """The backend."""

    async def create_connection(self, with_db: bool) -> None:
        """Open the file. What could not be prepared is closed again, or later calls would take it for usable.

        Raises:
            OperationalError: the file is no database, or the disk or another process stands in the way.
        """
        try:
            await super().create_connection(with_db)
        except BaseException as error:
            await to_the_end(self.close())
            if isinstance(error, sqlite3.DatabaseError):
                raise OperationalError(error) from error
            raise

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement for many rows, in a transaction that does not outlive a cancelled caller."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    def _in_transaction(self) -> TransactionContext:
        return _Context(_Transaction(self), self._lock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionalDBClient]:
        """A transaction that is handed on explicitly, with `using_db`.

        It is no task's current one, so a task that is started inside does not write into it by accident.
        """
        transaction = _Transaction(self)
        await begin(transaction, self._lock)
        try:
            try:
                yield transaction
            except BaseException:
                await transaction.close_with(failed=True)
                raise
            await transaction.close_with(failed=False)
        finally:
            self._lock.release()


async def begin(transaction: _Transaction, lock: asyncio.Lock) -> None:
    """Take the connection's lock and begin. Whatever happens on the way, the lock is not left behind."""
    await lock.acquire()
    raw = None
    try:
        parent = transaction._parent
        if parent._connection is None:
            await to_the_end(parent.create_connection(with_db=True))
        raw = transaction._connection = parent._connection
        await transaction.begin()
    except BaseException:
        try:
            if raw is not None:  # Its thread may have yet to begin; the rollback comes after that in any case.
                await to_the_end(raw.rollback())
        finally:
            lock.release()
        raise


client_class = Client

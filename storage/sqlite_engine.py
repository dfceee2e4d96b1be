"""Tortoise's SQLite backend with the faults taken out that lose data or hang.

The stock backend begins transactions DEFERRED, so that of two which read and then write one fails at once; and a task
that is cancelled at the wrong moment leaves its lock or its transaction behind. Here a transaction begins IMMEDIATE,
and beginning and ending one always runs to its end. (Tortoise picks its dialect by the word "sqlite" in the module's
name, and the class by the name `client_class`.)

Each statement that is handed to the connection's thread costs some ten times what SQLite takes for it. So a transaction
begins together with its first statement and ends together with its last ones, and what takes some microseconds is done
at once: a quick look on a connection that only reads; a single change and a brief transaction on one that never waits.
Should another process write at that moment, the thread does it, which waits.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, TypeAlias, TypeVar, cast

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from core.supervision import to_the_end
from storage.durable import Flushes

Result = TypeVar("Result")
Row: TypeAlias = dict[str, Any]
Bound: TypeAlias = tuple[str, Sequence[object]]
"""A statement with its values."""
THREAD_EVERY: Final = 128


class Transaction:
    """A transaction as storage.sql.Raw. It has the right to write from its first statement on.

    `must_flush` tells, once it is committed, whether it changed anything that must be on the disk.
    """

    def __init__(self, connection: aiosqlite.Connection, quick: Callable[[], sqlite3.Connection | None]) -> None:
        """`quick` gives a connection that never waits, if there is one now."""
        self._connection = connection
        self._quick = quick
        self._raw = connection._conn
        self._brief = False
        self._begun = False
        self._before = 0
        self._waiting: list[Bound] = []
        self._light = False
        self.must_flush = False

    async def fetch(self, statement: str, values: Sequence[object]) -> list[Row]:
        """The rows of a statement, after all that waits."""
        return await self._do((statement, values))

    async def later(self, statement: str, values: Sequence[object]) -> None:
        """Run a statement whose rows nobody needs, with the next one or at the end. Its error comes then."""
        self._waiting.append((statement, values))

    def lightly(self) -> None:
        """See storage.sql.Tx.lightly."""
        self._light = True

    def briefly(self) -> None:
        """See storage.sql.Tx.briefly."""
        quick = None if self._begun else self._quick()
        if quick is not None:
            self._raw, self._brief = quick, True

    async def commit(self) -> None:
        """Run what waits, and commit."""
        if self._begun or self._waiting:
            await self._do(None)

    async def rollback(self) -> None:
        """Undo everything. It comes after whatever the thread was handed before, and changes nothing after a commit."""
        if self._brief:
            self._raw.rollback()
        else:
            await self._connection.rollback()

    async def _do(self, last: Bound | None) -> list[Row]:
        """What waits and a statement; without one, this is the end."""
        waiting, self._waiting = self._waiting, []
        if self._brief and not self._begun:
            try:
                self._begin()
            except sqlite3.OperationalError:  # Another process writes.
                self._raw, self._brief = self._connection._conn, False
        if self._brief:
            return self._run(waiting, last)
        return await _in_thread(self._connection, self._run, waiting, last)

    def _begin(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")
        self._begun, self._before = True, self._raw.total_changes

    def _run(self, waiting: list[Bound], last: Bound | None) -> list[Row]:
        """In the connection's thread, unless it is brief."""
        if not self._begun:
            self._begin()
        for bound in waiting:
            fetched(self._raw, bound)
        if last is not None:
            return fetched(self._raw, last)
        self._raw.commit()
        self.must_flush = not self._light and self._raw.total_changes != self._before
        return []


async def _in_thread(connection: aiosqlite.Connection, work: Callable[..., Result], *given: object) -> Result:
    """Call `work` in the connection's thread, which works off what it was handed in order."""
    return cast("Result", await connection._execute(work, *given))  # type: ignore[no-untyped-call]


def fetched(raw: sqlite3.Connection, bound: Bound) -> list[Row]:
    """The rows of a statement."""
    return [dict(row) for row in raw.execute(*bound).fetchall()]


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

    _reader: sqlite3.Connection | None = None
    _writer: sqlite3.Connection | None = None
    _written = 0

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path, **options)
        self._flushes = Flushes(f"{file_path}-wal")

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
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is handed on explicitly.

        It is no task's current one, so a task that is started inside does not write into it by accident.
        """
        async with self._lock:
            transaction = Transaction(self._open, self._quick)
            try:
                yield transaction
                await transaction.commit()
            except BaseException:
                await to_the_end(transaction.rollback())
                raise
        if transaction.must_flush:
            await self._flushes.flushed()

    async def once(self, statement: str, values: Sequence[object]) -> list[Row]:
        """One statement by itself."""
        rows, changed = await self._alone(statement, values)
        if changed:
            await self._flushes.flushed()
        return rows

    async def lightly(self, statement: str, values: Sequence[object]) -> list[Row]:
        """One statement by itself, which may be undone if the machine fails before the next one that is not."""
        rows, _ = await self._alone(statement, values)
        return rows

    async def _alone(self, statement: str, values: Sequence[object]) -> tuple[list[Row], bool]:
        """The rows of one statement by itself, and whether it changed anything."""
        async with self._lock:
            quick = None if statement.startswith("SELECT") else self._quick()  # Who only reads may have much to read.
            if quick is not None:
                before = quick.total_changes
                try:
                    return fetched(quick, (statement, values)), quick.total_changes != before
                except sqlite3.OperationalError:  # Another process writes, or it goes wrong in the thread, too.
                    pass
            raw = self._open._conn
            before = raw.total_changes
            rows = await _in_thread(self._open, fetched, raw, (statement, values))
            return rows, raw.total_changes != before

    def _quick(self) -> sqlite3.Connection | None:
        """The connection that never waits. None for one in THREAD_EVERY changes, so that the log is put in order."""
        self._written += 1
        if self._written % THREAD_EVERY == 0:
            return None
        if self._writer is None:
            self._writer = _never_waiting(self.filename, self.pragmas)
        return self._writer

    async def look(self, statement: str, values: Sequence[object]) -> list[Row]:
        """One statement that reads a row or a few by an index, of what is committed."""
        try:
            if self._reader is None:
                self._reader = _only_reading(self.filename)
            return fetched(self._reader, (statement, values))
        except sqlite3.OperationalError:  # Another process puts its log in order, or the disk is full.
            return await self.once(statement, values)

    async def close(self) -> None:
        """Close all connections."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None
        self._flushes.close()
        await super().close()

    @property
    def _open(self) -> aiosqlite.Connection:
        assert self._connection is not None  # noqa: S101 -- Database opens it before anybody can ask
        return self._connection


def _only_reading(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def _never_waiting(file: str, pragmas: Mapping[str, object]) -> sqlite3.Connection:
    """A connection that writes at once or not at all, and leaves it to others to put the log in order."""
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for name, value in {**pragmas, "busy_timeout": 0, "wal_autocheckpoint": 0}.items():
        if name != "journal_mode":  # The file's own.
            connection.execute(f"PRAGMA {name} = {value}")
    return connection


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

"""Tortoise's PostgreSQL backend (asyncpg) with the leak taken out that a cancelled caller leaves behind.

In the stock backend a task that is cancelled while a transaction begins or ends keeps its connection, until the pool is
empty. Here beginning and ending one always runs to its end, and a connection that goes back is not asked to forget what
nobody here sets, which would be one more way to the server for each statement. (Tortoise picks its dialect by the word
"asyncpg" in the module's name, and the class by the name `client_class`.)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from core.supervision import to_the_end

Row: TypeAlias = dict[str, Any]


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Without session settings, locks or cursors of its own: what is to be reset is an open transaction at most."""

    def get_reset_query(self) -> str:
        """Nothing; asyncpg itself rolls back what is open."""
        return ""


class Transaction:
    """A transaction as storage.sql.Raw."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, statement: str, values: Sequence[object]) -> list[Row]:
        """The rows of a statement."""
        return [dict(row) for row in await self._connection.fetch(statement, *values)]

    async def later(self, statement: str, values: Sequence[object]) -> None:
        """Run a statement whose rows nobody needs."""
        await self._connection.fetch(statement, *values)

    def lightly(self) -> None:
        """Nothing: the server flushes as it likes."""

    def briefly(self) -> None:
        """Nothing: nobody waits for a thread."""


class _Context(TransactionContextPooled):
    """The context that Tortoise's own code uses; it makes the transaction the current one of its task."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        await begin(self.client)
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self.token)
        await to_the_end(_release(self.client, failed=kind is not None))


class Client(AsyncpgDBClient):
    """The backend."""

    connection_class = Connection

    def _in_transaction(self) -> TransactionContext:
        return _Context(TransactionWrapper(self), self._pool_init_lock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is handed on explicitly. It is no task's current one."""
        transaction = TransactionWrapper(self)
        await begin(transaction)
        try:
            yield Transaction(transaction._connection)
        except BaseException:
            await to_the_end(_release(transaction, failed=True))
            raise
        await to_the_end(_release(transaction, failed=False))

    async def once(self, statement: str, values: Sequence[object]) -> list[Row]:
        """One statement by itself."""
        pool: Any = self._pool
        async with pool.acquire() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    lightly = look = once


async def begin(transaction: Any) -> None:
    """Take a connection from the pool and begin on it. Whoever is cancelled on the way leaves no connection behind."""
    pool = transaction._parent._pool
    transaction._connection = await pool.acquire()
    try:
        await transaction.begin()
    except BaseException:
        await to_the_end(pool.release(transaction._connection))  # This resets it as well.
        raise


async def _release(transaction: Any, failed: bool) -> None:
    """End the transaction, by a rollback if it failed, and give its connection back whatever happens."""
    try:
        if not transaction._finalized:
            await (transaction.rollback() if failed else transaction.commit())
    finally:
        transaction._finalized = True
        await transaction._parent._pool.release(transaction._connection)


client_class = Client

"""Statements written by hand, the same for SQLite and PostgreSQL, on an open transaction."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, cast

import aiosqlite
from tortoise.backends.base.client import BaseDBAsyncClient

_NUMBERED: Final = re.compile(r"\$(\d+)")
_LOCKING: Final = re.compile(r"\s+FOR UPDATE(?: OF \w+)?(?: SKIP LOCKED)?")

Row = dict[str, Any]
Statement = tuple[str, tuple[object, ...]]
"""A statement, and what is filled in."""


class Tx:
    """An open transaction, as core.ports.Transaction. `client` is for Tortoise's own `using_db`."""

    def __init__(self, client: BaseDBAsyncClient, postgres: bool) -> None:
        self.client = client
        self.postgres = postgres

    async def query(self, statement: str, *values: object) -> list[Row]:
        """Run one statement with $1, $2 … filled in, and give the rows that it returns.

        On SQLite, which has one writer, FOR UPDATE is left out. Moments go in as aware datetimes; they come out as text
        on SQLite (storage.models.moment reads both).
        """
        if not self.postgres:
            statement = _of_sqlite(statement)
        return await self.client.execute_query_dict(statement, [self._plain(value) for value in values])

    async def one(self, statement: str, *values: object) -> Row | None:
        """The first row, if there is any."""
        rows = await self.query(statement, *values)
        return rows[0] if rows else None

    async def write(self, *statements: Statement) -> None:
        """Run statements whose rows nobody needs, in this order. SQLite's thread is handed all of them at once."""
        if self.postgres or len(statements) < 2:
            for statement, values in statements:
                await self.query(statement, *values)
            return
        connection = cast("aiosqlite.Connection", self.client._connection)
        await asyncio.gather(
            *(
                connection.execute_fetchall(_of_sqlite(statement), [self._plain(value) for value in values])
                for statement, values in statements
            )
        )

    def among(self, column: str, place: int, values: Sequence[int | str]) -> tuple[str, object]:
        """A condition that `column` is one of the values, and what to hand in for the parameter at `place`."""
        if self.postgres:
            return f"{column} = ANY(${place})", list(values)
        return f"{column} IN (SELECT value FROM json_each(${place}))", json.dumps(list(values))

    def _plain(self, value: object) -> object:
        if isinstance(value, StrEnum):
            return str(value)
        if isinstance(value, dt.datetime):
            value = value.astimezone(dt.UTC)
            return value if self.postgres else str(value)
        if isinstance(value, bool) and not self.postgres:
            return int(value)
        return value


@lru_cache(maxsize=500)
def _of_sqlite(statement: str) -> str:
    return _NUMBERED.sub(r"?\1", _LOCKING.sub("", statement))

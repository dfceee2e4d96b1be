"""Statements written by hand, the same for SQLite and PostgreSQL, on an open transaction."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Protocol

_NUMBERED: Final = re.compile(r"\$(\d+)")
_LOCKING: Final = re.compile(r"\s+FOR (?:(?:NO KEY )?UPDATE|KEY SHARE)(?: OF \w+)?(?: SKIP LOCKED)?")

Row = dict[str, Any]
Statement = tuple[str, tuple[object, ...]]
"""A statement, and what is filled in."""


class Raw(Protocol):
    """A transaction as the engines have it: statements of their own dialect, and plain values."""

    async def fetch(self, statement: str, values: Sequence[object]) -> list[Row]:
        """The rows of a statement."""
        ...

    async def later(self, statement: str, values: Sequence[object]) -> None:
        """Run a statement whose rows nobody needs, at the end at the latest."""
        ...

    def lightly(self) -> None:
        """See Tx.lightly."""
        ...

    def briefly(self) -> None:
        """See Tx.briefly."""
        ...


class Tx:
    """An open transaction, as core.stores.Transaction. `accounts`: those that it has locked; see storage.accounts."""

    def __init__(self, raw: Raw, dialect: Dialect) -> None:
        self.accounts: dict[int, Any] = {}
        self.postgres = dialect.postgres
        self._raw = raw
        self._dialect = dialect

    async def query(self, statement: str, *values: object) -> list[Row]:
        """Run one statement with $1, $2 … filled in, and give the rows that it returns.

        On SQLite, which has one writer, FOR UPDATE and the like are left out. Moments go in as aware datetimes; they
        come out as text on SQLite (storage.models.moment reads both).
        """
        return await self._raw.fetch(*self._dialect.bound(statement, values))

    async def one(self, statement: str, *values: object) -> Row | None:
        """The first row, if there is any."""
        rows = await self.query(statement, *values)
        return rows[0] if rows else None

    async def later(self, statement: str, *values: object) -> None:
        """Run a statement whose rows nobody needs: with the next one or at the end. Its error may come then only."""
        await self._raw.later(*self._dialect.bound(statement, values))

    def lightly(self) -> None:
        """Do not wait for the disk at the end: if the machine itself fails then, the transaction may be undone."""
        self._raw.lightly()

    def briefly(self) -> None:
        """To be said before the first statement: there are a few, each finds its rows by an index.

        On SQLite they are run at once, in some microseconds each, unless another process writes at that moment.
        """
        self._raw.briefly()

    async def write(self, *statements: Statement) -> None:
        """See `later`, for several in this order."""
        for statement, values in statements:
            await self.later(statement, *values)

    def among(self, column: str, place: int, values: Sequence[int | str]) -> tuple[str, object]:
        """See Dialect.among."""
        return self._dialect.among(column, place, values)


class Dialect:
    """What differs between the two databases in a statement and its values."""

    def __init__(self, postgres: bool) -> None:
        self.postgres = postgres

    def bound(self, statement: str, values: Sequence[object]) -> tuple[str, list[object]]:
        """A statement and its values as the engine takes them."""
        return statement if self.postgres else _of_sqlite(statement), [self._plain(value) for value in values]

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

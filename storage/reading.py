"""Reading the rows without writing anything and without standing in anybody's way: one snapshot of one moment."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import asyncpg

from core.errors import SettingsError
from storage.database import FILE_NAME
from storage.sql import Row

BUSY_SECONDS: Final = 10.0
_NUMBERED: Final = re.compile(r"\$(\d+)")

Run = Callable[[str, tuple[object, ...]], Awaitable[list[Row]]]


class Reader:
    """Statements with $1, $2 …, the same for SQLite and PostgreSQL."""

    def __init__(self, run: Run, postgres: bool) -> None:
        """`run` gives a statement's rows for its values."""
        self._run = run
        self.postgres = postgres

    async def query(self, statement: str, *values: object) -> list[Row]:
        """The rows. Moments go in as aware datetimes and come out as storage.models.moment reads them."""
        return await self._run(statement, values)

    async def number(self, statement: str, *values: object) -> int:
        """The first column of the first row, which is a number."""
        (row,) = await self.query(statement, *values)
        return int(next(iter(row.values())))


@contextlib.asynccontextmanager
async def reading(folder: Path, url: str = "") -> AsyncIterator[Reader]:
    """The rows of a data folder, or of the PostgreSQL database at `url`, as they are now.

    Raises:
        SettingsError: the database can't be reached, is damaged, or is of another version of the program.
    """
    with reading_errors(folder, bool(url)):
        async with _postgres(url) if url else _sqlite(read_only(folder / FILE_NAME)) as reader:
            yield reader


def read_only(file: Path) -> str:
    """The address by which sqlite3 opens a file for reading."""
    return f"{file.absolute().as_uri()}?mode=ro"


@contextlib.asynccontextmanager
async def _sqlite(address: str) -> AsyncIterator[Reader]:
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def run(statement: str, values: tuple[object, ...]) -> list[Row]:
        plain = [str(value.astimezone(dt.UTC)) if isinstance(value, dt.datetime) else value for value in values]
        cursor = connection.execute(_NUMBERED.sub(r"?\1", statement), plain)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    try:
        connection.execute("BEGIN")
        yield Reader(lambda statement, values: asyncio.to_thread(run, statement, values), postgres=False)
    finally:
        connection.close()


@contextlib.asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[Reader]:
    connection = await asyncpg.connect(url)

    async def run(statement: str, values: tuple[object, ...]) -> list[Row]:
        return [dict(row) for row in await connection.fetch(statement, *values)]

    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield Reader(run, postgres=True)
    finally:
        await connection.close()


@contextlib.contextmanager
def reading_errors(folder: Path, postgres: bool) -> Iterator[None]:
    """Turn what a database says into one sentence; an address may hold a password, so it is not repeated."""
    try:
        yield
    except (sqlite3.DatabaseError, asyncpg.PostgresError, OSError) as error:
        if postgres:
            raise SettingsError(
                f"The database of FIGURINE_DATABASE__URL can't be read ({type(error).__name__}). Is it running, and up "
                "to date? `python -m bots check` brings it up to date."
            ) from None
        raise SettingsError(
            f"{folder / FILE_NAME} can't be read ({error}). If it is of an older version, `python -m bots check` "
            "brings it up to date; if it is damaged, restore a backup."
        ) from None

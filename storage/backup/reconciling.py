"""Rows out of a backup, brought into line with the keys before anybody can see them."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import storage.migrations
from storage.backup import snapshot
from storage.backup.manifest import NoBackup
from storage.closing import CLOSE, FORGET
from storage.memos import RESTORED

LOST = "owner <> '' AND owner NOT IN (SELECT name FROM temp.own)"
PASSING = ("beat", "alert")  # what was true of the process that wrote it


def reconcile(rows: Path, owners: Iterable[str], keyed: Iterable[str], now: dt.datetime) -> int:
    """Remove the people who have no key, and call due the files that have none; how many people there were.

    The sweep that follows ends the orders which need such a file, and gives their credits back. It may block.

    Raises:
        NoBackup: the rows are of a newer version of the program, or none at all.
    """
    try:
        with contextlib.closing(snapshot.connect(rows)) as connection:
            _refuse_newer(connection)
            connection.execute("BEGIN IMMEDIATE")
            for table, names in (("temp.own", owners), ("temp.keyed", keyed)):
                connection.execute(f"CREATE TEMPORARY TABLE {table.partition('.')[2]} (name TEXT PRIMARY KEY)")
                connection.executemany(f"INSERT INTO {table} VALUES (?)", ((name,) for name in names))
            _close_books(connection, f"IN (SELECT id FROM person WHERE {LOST})", now)
            lost = connection.execute(f"DELETE FROM person WHERE {LOST}").rowcount
            connection.execute(
                "UPDATE blob SET due_at = ? WHERE due_at IS NOT NULL AND name NOT IN (SELECT name FROM temp.keyed)",
                (str(now.astimezone(dt.UTC)),),
            )
            for table in PASSING:
                connection.execute(f"DELETE FROM {table}")
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            return lost
    except sqlite3.DatabaseError as error:
        raise NoBackup(f"The rows of the backup can't be used ({error}). Nothing was changed.") from None


def _close_books(connection: sqlite3.Connection, those: str, now: dt.datetime) -> None:
    """Empty the purses of people who have no key; and say until when the books go, which no row can tell later."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'transfer'").fetchone():
        return  # Of a version that had no shop.
    at = str(now.astimezone(dt.UTC))
    for statement in (*CLOSE, FORGET):
        bound = statement.format(whose=f"person_id {those}").replace("$1", "?1")
        connection.execute(bound, (at,) if "?1" in bound else ())
    (last,) = connection.execute("SELECT max(at) FROM transfer WHERE reason <> 'close'").fetchone()
    if last is not None:
        memo = json.dumps({"until": last, "at": at})
        connection.execute("INSERT OR REPLACE INTO memo (name, value) VALUES (?, ?)", (RESTORED, memo))


def living(rows: Path, now: dt.datetime) -> list[str]:
    """The names of the files whose time is not over."""
    with contextlib.closing(snapshot.connect(rows)) as connection:
        found = connection.execute("SELECT name FROM blob WHERE due_at > ?", (str(now.astimezone(dt.UTC)),))
        return [name for (name,) in found.fetchall()]


def _refuse_newer(connection: sqlite3.Connection) -> None:
    known = {file.stem for folder in storage.migrations.__path__ for file in Path(folder).glob("[0-9]*.py")}
    applied = {name for (name,) in connection.execute("SELECT name FROM tortoise_migrations").fetchall()}
    if applied - known:
        raise NoBackup("The backup is of a newer version of this program. Nothing was changed.")

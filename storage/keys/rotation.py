"""Changing the master key: every owner's key is wrapped anew, batch by batch, while other processes go on."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import KeysMissing
from core.supervision import to_the_end
from storage.keys import backups
from storage.keys.file import KeyFile, Rows, connect, transaction
from storage.keys.masters import MasterKeys

BATCH: Final = 500  # owners whose keys are wrapped anew in one transaction

Read = Callable[..., Rows]


async def rotate(file: KeyFile, masters: MasterKeys) -> int:
    """Make a new master key, wrap every owner's key under it, here and in the backups, and remove the old one.

    If a rotation was begun and not ended, that one is ended. If the active key comes from the settings, it is the
    new one. Returns how many owners' keys were wrapped anew here.

    Raises:
        KeysMissing: the file of the master key is not there, damaged or open to others, or a backup is damaged.
        DiskFull: there is no room.
        Tampered: an owner's key was changed.
    """

    def begin(connection: sqlite3.Connection) -> None:
        masters.reload()
        masters.begin_rotation(bool(masters_in_use(reading(connection)) & set(masters.older)))

    def some(connection: sqlite3.Connection) -> int:
        masters.reload()
        return rewrap(connection, masters)

    await file.write(begin)
    total, ended = 0, False
    while not ended:
        while done := await _with_pause(file, some):
            total += done
        async with backups.locked(file):
            await to_the_end(asyncio.to_thread(_rewrap_backups, file.path.parent, masters))
            ended = await file.write(lambda connection: _end(connection, masters))
    await file.checkpoint()
    return total


async def _with_pause(file: KeyFile, work: Callable[[sqlite3.Connection], int]) -> int:
    """A transaction and a pause that is as long, in which others get their turn."""
    started = time.monotonic()
    done = await file.write(work)
    await asyncio.sleep(time.monotonic() - started)
    return done


def rewrap(connection: sqlite3.Connection, masters: MasterKeys) -> int:
    """Wrap up to BATCH owners' keys that are under an older master key under the active one. Returns how many."""
    for older in masters.older:
        query = "SELECT owner, wrapped FROM owner_key WHERE master = ? LIMIT ?"
        rows = connection.execute(query, (older, BATCH)).fetchall()
        for owner, wrapped in rows:
            key = masters.unwrap(owner, older, wrapped)
            if key is None:
                raise KeysMissing("A master key was removed while keys were under it.")
            anew = masters.wrap(owner, key)
            connection.execute("UPDATE owner_key SET master = ?, wrapped = ? WHERE owner = ?", (*anew, owner))
        if rows:
            return len(rows)
    return 0


def masters_in_use(read: Read) -> set[str]:
    """The ids of the master keys that owners' keys are wrapped under."""
    found = [""]
    while (following := read("SELECT min(master) FROM owner_key WHERE master > ?", found[-1])[0][0]) is not None:
        found.append(following)
    return set(found[1:])


def reading(connection: sqlite3.Connection) -> Read:
    """The way to read rows through a connection."""
    return lambda query, *values: connection.execute(query, values).fetchall()


def _rewrap_backups(keys: Path, masters: MasterKeys) -> None:
    for backup in backups.files(keys):
        try:
            with contextlib.closing(connect(backup)) as connection:
                while transaction(connection, lambda connection: rewrap(connection, masters)):
                    pass
        except sqlite3.DatabaseError as error:
            raise KeysMissing(f"{backup} is no backup of the keys, or is damaged ({error}). Remove the file.") from None


def _end(connection: sqlite3.Connection, masters: MasterKeys) -> bool:
    """Remove older keys if nothing is under them; False if something is, since somebody was quicker."""
    masters.reload()
    if masters_in_use(reading(connection)) & set(masters.older):
        return False
    masters.end_rotation()
    return True

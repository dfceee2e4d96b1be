"""The keys that a restore goes by: those that are here, or a backup of them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from storage.backup.manifest import NoBackup
from storage.keys import backups
from storage.keys.file import FILE_NAME, connect, disk_errors, transaction
from storage.private_files import flush, make_folder


@contextlib.contextmanager
def keys_in_place(folder: Path, named: Path | None) -> Iterator[bool]:
    """See that there is a key store; whether it came from a backup. If the block fails, one that came is gone again.

    A key store that is there stays, so that whoever was erased stays erased. It may block.

    Raises:
        NoBackup: there is none and no backup of it, or the named file is none.
    """
    store = folder / FILE_NAME
    if store.exists():
        if named is not None:
            raise NoBackup(
                f"There are keys in {folder}, and they stay: nothing else knows who was erased. Leave out --keys."
            )
        yield False
        return
    _copy(_chosen(folder, named), store)
    try:
        yield True
    except BaseException:
        for beside in ("", "-wal", "-shm"):
            (folder / f"{FILE_NAME}{beside}").unlink(missing_ok=True)
        raise


def _chosen(folder: Path, named: Path | None) -> Path:
    if named is not None:
        return named
    found = sorted(backups.files(folder), key=backups.made)
    if not found:
        raise NoBackup(f"There are no keys in {folder} and no backup of them. Name one with --keys FILE.")
    return found[-1]


def _copy(source: Path, store: Path) -> None:
    """Put a backup in the place of the key store. Whoever any other backup knows as erased is erased from it."""
    make_folder(store.parent, "[keys] dir")
    fresh = store.with_name(f"{FILE_NAME}.new")
    fresh.unlink(missing_ok=True)
    try:
        if not source.is_file():
            raise NoBackup(f"There is no file {source}.")
        with disk_errors():
            fresh.touch(mode=0o600)
            with contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as backup:
                backup.execute("SELECT at FROM made").fetchone()
                backup.execute("VACUUM INTO ?", (str(fresh),))
            with contextlib.closing(connect(fresh)) as connection:
                connection.execute("DROP TABLE made")
                for other in backups.files(store.parent):
                    _forget_erased(connection, other)
            flush(fresh)
            fresh.rename(store)
            flush(store.parent)
    except (sqlite3.DatabaseError, OSError) as error:
        raise NoBackup(f"{source} is no backup of the keys, or is damaged ({error}). Nothing was changed.") from None
    finally:
        fresh.unlink(missing_ok=True)


def _forget_erased(connection: sqlite3.Connection, other: Path) -> None:
    with contextlib.suppress(sqlite3.DatabaseError):  # A damaged one tells nothing, and stands in nobody's way.
        connection.execute("ATTACH ? AS other", (str(other),))
        try:
            transaction(connection, _forget)
        finally:
            connection.execute("DETACH other")


def _forget(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR IGNORE INTO erased SELECT owner, at FROM other.erased")
    for table in ("blob_key", "owner_key"):
        connection.execute(f"DELETE FROM main.{table} WHERE owner IN (SELECT owner FROM main.erased)")

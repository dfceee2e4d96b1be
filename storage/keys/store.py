"""The key store: every owner's key under the master key, every blob's key under its owner's."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.errors import Gone, KeysMissing
from core.settings import KeySettings
from core.supervision import to_the_end
from storage import folder as locks
from storage.crypto import Cipher, about, new_key, seal, unseal
from storage.keys import backups, rotation
from storage.keys.file import FILE_NAME, KeyFile, Rows
from storage.keys.masters import MasterKeys
from storage.private_files import make_folder

PAGE: Final = 1_000  # rows that are read at once
CHUNK: Final = 500  # keys that one statement destroys
TRIES: Final = 3  # an owner's key is looked up, while rotations go on beside it


@dataclass(frozen=True, slots=True)
class KeyedBlob:
    """A blob that has a key, and since when."""

    name: str
    made: dt.datetime


class KeyStore:
    """Use as `async with`; several processes may use one folder at the same time."""

    def __init__(self, folder: Path, settings: KeySettings) -> None:
        self.folder = folder
        self._settings = settings

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            SettingsError: the folder can't be used.
            KeysMissing: keys that are needed are not there, damaged, or open to others.
            DiskFull: there is no room.
        """
        make_folder(self.folder, "[keys] dir")
        self._file = KeyFile(self.folder)
        self._masters = MasterKeys(self.folder, self._settings)
        async with locks.opening(self.folder):
            await to_the_end(asyncio.to_thread(self._open))
        return self

    def _open(self) -> None:
        if not self.exists and (self._masters.is_in_file or backups.files(self.folder)):
            raise KeysMissing(
                f"{self._file.path} is gone. Put it back from a backup in {backups.folder(self.folder)}. Only if "
                "nothing that was stored is wanted any more, move master.key and those backups away."
            )
        self._file.open()
        try:
            self._masters.open(rotation.masters_in_use(self._file.read))
        except BaseException:
            self._file.close()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._file.closed()

    @property
    def exists(self) -> bool:
        """Whether there is a key store in the folder."""
        return (self.folder / FILE_NAME).exists()

    async def add_owner(self, owner: str) -> None:
        """Give a new owner a key.

        Raises:
            DiskFull: there is no room.
        """

        def add(connection: sqlite3.Connection) -> None:
            self._masters.reload()  # The write lock is held: until the commit no rotation removes the active key.
            values = (owner, *self._masters.wrap(owner, new_key()))
            connection.execute("INSERT INTO owner_key (owner, master, wrapped) VALUES (?, ?, ?)", values)

        await self._file.write(add)

    async def drop_owner(self, owner: str) -> None:
        """Take back a new owner's key that nobody came to have; one that a file is under stays.

        Raises:
            DiskFull: there is no room.
        """
        query = "DELETE FROM owner_key WHERE owner = ?1 AND NOT EXISTS (SELECT 1 FROM blob_key WHERE owner = ?1)"
        await self._file.write(lambda connection: connection.execute(query, (owner,)).close())

    def owner(self, owner: str) -> Cipher:
        """The owner's key.

        Raises:
            Gone: it was destroyed, or never was.
            KeysMissing: the master key that it is under is not there.
            Tampered: it was changed.
        """
        for _ in range(TRIES):
            rows = self._file.read("SELECT master, wrapped FROM owner_key WHERE owner = ?", owner)
            if not rows:
                raise Gone("the owner's key is destroyed")
            key = self._masters.unwrap(owner, *rows[0])
            if key is not None:
                return Cipher(key)
            self._masters.reload()  # Another process has rotated the keys.
        raise KeysMissing("An owner's key is wrapped under a master key that is not there. Put the master key back.")

    async def add_blob(self, owner: str, blob: str, key: bytes, made: dt.datetime) -> None:
        """Keep the key of a blob under its owner's.

        Raises:
            Gone, KeysMissing, Tampered: see `owner`.
            DiskFull: there is no room.
        """
        wrapped = seal(self.owner(owner), key, about("blob key", owner, blob))

        def add(connection: sqlite3.Connection) -> None:
            values = (blob, owner, int(made.timestamp()), wrapped)
            connection.execute("INSERT INTO blob_key (blob, owner, made, wrapped) VALUES (?, ?, ?, ?)", values)

        try:
            await self._file.write(add)
        except sqlite3.IntegrityError:
            raise Gone("the owner's key is destroyed") from None

    def blob(self, owner: str, blob: str) -> Cipher:
        """The key of a blob.

        Raises:
            Gone: it was destroyed, or its owner's was, or the blob is somebody else's.
            KeysMissing, Tampered: see `owner`.
        """
        rows = self._file.read("SELECT wrapped FROM blob_key WHERE blob = ? AND owner = ?", blob, owner)
        if not rows:
            raise Gone("the key of what was stored is destroyed")
        return Cipher(unseal(self.owner(owner), rows[0][0], about("blob key", owner, blob)))

    async def destroy(self, blobs: Sequence[str]) -> None:
        """Destroy the keys of blobs, all or none. Those that are destroyed already are passed over.

        Raises:
            DiskFull: there is no room.
        """

        def forget(connection: sqlite3.Connection) -> None:
            for start in range(0, len(blobs), CHUNK):
                names = [(name,) for name in blobs[start : start + CHUNK]]
                connection.executemany("DELETE FROM blob_key WHERE blob = ?", names)

        await self._file.write(forget)

    async def erase(self, owner: str, at: dt.datetime, *former: str) -> list[str]:
        """Destroy an owner's key and those of all their blobs, here and in every backup; the blobs' names come back.

        `former` are further owners of whom the same holds, all or none.

        Raises:
            DiskFull: there is no room.
            KeysMissing: a backup is damaged, so that nobody can tell whether the keys are in it.
        """

        def erase(connection: sqlite3.Connection) -> list[str]:
            names: list[tuple[str]] = []
            for each in (owner, *former):
                names += connection.execute("SELECT blob FROM blob_key WHERE owner = ?", (each,)).fetchall()
                connection.execute("DELETE FROM blob_key WHERE owner = ?", (each,))
                connection.execute("DELETE FROM owner_key WHERE owner = ?", (each,))
                values = (each, int(at.timestamp()))
                connection.execute("INSERT OR IGNORE INTO erased (owner, at) VALUES (?, ?)", values)
            return [name for (name,) in names]

        names = await self._file.write(erase)
        await self._file.checkpoint()
        await backups.scrub(self._file)
        return names

    async def erased(self) -> set[str]:
        """Every owner that was ever erased. An owner is a random code, so this names nobody."""
        owners: set[str] = set()
        async for page in self._pages("SELECT owner FROM erased WHERE owner > ? ORDER BY owner LIMIT ?"):
            owners.update(owner for (owner,) in page)
        return owners

    async def owners(self) -> AsyncIterator[list[str]]:
        """Every owner that has a key, PAGE at a time, in the order of their codes."""
        async for page in self._pages("SELECT owner FROM owner_key WHERE owner > ? ORDER BY owner LIMIT ?"):
            yield [owner for (owner,) in page]

    async def blobs(self) -> AsyncIterator[list[KeyedBlob]]:
        """Every blob that has a key, PAGE at a time, in the order of their names."""
        async for page in self._pages("SELECT blob, made FROM blob_key WHERE blob > ? ORDER BY blob LIMIT ?"):
            yield [KeyedBlob(name, dt.datetime.fromtimestamp(made, dt.UTC)) for name, made in page]

    async def _pages(self, query: str) -> AsyncIterator[Rows]:
        last = ""
        while page := self._file.read(query, last, PAGE):
            yield page
            last = page[-1][0]
            await asyncio.sleep(0)

    async def checkpoint(self) -> bool:
        """See `KeyFile.checkpoint`."""
        return await self._file.checkpoint()

    async def rotate(self) -> int:
        """See `rotation.rotate`."""
        return await rotation.rotate(self._file, self._masters)

    @property
    def backups_folder(self) -> Path:
        """See `backups.folder`."""
        return backups.folder(self.folder)

    @property
    def masters(self) -> tuple[str, ...]:
        """The ids of the master keys that are known, the active one first. An id tells nothing about its key."""
        return self._masters.active, *self._masters.older

    async def back_up(self, target: Path, without: Sequence[str] = ()) -> None:
        """See `backups.make`."""
        await backups.make(self._file, target, without)

    async def prune_backups(self, older_than: dt.datetime) -> int:
        """See `backups.prune`."""
        return await backups.prune(self._file, older_than)

"""Making a backup, while the service goes on."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import Gone, SettingsError
from core.supervision import to_the_end
from storage.backup import sealing, snapshot
from storage.backup.manifest import BLOBS, DATABASE, FILE_NAME, Manifest, NoBackup, folder_name, sha256
from storage.blobs import path_of
from storage.database import FILE_NAME as ROWS
from storage.folder import KEY_NAME
from storage.keys.file import disk_errors
from storage.opened import Storage
from storage.photos import PHOTO, UPLOAD
from storage.private_files import flush, write_whole

UNFINISHED: Final = ".unfinished"
KEY_CONTEXT: Final = "backup.key"
PEOPLE_CONTEXT: Final = "backup.people"
SEAL_CONTEXT: Final = "backup.manifest"
LISTED: Final = "SELECT name, kind FROM blob WHERE due_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. `rows` tells whether the rows are in it, `blobs` counts the encrypted files."""

    folder: Path
    keys: Path
    rows: bool
    blobs: int


async def back_up(storage: Storage, place: Path, now: dt.datetime) -> Made:
    """Make a backup as a new folder in `place`, and one of the keys in the folder of their backups.

    The keys of photos are in no backup: when a photo's time is over, no copy of it can be read by anyone. On PostgreSQL
    the rows are left to pg_dump.

    Raises:
        NoBackup: the place can't be used; nothing is left there.
        DiskFull, StoreFailed: nothing is left there.
    """
    name, data = folder_name(now), storage.database.folder
    _refuse_inside(place, data, storage.vault.key_backups.parent)
    target, work = place / name, place / f"{name}{UNFINISHED}"
    keys = storage.vault.key_backups / f"{name}.sqlite3"
    async with _new_folder(work), _new_owner(storage) as owner:
        key = sealing.new_key()
        held = await _rows(storage, work, key)
        files = await _copy_blobs(storage, work, list(held))
        if not storage.database.is_postgres:
            files[DATABASE] = await asyncio.to_thread(sha256, work / DATABASE)
        people = (data / KEY_NAME).read_bytes()
        manifest = Manifest(
            made=now.astimezone(dt.UTC).isoformat(),
            rows=not storage.database.is_postgres,
            owner=owner,
            key=(await storage.vault.seal(owner, key, KEY_CONTEXT)).hex(),
            people=(await storage.vault.seal(owner, people, PEOPLE_CONTEXT)).hex(),
            files=files,
        )
        seal = await storage.vault.seal(owner, manifest.digest(), SEAL_CONTEXT)
        write_whole(work / FILE_NAME, manifest.text(seal))
        await storage.vault.backup_keys(keys, without=[blob for blob, kind in held.items() if kind in (PHOTO, UPLOAD)])
        await asyncio.to_thread(os.sync)  # Once for all: a flush for each file takes ten times as long.
        work.rename(target)
        flush(place)
    return Made(target, keys, manifest.rows, len(manifest.blobs))


def _refuse_inside(place: Path, *folders: Path) -> None:
    for folder in folders:
        if place.absolute().resolve().is_relative_to(folder.absolute().resolve()):
            raise NoBackup(f"{place} is inside of {folder}, which the backup is of. Name a folder elsewhere.")


@contextlib.asynccontextmanager
async def _new_folder(work: Path) -> AsyncIterator[None]:
    """A folder that is gone if the block fails."""
    _make(work)
    try:
        with disk_errors():
            yield
    except BaseException as error:
        await to_the_end(asyncio.to_thread(shutil.rmtree, work, ignore_errors=True))
        if isinstance(error, OSError):
            raise NoBackup(f"{work.parent} can't be written ({error.strerror}).") from None
        if isinstance(error, sqlite3.DatabaseError):
            raise SettingsError(f"The database can't be copied ({error}). Restore an older backup.") from None
        raise


def _make(work: Path) -> None:
    try:
        work.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        work.mkdir(mode=0o700)
    except OSError as error:
        raise NoBackup(f"{work.parent} can't be written ({error.strerror}).") from None


@contextlib.asynccontextmanager
async def _new_owner(storage: Storage) -> AsyncIterator[str]:
    """A code whose key the backup is under, so that the key is wrapped by the master key and follows its rotations."""
    owner = await storage.vault.new_owner()
    try:
        yield owner
    except BaseException:
        await to_the_end(storage.vault.drop_owner(owner))
        raise


async def _rows(storage: Storage, work: Path, key: bytes) -> dict[str, str]:
    """Encrypt the rows; the names and kinds of the files that they speak of."""
    if storage.database.is_postgres:
        async with storage.database.transaction() as tx:
            return {row["name"]: row["kind"] for row in await tx.query(LISTED)}
    data = storage.database.folder
    async with snapshot.workplace(data) as copy:
        await to_the_end(asyncio.to_thread(snapshot.take, data / ROWS, copy))
        await to_the_end(asyncio.to_thread(sealing.encrypt, copy, work / DATABASE, key, DATABASE))
        with contextlib.closing(snapshot.connect(copy)) as connection:
            return dict(connection.execute(LISTED).fetchall())


async def _copy_blobs(storage: Storage, work: Path, names: list[str]) -> dict[str, str]:
    """Copy the encrypted files; the SHA-256 of each by its path. What has been deleted meanwhile is left out."""
    files: dict[str, str] = {}
    for name in names:
        try:
            content = await storage.vault.ciphertext(name)
        except Gone:
            continue
        path = f"{BLOBS}/{path_of(name)}"
        files[path] = await asyncio.to_thread(_write, work / path, bytes(content))
    return files


def _write(file: Path, content: bytes) -> str:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(content)
    return hashlib.sha256(content).hexdigest()

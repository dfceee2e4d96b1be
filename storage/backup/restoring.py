"""Restoring a backup. Who was erased after it was made stays erased, and what is past its time stays gone."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import Gone, Tampered
from core.settings import Settings
from core.supervision import to_the_end
from storage import folder as locks
from storage.backup import manifest as manifests
from storage.backup import reconciling, sealing, snapshot
from storage.backup.keeping_keys import keys_in_place
from storage.backup.making import KEY_CONTEXT, PEOPLE_CONTEXT, SEAL_CONTEXT
from storage.backup.manifest import BLOBS, DATABASE, Manifest, NoBackup
from storage.blobs import path_of
from storage.database import FILE_NAME
from storage.folder import KEY_NAME
from storage.keys.file import disk_errors
from storage.personal_data import DECLARATIONS, Erasure
from storage.private_files import flush, write_whole
from storage.reading import read_only, reading
from storage.vault import KEYS_FOLDER, Vault

FOREIGN: Final = "The backup {folder} is not of these keys, or is damaged. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `made` is when the backup was made, `erased` counts people who stay erased."""

    folder: Path
    made: dt.datetime
    rows: bool
    blobs: int
    erased: int
    keys_from_backup: bool


async def restore(settings: Settings, place: Path, keys: Path | None, replace: bool, now: dt.datetime) -> Restored:
    """Put the backup at `place` into the data folder; with `replace`, in the place of what is there.

    `keys` names a backup of the keys, for where there are none. A sweep must follow.

    Raises:
        NoBackup: it can't be; nothing was changed.
        SettingsError, KeysMissing, DiskFull, StoreFailed: the data folder, its keys or the files can't be used.
    """
    folder = await asyncio.to_thread(manifests.newest, place)
    manifest, seal = await asyncio.to_thread(manifests.read, folder)
    await asyncio.to_thread(manifests.check_files, folder, manifest)
    postgres = bool(settings.database.url.get_secret_value())
    if manifest.rows == postgres:
        raise NoBackup(f"{folder} is of the other kind of database. Nothing was changed.")
    _refuse_present(settings, replace)
    store = settings.keys.dir or settings.data.dir / KEYS_FOLDER
    async with _sole_use(settings.data.dir):
        with keys_in_place(store, keys) as brought, disk_errors():
            async with Vault(settings.data.dir, settings.keys, settings.blobs) as vault:
                opened = await _opened(vault, folder, manifest, seal)
                erased, names = await _put_rows(settings, vault, folder, opened, now)
                put = await _put_blobs(vault, folder, manifest, names)
    return Restored(folder, dt.datetime.fromisoformat(manifest.made), manifest.rows, put, erased, brought)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The two keys of a backup; this one's repr is never shown."""

    key: bytes
    people: bytes


async def _opened(vault: Vault, folder: Path, manifest: Manifest, seal: bytes) -> _Opened:
    try:
        if await vault.unseal(manifest.owner, seal, SEAL_CONTEXT) != manifest.digest():
            raise Tampered
        key = await vault.unseal(manifest.owner, bytes.fromhex(manifest.key), KEY_CONTEXT)
        people = await vault.unseal(manifest.owner, bytes.fromhex(manifest.people), PEOPLE_CONTEXT)
    except (Gone, Tampered):
        raise NoBackup(FOREIGN.format(folder=folder)) from None
    return _Opened(key, people)


@contextlib.asynccontextmanager
async def _sole_use(data: Path) -> AsyncIterator[None]:
    """Nobody else uses the data folder, and nobody begins to."""
    locks.prepare(data)
    async with locks.opening(data):
        presence = locks.Presence(data)
        try:
            if not presence.alone:
                raise NoBackup(f"{data} is in use. Stop the service first; nothing was changed.")
            yield
        finally:
            presence.leave()


def _refuse_present(settings: Settings, replace: bool) -> None:
    """See that nothing is lost that nobody said may be."""
    file = settings.data.dir / FILE_NAME
    if replace or settings.database.url.get_secret_value() or not file.exists():
        return
    if _holds_anything(file):
        raise NoBackup(f"{file} holds something. With --replace the backup takes its place; nothing was changed.")


def _holds_anything(file: Path) -> bool:
    tables = [name for name, table in DECLARATIONS.items() if table.erasure is not Erasure.NOT_PERSONAL]
    try:
        with contextlib.closing(sqlite3.connect(read_only(file), uri=True)) as connection:
            present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return any(
                connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]
                for table in tables
                if table in present
            )
    except sqlite3.DatabaseError:
        return True


async def _put_rows(
    settings: Settings, vault: Vault, folder: Path, opened: _Opened, now: dt.datetime
) -> tuple[int, list[str]]:
    """Put the rows and the key of people in place; how many people stay erased, and which files are wanted."""
    data, url = settings.data.dir, settings.database.url.get_secret_value()
    if url:
        async with reading(data, url) as reader:
            names = [row["name"] for row in await reader.query("SELECT name FROM blob WHERE due_at > $1", now)]
        write_whole(data / KEY_NAME, opened.people)
        return 0, names
    owners = [owner async for page in vault.owners() for owner in page]
    keyed = [entry.name async for page in vault.keyed() for entry in page]
    async with snapshot.workplace(data) as rows:
        try:
            await to_the_end(asyncio.to_thread(sealing.decrypt, folder / DATABASE, rows, opened.key, DATABASE))
        except Tampered:
            raise NoBackup(FOREIGN.format(folder=folder)) from None
        erased = await to_the_end(asyncio.to_thread(reconciling.reconcile, rows, owners, keyed, now))
        names = await asyncio.to_thread(reconciling.living, rows, now)
        await to_the_end(asyncio.to_thread(_place, data, rows, opened.people))
    return erased, names


def _place(data: Path, rows: Path, people: bytes) -> None:
    for beside in ("-wal", "-shm"):  # of what is replaced; SQLite would take them for the new file's
        (data / f"{FILE_NAME}{beside}").unlink(missing_ok=True)
    write_whole(data / KEY_NAME, people)
    rows.rename(data / FILE_NAME)
    flush(data)


async def _put_blobs(vault: Vault, folder: Path, manifest: Manifest, names: Sequence[str]) -> int:
    """Put back the encrypted files that are wanted and not there; how many."""
    there = {entry.name async for page in vault.stored() for entry in page}
    missing = set(names) - there
    wanted = [name for name in manifest.blobs if name in missing]
    for name in wanted:
        content = await asyncio.to_thread((folder / BLOBS / path_of(name)).read_bytes)
        await vault.put_back(name, content)
    return len(wanted)

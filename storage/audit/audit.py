"""The whole audit, over the database, the keys, the encrypted files and the folders."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from core.retention.sweep import ORPHAN_AGE
from core.settings import Settings
from storage.audit import books, files, rows, scratch, sweeps, vaulted
from storage.audit.findings import SWEEP_NOW, Area, Finding
from storage.backup import snapshot
from storage.blobs import FOLDER, open_blobs
from storage.database import FILE_NAME
from storage.reading import reading
from storage.vault import KEYS_FOLDER

SECOND_LOOK: Final = 0.5  # seconds after which what a process is just deleting is gone


async def audit(settings: Settings, now: dt.datetime) -> list[Finding]:
    """Everything that should not be so at `now` (aware), in no order.

    It reads only, and may run beside the service. What is younger than what a crash may leave for the next sweep is
    passed over.

    Raises:
        SettingsError: the database or the key store can't be read.
        StoreFailed: the store of the encrypted files does not answer, or refuses.
    """
    found = await asyncio.to_thread(scratch.leftovers, (now - ORPHAN_AGE).timestamp())
    if not holds_anything(settings):
        return found
    url = settings.database.url.get_secret_value()
    async with reading(settings.data.dir, url) as reader:
        limits = settings.retention
        found += await rows.overdue(reader, limits, now)
        found += await rows.undeclared_tables(reader)
        found += await rows.unsealed(reader)
        found += await sweeps.standing(reader, limits, now)
        found += await rows.impossible(reader)
        found += await books.contradicting(reader, now)
        found += await rows.sound(reader)
    keys = keys_folder(settings)
    found += await vaulted.old_key_backups(keys, settings.keys.backup_days, now)
    found += _left_copy(settings.data.dir, now - ORPHAN_AGE)
    found += (await _alone(settings, now - ORPHAN_AGE)).findings
    return found + await asyncio.to_thread(files.look, _places(settings))


def holds_anything(settings: Settings) -> bool:
    """Whether the service has ever been started here."""
    return bool(settings.database.url.get_secret_value()) or (settings.data.dir / FILE_NAME).exists()


def keys_folder(settings: Settings) -> Path:
    """Where the keys are."""
    return settings.keys.dir or settings.data.dir / KEYS_FOLDER


def _left_copy(data: Path, before: dt.datetime) -> list[Finding]:
    left = snapshot.left_since(data)
    if left is None or left >= before.timestamp():
        return []
    return [Finding(Area.OVERDUE, "a copy of the rows that a backup left when it was killed", SWEEP_NOW)]


async def _alone(settings: Settings, before: dt.datetime) -> vaulted.Seen:
    """What is without its counterpart, seen twice: between the two looks, a deletion under way comes to its end."""
    first = await _compared(settings, before)
    if not first:
        return first
    await asyncio.sleep(SECOND_LOOK)
    return first.also(await _compared(settings, before))


async def _compared(settings: Settings, before: dt.datetime) -> vaulted.Seen:
    blobs = open_blobs(settings.blobs.url, settings.data.dir)
    async with reading(settings.data.dir, settings.database.url.get_secret_value()) as reader:
        return await vaulted.compare(reader, blobs, keys_folder(settings), before)


def _places(settings: Settings) -> files.Places:
    address = settings.blobs.url.get_secret_value()
    blobs = settings.data.dir / FOLDER if not address else None
    if address.startswith("file:"):
        blobs = Path(unquote(urlsplit(address).path))
    return files.Places(settings.data.dir, keys_folder(settings), blobs)

"""`keys`: the master key is changed, and what there is of keys is told."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from bots.cli.running import run_to_end
from bots.cli.told import tell
from core.settings import Settings, load_settings
from storage.audit.audit import keys_folder
from storage.keys.masters import FILE_NAME
from storage.keys.store import KeyStore


def rotate() -> None:
    """Wrap every key under a new master key.

    Raises:
        SettingsError, KeysMissing, DiskFull: the keys can't be used.
    """
    settings: Settings = load_settings()
    if _nothing(settings):
        return
    count = run_to_end(_rotate(settings))
    sys.stdout.write(f"The master key is a new one, and {count} keys are under it. {_advice(settings)}\n")


def show() -> None:
    """Print where the keys are, how many there are, and which master key is active, by its id.

    Raises:
        SettingsError, KeysMissing, DiskFull: the keys can't be used.
    """
    settings: Settings = load_settings()
    if not _nothing(settings):
        tell(run_to_end(_facts(settings)))


def place_of_master(settings: Settings) -> tuple[str, bool]:
    """Where the master key is, in words, and whether nobody else can read it there."""
    if settings.keys.master is not None:
        return "from the environment", True
    file = keys_folder(settings) / FILE_NAME
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        return f"{file} can't be read ({error.strerror})", False
    return f"{file}, mode {mode:o}", not mode & 0o077


async def _rotate(settings: Settings) -> int:
    async with KeyStore(keys_folder(settings), settings.keys) as store:
        return await store.rotate()


async def _facts(settings: Settings) -> dict[str, object]:
    async with KeyStore(keys_folder(settings), settings.keys) as store:
        active, *older = store.masters
        owners = sum([len(page) async for page in store.owners()])
        files = sum([len(page) async for page in store.blobs()])
        backups = _count(store.backups_folder)
    return {
        "folder": keys_folder(settings),
        "master key": f"{place_of_master(settings)[0]}; its id is {active}",
        "older master keys": ", ".join(older) or "none",
        "owners": f"{owners} with a key: people, and backups",
        "files": f"{files} with a key",
        "backups": f"{backups}, each kept for {settings.keys.backup_days} days",
    }


def _count(folder: Path) -> int:
    return len(list(folder.glob("*.sqlite3")))


def _nothing(settings: Settings) -> bool:
    """Whether there are no keys yet, and then says so."""
    if KeyStore(keys_folder(settings), settings.keys).exists:
        return False
    sys.stdout.write(f"There are no keys in {keys_folder(settings)} yet; the first start makes them.\n")
    return True


def _advice(settings: Settings) -> str:
    if settings.keys.master is not None:
        return "FIGURINE_KEYS__PREVIOUS is not needed any more."
    return f"Keep a copy of {keys_folder(settings) / FILE_NAME} in a safe place, apart from the backups."

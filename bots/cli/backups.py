"""`backup` and `restore`."""

from __future__ import annotations

import sys
from pathlib import Path

from bots.app import Parts, build_upkeep
from bots.cli.running import run_to_end
from bots.cli.sweeping import note, swept
from bots.cli.told import tell
from bots.cli.usage import UsageError
from core.errors import SettingsError, StoreFailed
from core.settings import Settings, load_settings
from storage.backup import making, restoring
from storage.backup.manifest import NoBackup
from storage.erased import mark_keyless

NO_STORE = "The store of [blobs] url does not answer, or refuses. Is it running?"


def back_up(place: Path, parts: Parts | None) -> None:
    """Make a backup and tell where it is.

    Raises:
        UsageError: it can't be made there.
        SettingsError, KeysMissing, DiskFull: this machine is the reason.
    """
    settings: Settings = load_settings()
    try:
        made = run_to_end(_back_up(settings, place, parts or Parts()))
    except NoBackup as error:
        raise UsageError(str(error)) from None
    except StoreFailed:
        raise SettingsError(NO_STORE) from None
    rows = (
        "encrypted" if made.rows else "not in it: they are in PostgreSQL, so make a copy of them with pg_dump as well"
    )
    tell(
        {
            "backup": made.folder,
            "rows": rows,
            "files": made.blobs,
            "keys": f"{made.keys}, kept for {settings.keys.backup_days} days; keep the master key apart as well",
        }
    )


async def _back_up(settings: Settings, place: Path, parts: Parts) -> making.Made:
    clock = parts.clock()
    async with build_upkeep(settings, parts, clock) as (storage, _):
        return await making.back_up(storage, place, clock.now())


def restore(place: Path, keys: Path | None, replace: bool, parts: Parts | None) -> None:
    """Put a backup back, sweep, and tell what there is now.

    Raises:
        UsageError: it is none, or something stands in the way; nothing was changed.
        SettingsError, KeysMissing, DiskFull: this machine is the reason.
    """
    settings: Settings = load_settings()
    try:
        restored, erased = run_to_end(_restore(settings, place, keys, replace, parts or Parts()))
    except NoBackup as error:
        raise UsageError(str(error)) from None
    except StoreFailed:
        raise SettingsError(NO_STORE) from None
    tell(
        {
            "backup": restored.folder,
            "made": f"{restored.made:%Y-%m-%d %H:%M:%S} UTC",
            "rows": "restored" if restored.rows else "not in it: they are those that PostgreSQL has",
            "files": restored.blobs,
            "keys": "from a backup" if restored.keys_from_backup else "those that were here",
            "stay erased": f"{erased} people",
        }
    )
    sys.stdout.write("What was past its time has been swept. Start the service.\n")


async def _restore(
    settings: Settings, place: Path, keys: Path | None, replace: bool, parts: Parts
) -> tuple[restoring.Restored, int]:
    clock = parts.clock()
    restored = await restoring.restore(settings, place, keys, replace, clock.now())
    async with build_upkeep(settings, parts, clock) as (storage, sweep):
        now = clock.now()
        _, left = await swept(storage, sweep, settings, now, now)
        await mark_keyless(storage, now)
        await note(storage, now)
        await storage.attic.checkpoint()
    return restored, restored.erased + left["people without a key"]

"""`sweep`: everything goes whose time has come, without an engine and without anybody to talk to."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from typing import Final

from bots.app import Parts, build_upkeep
from bots.cli.running import run_to_end
from bots.cli.told import tell
from bots.cli.usage import UsageError
from core.clock import FixedClock
from core.retention.sweep import ORPHAN_AGE, Sweep
from core.settings import Settings, load_settings
from storage.backup import snapshot
from storage.erased import erase_again
from storage.opened import Storage

BEATS: Final = ("sweep", "orphans")  # what the schedule calls the two parts of a sweep
KINDS: Final = {"photo": "photos", "upload": "uploads", "result": "results"}
ROWS: Final = {
    "orders": "orders expired",
    "session rows": "conversations forgotten",
    "inbox rows": "inbox rows",
    "outbox rows": "outbox rows",
    "bar rows": "bars lifted",
    "purchase rows": "payments",
    "subscription rows": "plans that have ended",
    "provider_event rows": "messages of payment providers",
    "code rows": "codes that were over",
    "post rows": "places of sent messages",
    "link_code rows": "link codes",
    "link_try rows": "wrong link codes",
    "job rows": "order rows",
    "blob rows": "rows of deleted files",
    "accounts": "closed accounts",
}
LEFT: Final = {
    "bytes": "files",
    "keys": "keys",
    "partial": "half-written files",
    "rows": "rows",
    "strangers": "people who never agreed",
}


def run(dry: bool, at: str, parts: Parts | None) -> None:
    """Sweep as of now, or of the moment `at`, and print what went; if `dry`, what would go.

    Raises:
        UsageError: `at` is no moment.
        SettingsError, KeysMissing, DiskFull, StoreFailed: the data folder can't be used.
    """
    moment = as_moment(at) if at else None
    settings: Settings = load_settings()
    run_to_end(_run(settings, parts or Parts(), dry, moment))


async def _run(settings: Settings, parts: Parts, dry: bool, at: dt.datetime | None) -> None:
    real = parts.clock().now()
    now = at or real
    async with build_upkeep(settings, parts, FixedClock(at) if at else parts.clock()) as (storage, sweep):
        gone, left = await swept(storage, sweep, settings, now, real, dry)
        if not dry and at is None:
            await note(storage, now)
        if not dry:
            await storage.attic.checkpoint()
    when = f"{now.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    sys.stdout.write(f"{'What would go' if dry else 'What went'}, as of {when}\n")
    tell(gone, "  ")
    sys.stdout.write("Left behind by crashes\n")
    tell(left, "  ")


async def swept(
    storage: Storage, sweep: Sweep, settings: Settings, now: dt.datetime, real: dt.datetime, dry: bool = False
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Everything that a sweep comes to: what went as of `now`, and what crashes had left behind, by what it was.

    What has no row yet because it is just being stored must not look old, so that part never goes by a time later than
    `real`, which is the present one.
    """
    counts = await sweep.preview(now) if dry else await sweep.run(now)
    kinds = await _kinds(storage, now, dry)
    present = min(now, real)
    left = dict(await sweep.orphans(present, dry))
    left["people"] = await erase_again(storage, now, dry)
    copy = snapshot.left_since(storage.database.folder)
    left["copy"] = int(copy is not None and copy < (present - ORPHAN_AGE).timestamp())
    backups = 0
    if not dry:
        backups = await storage.vault.prune_key_backups(now - dt.timedelta(days=settings.keys.backup_days))
        if left["copy"]:
            snapshot.remove(storage.database.folder)
    gone = {what: kinds.get(kind, 0) for kind, what in KINDS.items()}
    gone |= {what: counts[name] for name, what in ROWS.items()}
    told = {what: left[name] for name, what in LEFT.items()}
    told |= {"people without a key": left["people"], "copies of the rows": left["copy"]}
    return gone | ({} if dry else {"backups of keys": backups}), told


async def note(storage: Storage, now: dt.datetime) -> None:
    """Remember that a sweep has succeeded, and take down the alerts that said it had not."""
    for name in BEATS:
        await storage.watch.beat(name, now)
        await storage.watch.clear(f"schedule.{name}")


async def _kinds(storage: Storage, now: dt.datetime, dry: bool) -> Mapping[str, int]:
    """How many files of each kind went at `now`, or would."""
    which = "due_at <= $1" if dry else "gone_at = $1"
    async with storage.database.transaction() as tx:
        rows = await tx.query(f"SELECT kind, count(*) AS n FROM blob WHERE {which} GROUP BY kind", now)  # noqa: S608
    return {row["kind"]: int(row["n"]) for row in rows}


def as_moment(text: str) -> dt.datetime:
    """A moment in ISO format; in UTC where no timezone is given.

    Raises:
        UsageError
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise UsageError("--now needs a moment such as 2026-12-01T12:00 or 2026-12-01T12:00:00+01:00.") from None

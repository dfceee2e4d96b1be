"""Whether somebody is still sweeping."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.retention.sweep import ROWS
from core.settings import RetentionSettings
from storage.audit.findings import Area, Finding
from storage.audit.rows import GRACE, alerts, beats
from storage.reading import Reader

SWEEP: Final = "sweep"  # name of its beat
LEAST_LATE: Final = dt.timedelta(minutes=10)  # a service that is restarted is not late
TIMED: Final = tuple(ROWS)


async def last_sweep(reader: Reader, limits: RetentionSettings, now: dt.datetime) -> list[Finding]:
    """Too long ago, while something is kept that has a time at which it must be gone."""
    last = (await beats(reader)).get(SWEEP)
    if last and now - last <= latest(limits):
        return []
    timed = " UNION ALL ".join(f"SELECT 1 AS one FROM {table} WHERE due_at IS NOT NULL" for table in TIMED)
    if not await reader.query(f"SELECT one FROM ({timed}) held LIMIT 1"):
        return []
    when = f"the last one was {ago(now - last)} ago" if last else "there was none yet"
    return [Finding(Area.SWEEP, when, "Start the service, which sweeps by itself, or run `python -m bots sweep`.")]


async def standing(reader: Reader, limits: RetentionSettings, now: dt.datetime) -> list[Finding]:
    """Everything about whether what must happen happens: the last sweep, and the alerts."""
    return [*await last_sweep(reader, limits, now), *await alerts(reader)]


def latest(limits: RetentionSettings) -> dt.timedelta:
    """How long ago a sweep may be."""
    return max(GRACE * dt.timedelta(seconds=limits.sweep_seconds), LEAST_LATE)


def ago(span: dt.timedelta) -> str:
    """A length of time in its largest unit."""
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if span.total_seconds() >= 2 * seconds:
            return f"{span.total_seconds() / seconds:.0f} {unit}"
    return f"{span.total_seconds():.0f} s"

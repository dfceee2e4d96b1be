"""`audit`: is anything kept that should not be, or not as it should be?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from bots.app import Parts
from bots.cli.running import run_to_end
from core.errors import SettingsError, StoreFailed
from core.settings import Settings, load_settings
from storage.audit.audit import audit, holds_anything
from storage.audit.findings import Area, Finding

FINE: Final = {
    Area.OVERDUE: "nothing is kept past its time",
    Area.ORPHANED: "every file has its row, its key and its bytes",
    Area.UNDECLARED: "every table and every file is known",
    Area.READABLE: "nothing can be read by others, or without its key",
    Area.TEMPORARY: "nothing is left in the temporary folder",
    Area.SWEEP: "the last one was not long ago, or nothing waits for one",
    Area.ALERTS: "none stands",
    Area.ORDERS: "every one is paid for, or given back, and has its photo",
    Area.MESSAGES: "what was handled or sent has no content any more",
    Area.CREDITS: "balances, orders and payments are what the books say",
    Area.DATABASE: "sound",
}


def run(parts: Parts | None) -> bool:
    """Print a line for each area, and a summary; whether nothing was found.

    Raises:
        SettingsError: the database or the keys can't be read.
    """
    settings: Settings = load_settings()
    try:
        found = run_to_end(audit(settings, (parts or Parts()).clock().now()))
    except StoreFailed:
        raise SettingsError("The store of [blobs] url does not answer, or refuses. Is it running?") from None
    for area in Area:
        _tell(area, [finding for finding in found if finding.area is area])
    sys.stdout.write(f"{_summary(settings, found)}\n")
    return not found


def _tell(area: Area, found: Sequence[Finding]) -> None:
    if not found:
        sys.stdout.write(f"✓ {area}: {FINE[area]}\n")
    for finding in found:
        sys.stdout.write(f"✗ {area}: {finding.what}. {finding.remedy}\n")


def _summary(settings: Settings, found: Sequence[Finding]) -> str:
    if not found:
        return "Nothing found." if holds_anything(settings) else "Nothing found: nothing has been kept here yet."
    areas = sorted({str(finding.area) for finding in found})
    return f"{len(found)} {'finding' if len(found) == 1 else 'findings'}: {', '.join(areas)}."

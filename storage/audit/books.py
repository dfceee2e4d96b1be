"""What the books tell: whether balances, holds and payments are what the transfers come to."""

from __future__ import annotations

import datetime as dt
import json
from typing import Final

from storage.audit.findings import REPORT, Area, Finding, some
from storage.audit.rows import Impossible, counted
from storage.ledger import CONTRADICTING, told
from storage.memos import RESTORED
from storage.reading import Reader

TOLD_FOR: Final = dt.timedelta(days=7)  # for which it is told
COMPARE: Final = "Compare the payments with what the providers list (docs/payments.md)."
COUNTED: Final = "EXISTS (SELECT 1 FROM transfer WHERE transfer.cause = 'job:' || hold.job_id || ':reserve')"
"""A hold of the time when nothing was counted has no transfer."""
HELD: Final = (
    "SELECT purse.id FROM purse LEFT JOIN hold ON hold.person_id = purse.person_id AND hold.state = 'reserved'"
    f" AND {COUNTED} WHERE purse.closed_at IS NULL GROUP BY purse.id, purse.reserved"
    " HAVING purse.reserved <> coalesce(sum(hold.amount), 0)"
)

IMPOSSIBLE: Final = (
    Impossible(
        Area.CREDITS,
        f"SELECT count(*) FROM ({HELD}) wrong",
        "people whose reserved credits are not those of their orders under way",
    ),
    Impossible(
        Area.CREDITS,
        f"SELECT count(*) FROM hold WHERE state <> 'reserved' AND {COUNTED} AND NOT EXISTS (SELECT 1 FROM transfer"
        " WHERE transfer.cause = 'job:' || hold.job_id"
        " || CASE hold.state WHEN 'captured' THEN ':capture' ELSE ':release' END)",
        "orders that ended and whose credits were neither spent nor given back in the books",
    ),
    Impossible(
        Area.CREDITS,
        "SELECT count(*) FROM purse WHERE (closed_at IS NOT NULL OR person_id IS NULL)"
        " AND (available <> 0 OR reserved <> 0)",
        "purses that are closed and not empty",
    ),
    Impossible(
        Area.CREDITS,
        "SELECT count(*) FROM purchase WHERE state = 'paid' AND credits > 0 AND person_id IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM transfer WHERE transfer.cause = 'purchase:' || purchase.id || ':grant')",
        "payments that were made and whose credits were not given",
    ),
    Impossible(
        Area.CREDITS,
        "SELECT count(*) FROM purchase WHERE state <> 'paid' AND EXISTS (SELECT 1 FROM transfer"
        " WHERE transfer.cause = 'purchase:' || purchase.id || ':grant')",
        "payments whose credits were given and that nobody made",
    ),
    Impossible(
        Area.CREDITS,
        "SELECT count(*) FROM purchase WHERE payload IS NOT NULL AND (state <> 'open' OR person_id IS NULL)"
        " OR person_id IS NULL AND platform <> ''",
        "payments that are over, or of somebody who is erased, and still say where they were asked for",
    ),
)


async def contradicting(reader: Reader, now: dt.datetime) -> list[Finding]:
    """Books that contradict themselves or other rows, and a backup that was put back lately."""
    wrong = [told(row) for row in await reader.query(CONTRADICTING)]
    found = [Finding(Area.CREDITS, some(wrong), REPORT)] if wrong else []
    return [*found, *await counted(reader, IMPOSSIBLE), *await _put_back(reader, now)]


async def _put_back(reader: Reader, now: dt.datetime) -> list[Finding]:
    """No row can tell what was spent or paid after a backup was made; so it is told that there was one."""
    rows = await reader.query("SELECT value FROM memo WHERE name = $1", RESTORED)
    if not rows:
        return []
    memo = json.loads(rows[0]["value"])
    if now - dt.datetime.fromisoformat(memo["at"]) > TOLD_FOR:
        return []
    last = dt.datetime.fromisoformat(memo["until"])
    what = f"the books are those of a backup: credits spent since {last:%Y-%m-%d %H:%M} UTC are there again, and what"
    return [Finding(Area.CREDITS, f"{what} was paid since is missing", COMPARE)]

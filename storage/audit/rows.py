"""What the rows tell: what is late, what is not declared, and what can't be."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from core.retention.sweep import ROWS
from core.settings import RetentionSettings
from storage.attic import NO_FILES
from storage.audit.findings import REPORT, SWEEP_NOW, Area, Finding, some
from storage.crypto import NONCE_BYTES, TAG_BYTES, VALUE_VERSION
from storage.models import moment
from storage.personal_data import DECLARATIONS
from storage.photos import NEEDING
from storage.reading import Reader

GRACE: Final = 2  # sweep intervals for which something may be due and still there
SEALED: Final = ("contact", "preferences", "details", "outcome", "payload")
SEALED_LEAST: Final = len(VALUE_VERSION) + NONCE_BYTES + TAG_BYTES  # bytes
HEAD: Final = 64  # bytes of a value that are looked at
MOST_VALUES: Final = 20_000  # of one column


@dataclass(frozen=True, slots=True)
class Impossible:
    """Rows that can't be: `query` counts them."""

    area: Area
    query: str
    what: str
    remedy: str = REPORT


# A job without `details` is of the first version of the tables, which kept no holds and no photos.
IMPOSSIBLE: Final = (
    Impossible(
        Area.ORDERS,
        "SELECT count(*) FROM job LEFT JOIN hold ON hold.job_id = job.id WHERE job.status IN ('made', 'delivered')"
        " AND job.details IS NOT NULL AND coalesce(hold.state, '') <> 'captured'",
        "figurines that were made and not paid for with what was set aside",
    ),
    Impossible(
        Area.ORDERS,
        "SELECT count(*) FROM job JOIN hold ON hold.job_id = job.id"
        " WHERE job.status IN ('failed', 'cancelled', 'expired') AND hold.state <> 'released' AND NOT (hold.state ="
        " 'captured' AND EXISTS (SELECT 1 FROM job_step WHERE job_step.job_id = job.id AND job_step.status = 'made'))",
        "orders that ended without a figurine and whose credits were not given back",
    ),
    Impossible(
        Area.ORDERS,
        "SELECT count(*) FROM job LEFT JOIN hold ON hold.job_id = job.id WHERE job.status IN ('reserved', 'queued',"
        " 'running') AND job.details IS NOT NULL AND coalesce(hold.state, '') <> 'reserved'",
        "orders that are under way without credits set aside",
    ),
    Impossible(
        Area.ORDERS,
        f"SELECT count(*) FROM job WHERE job.status IN ({NEEDING}) AND (NOT EXISTS (SELECT 1 FROM job_photo WHERE"
        " job_photo.job_id = job.id) OR EXISTS (SELECT 1 FROM job_photo JOIN photo ON photo.id = job_photo.photo_id"
        " JOIN blob ON blob.id = photo.blob_id WHERE job_photo.job_id = job.id AND blob.due_at IS NULL))",
        "orders that are under way and whose photo is gone",
    ),
    Impossible(
        Area.MESSAGES,
        "SELECT count(*) FROM outbox WHERE state IN ('sent', 'dropped') AND payload IS NOT NULL",
        "messages that were sent and still have their content",
    ),
    Impossible(
        Area.MESSAGES,
        "SELECT count(*) FROM inbox WHERE handled_at IS NOT NULL AND payload IS NOT NULL",
        "messages that were handled and still have their content",
    ),
)


async def overdue(reader: Reader, limits: RetentionSettings, now: dt.datetime) -> list[Finding]:
    """Rows and files whose time was over some sweeps ago."""
    late = now - GRACE * dt.timedelta(seconds=limits.sweep_seconds)
    found = {
        f"files ({row['kind']})": int(row["n"])
        for row in await reader.query("SELECT kind, count(*) AS n FROM blob WHERE due_at <= $1 GROUP BY kind", late)
    }
    for table in ROWS:
        which = f"due_at <= $1 AND {NO_FILES}" if table == "job" else "due_at <= $1"
        found[f"{table} rows"] = await reader.number(f"SELECT count(*) FROM {table} WHERE {which}", late)
    closed = late - dt.timedelta(days=limits.closed_days)
    found["closed accounts"] = await reader.number("SELECT count(*) FROM person WHERE closed_at <= $1", closed)
    return [
        Finding(Area.OVERDUE, f"{count} {what}, past their time", SWEEP_NOW) for what, count in found.items() if count
    ]


async def impossible(reader: Reader) -> list[Finding]:
    """Rows that contradict each other."""
    return await counted(reader, IMPOSSIBLE)


async def counted(reader: Reader, cases: Iterable[Impossible]) -> list[Finding]:
    """Those of the cases that there are."""
    counts = [(await reader.number(case.query), case) for case in cases]
    return [Finding(case.area, f"{count} {case.what}", case.remedy) for count, case in counts if count]


async def sound(reader: Reader) -> list[Finding]:
    """Whether SQLite finds its own file in order. PostgreSQL sees to that itself."""
    if reader.postgres:
        return []
    told = [str(row["integrity_check"]) for row in await reader.query("PRAGMA integrity_check(3)")]
    found = []
    if told != ["ok"]:
        found.append(Finding(Area.DATABASE, f"SQLite says: {some(told)}", "Restore a backup (docs/operating.md)."))
    if lost := await reader.query("PRAGMA foreign_key_check"):
        tables = sorted({str(row["table"]) for row in lost})
        found.append(Finding(Area.DATABASE, f"{len(lost)} rows of {some(tables)} belong to nothing", REPORT))
    return found


async def undeclared_tables(reader: Reader) -> list[Finding]:
    """Tables of which nobody has said what they hold of a person."""
    unknown = sorted({table for table, _ in await _columns(reader)} - set(DECLARATIONS))
    if not unknown:
        return []
    return [Finding(Area.UNDECLARED, f"tables: {some(unknown)}", "Declare them in storage/personal_data.py.")]


async def unsealed(reader: Reader) -> list[Finding]:
    """Columns that should be encrypted, and hold something that is not."""
    found = []
    for table, column in await _columns(reader):
        if column not in SEALED:
            continue
        heads = await reader.query(
            f"SELECT substr({column}, 1, {HEAD}) AS head, length({column}) AS size FROM {table}"
            f" WHERE {column} IS NOT NULL LIMIT {MOST_VALUES}"
        )
        if clear := sum(_is_clear(row) for row in heads):
            found.append(Finding(Area.READABLE, f"{clear} values of {table}.{column} are not encrypted", REPORT))
    return found


async def beats(reader: Reader) -> Mapping[str, dt.datetime]:
    """When what must happen again and again last happened."""
    return {row["name"]: moment(row["at"]) for row in await reader.query("SELECT name, at FROM beat")}


async def alerts(reader: Reader) -> list[Finding]:
    """What has been told to the operators and is not over."""
    rows = await reader.query("SELECT name, detail, raised_at FROM alert ORDER BY raised_at")
    remedy = "See the service's log; the alert goes when it works again."
    told = [(f"{row['name']}: {row['detail']}", moment(row["raised_at"])) for row in rows]
    return [Finding(Area.ALERTS, f"{what} (since {at:%Y-%m-%d %H:%M} UTC)", remedy) for what, at in told]


async def _columns(reader: Reader) -> list[tuple[str, str]]:
    """Every table with each of its columns."""
    if reader.postgres:
        query = (
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY 1, 2"
        )
    else:
        query = (
            "SELECT listed.name AS t, info.name AS c FROM sqlite_master listed, pragma_table_info(listed.name) info"
            " WHERE listed.type = 'table' ORDER BY 1, 2"
        )
    return [(row["t"], row["c"]) for row in await reader.query(query)]


def _is_clear(row: Mapping[str, object]) -> bool:
    """Whether a value is not what the vault makes: random bytes behind the version's."""
    head, size = row["head"], row["size"]
    if not isinstance(head, bytes) or not isinstance(size, int):
        return True
    if size < SEALED_LEAST or not head.startswith(VALUE_VERSION):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True

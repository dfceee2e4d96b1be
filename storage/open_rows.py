"""Indexes of the few rows that are not done with, which Tortoise can't declare: the rest is kept for days."""

from __future__ import annotations

from typing import Any, Final

STATEMENTS: Final = (
    "CREATE INDEX inbox_open ON inbox (person_id, handled_at, id) WHERE handled_at IS NULL",
    "CREATE INDEX outbox_open ON outbox (person_id, platform, id) WHERE state IN ('waiting', 'sending')",
    "CREATE INDEX outbox_turn ON outbox (platform, (notice = 'reminder'), id) WHERE state IN ('waiting', 'sending')",
)


async def index_open_rows(_apps: object, editor: Any) -> None:
    """Create them. A step of a migration."""
    for statement in STATEMENTS:
        await editor.client.execute_query(statement)

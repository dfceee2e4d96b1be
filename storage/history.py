"""The history of orders is written by the database itself: no step of a job can be taken without its line."""

from __future__ import annotations

from typing import Any, Final

STEP: Final = (
    "INSERT INTO job_step (job_id, status, at, reason) VALUES (NEW.id, NEW.status, NEW.changed_at, NEW.reason);"
)
SQLITE: Final = (
    f"CREATE TRIGGER job_begins AFTER INSERT ON job BEGIN {STEP} END",
    f"CREATE TRIGGER job_steps AFTER UPDATE OF status ON job WHEN OLD.status <> NEW.status BEGIN {STEP} END",
)
POSTGRES: Final = (
    f"CREATE FUNCTION job_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {STEP} RETURN NEW; END $$",
    "CREATE TRIGGER job_begins AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION job_history()",
    "CREATE TRIGGER job_steps AFTER UPDATE OF status ON job FOR EACH ROW"
    " WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION job_history()",
)


async def write_history(_apps: object, editor: Any) -> None:
    """Create the triggers. A step of a migration; Tortoise's own for statements takes them apart at semicolons."""
    statements = SQLITE if editor.DIALECT == "sqlite" else POSTGRES
    for statement in statements:
        await editor.client.execute_query(statement)

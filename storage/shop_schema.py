"""What Tortoise can't declare of the shop's tables: some indexes, and the triggers that keep the books.

A transfer changes the balances of its purses by itself, in the same statement, and a balance below zero is refused by
their CHECKs: nobody can move credits past them, or move them and forget a balance. What was written stays written.
"""

from __future__ import annotations

from typing import Any, Final

INDEXES: Final = (
    "CREATE UNIQUE INDEX purse_in_use ON purse (person_id) WHERE closed_at IS NULL",
    "CREATE UNIQUE INDEX purchase_reference ON purchase (rail, reference) WHERE reference <> ''",
    "CREATE INDEX purchase_payment ON purchase (rail, payment) WHERE payment <> ''",
    "CREATE INDEX purchase_open ON purchase (rail, created_at) WHERE state = 'open'",
    "CREATE UNIQUE INDEX guest_once ON guest (person_id)",
    "CREATE INDEX provider_event_open ON provider_event (next_at, id) WHERE handled_at IS NULL",
)
MOVE: Final = (
    "UPDATE purse SET available = available - CASE WHEN NEW.giving = 'available' THEN NEW.amount ELSE 0 END,"
    " reserved = reserved - CASE WHEN NEW.giving = 'reserved' THEN NEW.amount ELSE 0 END"
    " WHERE id = NEW.giving_purse_id;"
    " UPDATE purse SET available = available + CASE WHEN NEW.taking = 'available' THEN NEW.amount ELSE 0 END,"
    " reserved = reserved + CASE WHEN NEW.taking = 'reserved' THEN NEW.amount ELSE 0 END"
    " WHERE id = NEW.taking_purse_id;"
)
KEPT: Final = "the books are never changed"
# REPLACE takes a row away without its triggers, so that a second row of one cause must not get that far. And whoever
# says OR IGNORE says it for the triggers, too: a purse that has too little is refused before anything is written.
SQLITE: Final = (
    "CREATE TRIGGER transfer_once BEFORE INSERT ON transfer"
    " WHEN EXISTS (SELECT 1 FROM transfer WHERE cause = NEW.cause OR id = NEW.id) BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER transfer_covered BEFORE INSERT ON transfer WHEN EXISTS (SELECT 1 FROM purse"
    " WHERE id = NEW.giving_purse_id AND NEW.amount >"
    " CASE NEW.giving WHEN 'available' THEN available ELSE reserved END)"
    " BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: purse'); END",
    f"CREATE TRIGGER transfer_moves AFTER INSERT ON transfer BEGIN {MOVE} END",
    f"CREATE TRIGGER transfer_stays BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    f"CREATE TRIGGER transfer_remains BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
)
POSTGRES: Final = (
    f"CREATE FUNCTION transfer_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {MOVE} RETURN NEW; END $$",
    "CREATE TRIGGER transfer_moves AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION transfer_moves()",
    "CREATE FUNCTION transfer_stays() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{KEPT}' USING ERRCODE = '23514'; END $$",
    "CREATE TRIGGER transfer_stays BEFORE UPDATE OR DELETE ON transfer FOR EACH ROW EXECUTE FUNCTION transfer_stays()",
    "CREATE TRIGGER transfer_remains BEFORE TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION transfer_stays()",
)


async def guard_the_books(_apps: object, editor: Any) -> None:
    """Create them. A step of a migration; Tortoise's own for statements takes triggers apart at semicolons."""
    for statement in (*INDEXES, *(SQLITE if editor.DIALECT == "sqlite" else POSTGRES)):
        await editor.client.execute_query(statement)

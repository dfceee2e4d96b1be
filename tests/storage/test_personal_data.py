"""Every table has declared what it holds of a person, and the declarations are true of the real schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.retention.sweep import ROWS
from storage.personal_data import DECLARATIONS, Erasure
from tests.databases import House, open_house

SEALED = {"contact", "preferences", "details", "outcome", "payload"}
INTERNAL = {  # no person is told these: how the service works, keyed hashes, keys of other rows
    *("id", "person_id", "owner", "platform_key", "update_key", "origin", "name", "blob_id"),
    *("cost_ms", "tag", "rank", "run_at", "fence", "attempts", "worker", "lease_until", "cancel_asked", "due_at"),
    *("next_at", "unsure", "finish", "kind", "account_id", "group_key", "code_hash"),
    *("giving_purse_id", "taking_purse_id", "inviter_id", "code_id", "seed", "word_hash"),
}


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def columns(house: House, table: str) -> set[str]:
    return {row["name"] for row in await house.rows(f"PRAGMA table_info({table})")}


async def test_every_table_has_declared_what_it_holds(house: House):
    tables = {row["name"] for row in await house.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == set(DECLARATIONS)
    for table, declared in DECLARATIONS.items():
        assert await columns(house, table) >= set(declared.exported) | set(declared.corrected), table
        assert len(declared.holds) > 10, table


async def test_whatever_is_not_exported_is_internal(house: House):
    for table, declared in DECLARATIONS.items():
        if declared.erasure in (Erasure.DELETED, Erasure.CASCADES, Erasure.KEPT):
            kept = await columns(house, table) - set(declared.exported) - INTERNAL - {"job_id", "photo_id", "status"}
            assert not kept, (table, kept)
            assert await columns(house, table) & SEALED <= set(declared.exported), table


@pytest.mark.parametrize(
    "table", [name for name, declared in DECLARATIONS.items() if declared.erasure is Erasure.CASCADES]
)
async def test_what_is_declared_as_cascading_hangs_on_the_person(house: House, table):
    above = {table}
    while above and "person" not in above:
        keys = [await house.rows(f"PRAGMA foreign_key_list({name})") for name in above]
        assert all(row["on_delete"] == "CASCADE" for rows in keys for row in rows)
        above = {row["table"] for rows in keys for row in rows}
    assert above


async def test_what_is_kept_loses_the_person_by_the_database_itself_and_hangs_on_nothing_else_of_theirs(house: House):
    kept = {name for name, declared in DECLARATIONS.items() if declared.erasure is Erasure.KEPT}
    assert kept >= {"purse", "transfer", "purchase"}
    for table in kept:
        keys = {row["from"]: row for row in await house.rows(f"PRAGMA foreign_key_list({table})")}
        if "person_id" in await columns(house, table):
            assert (keys["person_id"]["table"], keys["person_id"]["on_delete"]) == ("person", "SET NULL"), table
        else:
            assert {row["table"] for row in keys.values()} <= kept, table
        assert not await columns(house, table) & {"owner", "platform_key", "contact"}, table


async def test_what_outlives_a_person_goes_by_a_time_of_its_own(house: House):
    for table, declared in DECLARATIONS.items():
        if declared.erasure is Erasure.OUTLIVES:
            assert table in ROWS
            assert "due_at" in await columns(house, table)


async def test_what_is_not_personal_names_nobody(house: House):
    for table, declared in DECLARATIONS.items():
        if declared.erasure is Erasure.NOT_PERSONAL:
            assert not await columns(house, table) & {"person_id", "owner", "platform_key", *SEALED}

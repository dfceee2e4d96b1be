"""Audit, sweep, backup and restore where the rows are in PostgreSQL."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from storage.audit.audit import audit
from storage.audit.findings import Area
from tests.databases import Postgres, address, postgres_server
from tests.lived import FIGURINE, Operator


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest_asyncio.fixture
async def lived(server: Postgres, tmp_path: Path) -> AsyncIterator[Operator]:
    async with address("postgres", server) as url:
        operator = Operator(tmp_path / "here", url)
        assert operator.chat(*FIGURINE).code == 0
        yield operator


async def do(operator: Operator, statement: str) -> None:
    connection = await asyncpg.connect(operator.url)
    await connection.execute(statement)
    await connection.close()


async def areas(operator: Operator) -> set[Area]:
    return {finding.area for finding in await audit(operator.settings, dt.datetime.now(dt.UTC))}


async def test_the_audit_finds_on_postgresql_what_it_finds_on_sqlite(lived):
    assert lived.run("audit").out.splitlines()[-1] == "Nothing found."
    planted = {
        "CREATE TABLE diary (line text)": Area.UNDECLARED,
        "INSERT INTO alert VALUES ('schedule.sweep', 'failed', now())": Area.ALERTS,
        "UPDATE beat SET at = at - interval '1 day'": Area.SWEEP,
        "UPDATE job SET details = convert_to('{\"name\": \"Ada Lovelace, the first\"}', 'utf8')": Area.READABLE,
        "UPDATE inbox SET payload = decode('01' || repeat('ff', 40), 'hex')": Area.MESSAGES,
        "UPDATE hold SET state = 'released'": Area.ORDERS,
        "UPDATE session SET due_at = now() - interval '1 hour'": Area.OVERDUE,
    }
    expected: set[Area] = set()
    for statement, area in planted.items():
        await do(lived, statement)
        expected.add(area)
        assert await areas(lived) == expected
    shutil.rmtree(lived.data / "blobs")
    await do(lived, "UPDATE blob SET created_at = created_at - interval '2 hours'")
    assert Area.ORPHANED in await areas(lived)


async def test_a_backup_leaves_the_rows_to_pg_dump_and_a_restore_puts_the_files_beside_them(lived):
    made = lived.run("backup", "kept")
    assert (made.code, made.err) == (0, "")
    assert "pg_dump" in made.out
    (folder,) = (lived.folder / "kept").iterdir()
    assert not (folder / "database").exists()
    shutil.rmtree(lived.data / "blobs")
    (lived.data / "people.key").unlink()
    result = lived.run("restore", "kept")
    assert (result.code, result.err) == (0, "")
    assert "files        6\n" in result.out
    told = lived.chat("#files", "/history", "!wait")
    assert '"kind": "3mf"' in told.out or "figurine" in told.out.lower()
    assert lived.run("audit").out.splitlines()[-1] == "Nothing found."


async def test_rows_of_somebody_whose_key_is_destroyed_go_with_a_restore(lived):
    assert lived.run("backup", "kept").code == 0
    async with lived.storage() as (storage, _):
        ((person,),) = [(row["owner"],) for row in await _people(lived)]
        await storage.vault.erase_owner(person, dt.datetime.now(dt.UTC))
    result = lived.run("restore", "kept")
    assert "stay erased  1 people" in result.out
    assert await _people(lived) == []


async def _people(operator: Operator) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(operator.url)
    rows: list[asyncpg.Record] = await connection.fetch("SELECT owner FROM person")
    await connection.close()
    return rows


async def test_a_backup_of_sqlite_is_not_put_beside_postgresql(lived, tmp_path):
    other = Operator(tmp_path / "other")
    assert other.chat(*FIGURINE).code == 0
    assert other.run("backup", lived.folder / "kept").code == 0
    result = lived.run("restore", "kept")
    assert result.code == 2
    assert "other kind of database" in result.err


async def test_a_database_that_does_not_run_is_one_sentence_without_its_address(lived, tmp_path):
    lived.environment |= {"FIGURINE_DATABASE__URL": "postgresql://me:secret-word@127.0.0.1:1/nowhere"}
    for words in (["audit"], ["sweep"]):
        result = lived.run(*words)
        assert result.code == 1
        assert result.err.count("\n") == 1
        assert "secret-word" not in result.err + result.out

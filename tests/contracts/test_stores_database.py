"""What both databases promise below all rows: transactions, cancellations, and the schema that the models declare."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from typing import Any, cast

import asyncpg
import pytest
from tortoise import Model
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index

from core.records import JobStatus
from storage import models
from storage.database import FILE_NAME
from storage.personal_data import DECLARATIONS
from tests.databases import NOON, House

REFUSALS = (IntegrityError, sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
TABLES = {
    found._meta.db_table: found
    for found in vars(models).values()
    if isinstance(found, type) and issubclass(found, Model) and found is not Model
}


async def test_a_failed_transaction_leaves_nothing(house: House):
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            insert = "INSERT INTO person (platform, platform_key, created_at) VALUES ('x', $1, $2)"
            await tx.query(insert, "y", NOON)
            await tx.later(insert, "z", NOON)
            raise RuntimeError
    assert await house.count("person") == 0


async def test_what_nobody_waits_for_is_done_in_its_place_and_undoes_everything_if_it_fails(house: House):
    insert = "INSERT INTO beat (name, at) VALUES ($1, $2)"
    async with house.database.transaction() as tx:
        await tx.later(insert, "first", NOON)
        assert await tx.query("SELECT name FROM beat") == [{"name": "first"}]
        await tx.later(insert, "second", NOON)
    assert await house.count("beat") == 2
    with pytest.raises(REFUSALS):
        async with house.database.transaction() as tx:
            await tx.query(insert, "third", NOON)
            await tx.later(insert, "first", NOON)
            await tx.later(insert, "fourth", NOON)
    assert await house.count("beat") == 2


async def test_a_look_sees_what_is_committed_and_waits_for_nobody(house: House):
    look, name = house.database.look, "SELECT name FROM beat"
    async with house.database.transaction() as tx:
        await tx.query("INSERT INTO beat (name, at) VALUES ('inside', $1)", NOON)
        assert await look(name) == []
    assert await look(name) == [{"name": "inside"}]


async def test_a_task_that_is_started_inside_a_transaction_does_not_write_into_it(house: House):
    async def aside() -> None:
        await house.storage.watch.raise_alert("aside", "")

    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            await tx.query("INSERT INTO beat (name, at) VALUES ('inside', $1)", NOON)
            task = asyncio.get_running_loop().create_task(aside())
            await asyncio.sleep(0.02)
            raise RuntimeError
    await task
    assert [alert.name for alert in await house.storage.watch.alerts()] == ["aside"]
    assert await house.count("beat") == 0


async def test_a_storm_of_cancellations_leaves_the_database_usable_and_its_rows_whole(house: House):
    ada = await house.person()
    photo = await house.photo(ada)
    chance = random.Random(7)  # noqa: S311 -- moments of cancellation

    async def one() -> None:
        job = await house.queued(ada, (photo,))
        await house.move(job.id, JobStatus.CANCELLED)

    for _ in range(250):
        tasks = [asyncio.get_running_loop().create_task(one()) for _ in range(3)]
        await asyncio.sleep(chance.random() * 0.01)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    async with asyncio.timeout(20):
        await asyncio.gather(*(one() for _ in range(20)))
    taken = {"accepted": 1, "queued": 3, "cancelled": 4}
    rows = await house.rows("SELECT status, count(*) AS n FROM job GROUP BY status")
    assert {row["status"] for row in rows} <= set(taken)
    steps = sum(taken[row["status"]] * row["n"] for row in rows)
    assert await house.count("job_step") == steps
    assert await house.count("job_photo") == await house.count("job_origin") == await house.count("job")


async def schema(house: House) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[tuple[str, bool]]]]:
    """Columns, foreign keys and (columns, unique) of the indexes of each table, as the database itself says."""
    columns: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    indexes: dict[str, set[tuple[str, bool]]] = {}
    if not house.database.is_postgres:
        for table in await house.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            name = table["name"]
            columns[name] = {row["name"] for row in await house.rows(f"PRAGMA table_info({name})")}
            found = await house.rows(f"PRAGMA foreign_key_list({name})")
            keys[name] = {f"{row['from']} {row['table']} {row['on_delete']}" for row in found}
            indexes[name] = set()
            for index in await house.rows(f"PRAGMA index_list({name})"):
                listed = await house.rows(f"PRAGMA index_info({index['name']})")
                indexes[name].add((" ".join(str(row["name"]) for row in listed), bool(index["unique"])))
        return columns, keys, indexes
    for row in await house.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ):
        columns.setdefault(row["table_name"], set()).add(row["column_name"])
    for row in await house.rows(
        "SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint"
        " WHERE contype = 'f'"
    ):
        match = re.fullmatch(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(\w+\) ON DELETE (\w+(?: NULL)?)", row["text"])
        assert match, row["text"]
        keys.setdefault(row["name"], set()).add(" ".join(match.groups()))
    for row in await house.rows("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"):
        inside = row["indexdef"].rpartition("(")[2].rstrip(")").replace(",", "").replace('"', "")
        indexes.setdefault(row["tablename"], set()).add((inside, "UNIQUE" in row["indexdef"]))
    return columns, keys, indexes


async def test_the_real_schema_has_the_tables_columns_keys_and_indexes_of_the_models(house: House):
    columns, keys, indexes = await schema(house)
    own = {"tortoise_migrations", "sqlite_sequence"}
    assert set(columns) - own == set(TABLES) == set(DECLARATIONS) - own
    for table, model in TABLES.items():
        meta = model._meta
        assert columns[table] == set(meta.fields_db_projection.values()), table
        expected = {
            f"{field.source_field} {field.related_model._meta.db_table} {field.on_delete.value}"
            for field in (cast("Any", meta.fields_map[name]) for name in meta.fk_fields | meta.o2o_fields)
        }
        assert keys.get(table, set()) == expected, table
        have = indexes.get(table, set())
        for together in meta.unique_together:
            assert (" ".join(together), True) in have, table
        for index in meta.indexes:
            fields = index.fields if isinstance(index, Index) else index
            assert any(" ".join(fields) == listed for listed, _ in have), (table, fields)
        for name, field in meta.fields_map.items():
            column = meta.fields_db_projection.get(name)
            if column and (field.unique or field.index) and not (field.pk and column == "id"):
                assert any(listed == column for listed, _ in have), (table, column)
            if column and field.unique and not field.pk:
                assert (column, True) in have, (table, column)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE job SET status = $1", ("nonsense",)),
        ("UPDATE hold SET state = $1", ("nonsense",)),
        ("UPDATE hold SET amount = $1", (-1,)),
        ("UPDATE outbox SET state = $1", ("nonsense",)),
        ("UPDATE job SET person_id = $1", (99,)),
        ("UPDATE job_photo SET photo_id = $1", (99,)),
        ("INSERT INTO job_origin (origin, job_id) VALUES ($1, 1)", ("the same",)),
        ("INSERT INTO session (person_id, payload, changed_at, due_at) VALUES ($1, '', $2, $2)", (99, NOON)),
        ("UPDATE blob SET name = $1", ("the same",)),
        ("UPDATE person SET platform_key = $1", ("the same",)),
    ],
)
async def test_the_database_itself_refuses_what_must_never_be(house: House, statement, values):
    from core.records import NewParcel, Notice

    await house.person("bob")
    ada = await house.person("ada")
    await house.queued(ada, origin="the same")
    await house.photo(ada)
    async with house.database.transaction() as tx:
        await house.storage.outbox.add(tx, NewParcel(ada, Notice.REPLY, "x"), NOON)
    with pytest.raises(REFUSALS):
        await house.rows(statement, *values)


async def test_the_file_of_sqlite_is_what_another_program_reads(house: House):
    if house.database.is_postgres:
        assert not (house.database.folder / FILE_NAME).exists()
        return
    await house.person()
    connection = sqlite3.connect(house.database.folder / FILE_NAME)
    assert connection.execute("SELECT count(*) FROM person").fetchone() == (1,)
    connection.close()

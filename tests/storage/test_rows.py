"""Rows in a real SQLite file: persons, consents, orders, and what the database itself enforces."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.clock import SystemClock
from core.errors import DiskFull, IllegalTransition, SettingsError
from core.model import Consent, JobStatus
from storage.database import FILE_NAME, PRAGMAS, Database
from storage.fields import UtcDatetimeField
from storage.jobs import JobRows
from storage.models import PersonRow
from storage.people import PeopleRows
from storage.personal_data import DECLARATIONS, Erasure

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "data") as opened:
        yield opened


def people(database: Database) -> PeopleRows:
    return PeopleRows(database, SystemClock())


def read(database: Database, query: str) -> list[tuple]:
    """What another program sees in the file."""
    connection = sqlite3.connect(database._folder / FILE_NAME)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


async def test_a_person_is_found_again_and_others_are_others(database):
    ada = await people(database).find("console", "ada")
    assert await people(database).find("console", "ada") == ada
    assert (await people(database).find("console", "bob")).id != ada.id
    assert (await people(database).find("telegram", "ada")).id != ada.id


async def test_many_at_once_make_one_person(database):
    found = await asyncio.gather(*(people(database).find("console", "ada") for _ in range(20)))
    assert len({person.id for person in found}) == 1


async def test_the_newest_consent_holds_and_keeps_its_time(database):
    ada = await people(database).find("console", "ada")
    assert ada.consent is None
    elsewhere = dt.datetime(2026, 5, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    await people(database).agree(ada.id, Consent("1", elsewhere))
    await people(database).agree(ada.id, Consent("2", NOON))
    assert (await people(database).find("console", "ada")).consent == Consent("2", NOON)
    assert {at for (at,) in read(database, "SELECT given_at FROM consent")} == {"2026-05-01 12:00:00+00:00"}


async def test_no_platform_id_is_in_the_folder(database):
    await people(database).find("console", "ada-lovelace-1815")
    assert not any(b"ada-lovelace" in file.read_bytes() for file in database._folder.iterdir())


async def test_the_folder_and_what_is_in_it_are_for_the_owner_only(database):
    assert stat.S_IMODE(database._folder.stat().st_mode) == 0o700
    for name in (FILE_NAME, f"{FILE_NAME}-wal", "people.key"):
        assert stat.S_IMODE((database._folder / name).stat().st_mode) == 0o600


async def test_an_order_goes_its_way_and_leaves_a_history(database):
    ada = await people(database).find("console", "ada")
    jobs = JobRows(database)
    job = await jobs.add(ada.id, "chibi", NOON)
    assert (job.status, job.style, job.created_at) == (JobStatus.ACCEPTED, "chibi", NOON)
    later = NOON + dt.timedelta(seconds=5)
    moved = await jobs.move(job.id, JobStatus.FAILED, later, "why")
    assert (moved.status, moved.changed_at, moved.created_at, moved.reason) == (JobStatus.FAILED, later, NOON, "why")
    assert read(database, "SELECT status, reason FROM job_step ORDER BY id") == [("accepted", ""), ("failed", "why")]


async def test_an_illegal_step_changes_nothing(database):
    ada = await people(database).find("console", "ada")
    jobs = JobRows(database)
    job = await jobs.add(ada.id, "chibi", NOON)
    with pytest.raises(IllegalTransition):
        await jobs.move(job.id, JobStatus.DELIVERED, NOON)
    with pytest.raises(IllegalTransition):
        await jobs.move(job.id + 1, JobStatus.FAILED, NOON)
    assert await jobs.open() == [job]
    assert len(read(database, "SELECT * FROM job_step")) == 1


async def test_open_orders_are_the_oldest_first(database):
    ada, bob = [await people(database).find("console", name) for name in ("ada", "bob")]
    jobs = JobRows(database)
    first, second, third = [await jobs.add(person.id, "chibi", NOON) for person in (ada, bob, ada)]
    await jobs.move(second.id, JobStatus.CANCELLED, NOON)
    assert [job.id for job in await jobs.open()] == [first.id, third.id]


def test_a_moment_without_a_timezone_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        UtcDatetimeField().to_db_value(dt.datetime(2026, 5, 1), PersonRow)  # noqa: DTZ001


async def test_a_step_in_another_timezone_is_stored_in_utc(database):
    ada = await people(database).find("console", "ada")
    job = await JobRows(database).add(ada.id, "chibi", NOON)
    await JobRows(database).move(job.id, JobStatus.FAILED, NOON.astimezone(dt.timezone(dt.timedelta(hours=9))))
    assert read(database, "SELECT changed_at FROM job") == [("2026-05-01 12:00:00+00:00",)]


async def test_the_real_schema_checks_statuses_and_foreign_keys(database):
    connection = sqlite3.connect(database._folder / FILE_NAME)
    connection.execute("PRAGMA foreign_keys=ON")
    insert = "INSERT INTO job (person_id, style, status, created_at, changed_at, reason) VALUES (?, 'x', ?, '', '', '')"
    await people(database).find("console", "ada")
    for person, status in ((1, "nonsense"), (99, "queued")):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(insert, (person, status))
    connection.close()


async def test_deleted_text_is_overwritten_and_the_log_is_written_ahead(database):
    async with database.transaction() as transaction:
        for pragma, expected in (("secure_delete", 1), ("foreign_keys", 1), ("journal_mode", "wal")):
            rows = await transaction.execute_query_dict(f"PRAGMA {pragma}")
            assert rows[0][pragma] == expected


async def test_a_storm_of_cancellations_leaves_the_database_usable(database):
    ada = await people(database).find("console", "ada")
    jobs = JobRows(database)
    chance = random.Random(7)  # noqa: S311 -- moments of cancellation

    async def one() -> None:
        job = await jobs.add(ada.id, "chibi", NOON)
        await jobs.move(job.id, JobStatus.CANCELLED, NOON)

    for _ in range(150):
        task = asyncio.get_running_loop().create_task(one())
        await asyncio.sleep(chance.random() * 0.004)
        task.cancel()
        await asyncio.wait([task])
    await asyncio.wait_for(one(), 5)
    counts = "SELECT (SELECT count(*) FROM job WHERE status='cancelled'), (SELECT count(*) FROM job_step)"
    cancelled, steps = read(database, counts)[0]
    assert steps == cancelled + read(database, "SELECT count(*) FROM job")[0][0]


async def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(RuntimeError):
        async with database.transaction() as transaction:
            await PersonRow.create(using_db=transaction, platform="x", platform_key="y", created_at=NOON)
            raise RuntimeError
    assert read(database, "SELECT * FROM person") == []


async def test_a_full_disk_is_told_and_the_database_stays_usable(database):
    """SQLite says the same when its own limit of pages is reached."""
    jobs, ada = JobRows(database), await people(database).find("console", "ada")
    async with database.transaction() as transaction:
        (pages,) = await transaction.execute_query_dict("PRAGMA page_count")
        await transaction.execute_query_dict(f"PRAGMA max_page_count = {pages['page_count']}")
    with pytest.raises(DiskFull):
        for _ in range(500):
            await jobs.add(ada.id, "chibi", NOON)
    assert await jobs.open()


async def test_rows_outlive_the_process(tmp_path):
    async with Database(tmp_path) as database:
        ada = await people(database).find("console", "ada")
    async with Database(tmp_path) as database:
        assert await people(database).find("console", "ada") == ada


async def test_only_the_first_of_several_users_of_the_folder_is_alone(tmp_path):
    async with Database(tmp_path) as first, Database(tmp_path) as second:
        assert (first.alone, second.alone) == (True, False)
    async with Database(tmp_path) as again:
        assert again.alone


def test_several_processes_may_open_a_new_folder_at_once(tmp_path):
    program = (
        "import asyncio, pathlib, sys\n"
        "from core.clock import SystemClock\n"
        "from storage.database import Database\n"
        "from storage.people import PeopleRows\n"
        "async def main():\n"
        "    async with Database(pathlib.Path(sys.argv[1])) as database:\n"
        "        print((await PeopleRows(database, SystemClock()).find('console', 'ada')).id)\n"
        "asyncio.run(main())\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "new"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [run.communicate(timeout=30)[0].strip() for run in runs] == ["1"] * 4


@pytest.mark.parametrize("below", [False, True])
async def test_a_folder_that_cannot_be_used_is_a_setting_to_correct(tmp_path, below):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match="dir"):
        async with Database(file / "below" if below else file):
            pass


async def test_a_damaged_key_is_told(tmp_path):
    (tmp_path / "people.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged"):
        async with Database(tmp_path):
            pass


async def opening(folder: Path) -> None:
    """Open the folder and close it again; that takes no long time, whatever is in it."""
    async with asyncio.timeout(5), Database(folder):
        pass


@pytest.mark.parametrize("start", [0, 4096])
async def test_a_damaged_database_is_told_and_the_folder_can_be_opened_once_it_is_put_back(tmp_path, start):
    await opening(tmp_path)
    file = tmp_path / FILE_NAME
    sound = file.read_bytes()
    noise = random.Random(7).randbytes(len(sound))  # noqa: S311 -- damage
    file.write_bytes(sound[:start] + noise[start:])
    with pytest.raises(SettingsError, match=f"{FILE_NAME} is no database of this bot, or is damaged"):
        await opening(tmp_path)
    file.write_bytes(sound)
    await opening(tmp_path)


async def test_somebody_elses_database_is_told(tmp_path):
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE person (name)")
    connection.close()
    with pytest.raises(SettingsError, match="no database of this bot"):
        await opening(tmp_path)


async def test_a_database_that_another_program_keeps_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(PRAGMAS, "busy_timeout", 50)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SettingsError, match="in use by another program"):
        await opening(tmp_path)
    connection.close()
    await opening(tmp_path)


async def test_every_table_has_declared_what_it_holds(database):
    tables = {name for (name,) in read(database, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == set(DECLARATIONS)
    for table, declared in DECLARATIONS.items():
        columns = {row[1] for row in read(database, f"PRAGMA table_info({table})")}
        assert columns >= set(declared.exported) | set(declared.corrected), table


async def test_what_is_declared_as_cascading_goes_with_the_person(database):
    ada, bob = [await people(database).find("console", name) for name in ("ada", "bob")]
    for person in (ada, bob):
        await people(database).agree(person.id, Consent("1", NOON))
        await JobRows(database).add(person.id, "chibi", NOON)
    async with database.transaction() as transaction:
        await PersonRow.filter(id=ada.id).using_db(transaction).delete()
    personal = [name for name, declared in DECLARATIONS.items() if declared.erasure is not Erasure.NOT_PERSONAL]
    left = {name: len(read(database, f"SELECT * FROM {name}")) for name in personal}  # noqa: S608 -- our own names
    assert left == dict.fromkeys(personal, 1)


def test_the_models_and_the_migrations_agree(tmp_path):
    config = tmp_path / "configuration.py"
    apps = {"storage": {"models": ["storage.models"], "migrations": "storage.migrations"}}
    config.write_text(f"TORTOISE_ORM = {{'connections': {{'default': 'sqlite://:memory:'}}, 'apps': {apps!r}}}")
    before = set((ROOT / "storage/migrations").glob("*.py"))
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]\nfrom tortoise.cli.cli import main\nmain()"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, "-c", "configuration.TORTOISE_ORM", "makemigrations"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    created = set((ROOT / "storage/migrations").glob("*.py")) - before
    for file in created:
        file.unlink()
    assert run.returncode == 0, run.stderr
    assert not created

"""Rows in a real SQLite file: what the database itself enforces, and what happens to a folder that can't be used.

What both databases promise of the rows is in tests/contracts/test_stores_*.py.
"""

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

from core.errors import DiskFull, SettingsError
from core.records import Consent, JobStatus
from storage.database import FILE_NAME, PRAGMAS, Database
from storage.fields import UtcDatetimeField
from storage.models import PersonRow
from tests.databases import NOON, House, open_house

ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as opened:
        yield opened


def read(folder: Path, query: str) -> list[tuple]:
    """What another program sees in the file."""
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


async def test_no_platform_id_is_in_the_folder(house: House):
    await house.person("ada-lovelace-1815")
    files = [file for file in house.database.folder.rglob("*") if file.is_file()]
    assert len(files) > 3
    assert not any(b"ada-lovelace" in file.read_bytes() for file in files)


async def test_the_folder_and_what_is_in_it_are_for_the_owner_only(tmp_path):
    async with Database(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        for name in (FILE_NAME, f"{FILE_NAME}-wal", "people.key"):
            assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600


async def test_moments_are_stored_in_utc_however_they_are_given(house: House):
    ada = await house.person()
    elsewhere = NOON.astimezone(dt.timezone(dt.timedelta(hours=9)))
    await house.storage.people.agree(ada, Consent("1", elsewhere))
    job = await house.accepted(ada)
    house.clock.moment = elsewhere
    await house.move(job.id, JobStatus.FAILED)
    expected = [("2026-05-01 12:00:00+00:00",)]
    assert read(house.database.folder, "SELECT given_at FROM consent") == expected
    assert read(house.database.folder, "SELECT changed_at FROM job") == expected


def test_a_moment_without_a_timezone_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        UtcDatetimeField().to_db_value(dt.datetime(2026, 5, 1), PersonRow)  # noqa: DTZ001


async def test_deleted_text_is_overwritten_and_the_log_is_written_ahead(house: House):
    for pragma, expected in (("secure_delete", 1), ("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1)):
        assert await house.rows(f"PRAGMA {pragma}") == [{pragma: expected}]


async def test_a_full_disk_is_told_and_the_database_stays_usable(house: House):
    """SQLite says the same when its own limit of pages is reached."""
    ada = await house.person()
    photo = await house.photo(ada)
    await house.accepted(ada, (photo,))
    (pages,) = await house.rows("PRAGMA page_count")
    await house.rows(f"PRAGMA max_page_count = {pages['page_count']}")
    with pytest.raises(DiskFull):
        for _ in range(500):
            await house.accepted(ada, (photo,))
    assert await house.storage.jobs.open()


async def test_rows_outlive_the_process(tmp_path):
    async with open_house(tmp_path) as house:
        ada = await house.person()
    async with open_house(tmp_path) as house:
        assert await house.person() == ada


async def test_only_the_first_of_several_users_of_the_folder_is_alone(tmp_path):
    async with Database(tmp_path) as first, Database(tmp_path) as second:
        assert (first.alone, second.alone) == (True, False)
    async with Database(tmp_path) as again:
        assert again.alone


def test_several_processes_may_open_a_new_folder_at_once(tmp_path):
    program = (
        "import asyncio, pathlib, sys\n"
        "from core.clock import SystemClock\n"
        "from core.records import Contact\n"
        "from core.settings import Settings\n"
        "from storage.opened import open_storage\n"
        "async def main():\n"
        "    settings = Settings(data={'dir': pathlib.Path(sys.argv[1])})\n"
        "    async with open_storage(settings, SystemClock()) as storage:\n"
        "        print((await storage.people.find(Contact('console', 'ada'))).id)\n"
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
    async with asyncio.timeout(30), Database(folder):
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

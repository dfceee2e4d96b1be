"""The audit finds each thing that it is there to find, in a data folder that somebody has really lived in."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import BlobSettings
from storage.audit.audit import audit
from storage.audit.findings import Area, Finding
from storage.blobs import path_of
from storage.vault import Vault
from tests.lived import FIGURINE, Operator

PICTURE = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100
LONG_AGO = "2026-01-01 00:00:00+00:00"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    operator = Operator(tmp_path_factory.mktemp("lived") / "here")
    assert operator.chat(*FIGURINE).code == 0
    return operator.folder


@pytest.fixture
def lived(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    operator = Operator(tmp_path / "here")
    shutil.copytree(template / "data", operator.data)
    monkeypatch.setattr(tempfile, "tempdir", str(operator.rest))
    return operator


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def found(operator: Operator, at: dt.datetime | None = None) -> list[Finding]:
    return await audit(operator.settings, at or now())


async def areas(operator: Operator, at: dt.datetime | None = None) -> set[Area]:
    return {finding.area for finding in await found(operator, at)}


def a_blob(operator: Operator, kind: str = "result") -> str:
    return operator.read("SELECT name FROM blob WHERE kind = ? AND due_at IS NOT NULL", kind)[0][0]


def make_old(operator: Operator) -> None:
    """Two hours, for what must have some age to be told: rows, keys, bytes."""
    for path in (operator.data / "blobs").rglob("*"):
        os.utime(path, (time.time() - 7_200,) * 2)
    with operator.rows() as rows:
        rows.execute("UPDATE blob SET created_at = ?", (LONG_AGO,))
        rows.execute("ATTACH ? AS keys", (str(operator.data / "keys" / "keys.sqlite3"),))
        rows.execute("UPDATE keys.blob_key SET made = made - 7200")


def keys_do(operator: Operator, statement: str, *values: object) -> None:
    with operator.rows() as rows:
        rows.execute("ATTACH ? AS keys", (str(operator.data / "keys" / "keys.sqlite3"),))
        rows.execute(statement, values)


async def test_a_folder_in_order_has_no_findings_even_when_everything_in_it_is_old_enough_to_be_told(lived):
    make_old(lived)
    assert await found(lived) == []


async def test_where_nothing_was_ever_kept_nothing_is_found_and_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    operator = Operator(tmp_path / "here")
    assert await found(operator) == []
    assert not operator.data.exists()


async def test_an_audit_changes_nothing(lived):
    before = {path: path.stat().st_mtime_ns for path in lived.data.rglob("*") if path.is_file()}
    await found(lived)
    after = {path: path.stat().st_mtime_ns for path in lived.data.rglob("*") if path.is_file()}
    assert {path for path in after if not path.name.endswith(("-wal", "-shm"))} >= set(before)
    assert all(after[path] == at for path, at in before.items())


@pytest.mark.parametrize("table", ["blob", "session", "inbox", "outbox", "job"])
async def test_rows_past_their_time_are_found_after_two_sweeps_and_not_before(lived, table):
    with lived.rows() as rows:
        rows.execute("UPDATE blob SET due_at = NULL, gone_at = '' WHERE kind = 'upload'")
        if table == "job":
            rows.execute("UPDATE blob SET due_at = NULL, gone_at = ''")
        rows.execute(f"UPDATE {table} SET due_at = ?", (str(now()),))  # noqa: S608
    assert Area.OVERDUE not in await areas(lived, now() + dt.timedelta(seconds=119))
    assert Area.OVERDUE in await areas(lived, now() + dt.timedelta(seconds=122))


async def test_a_closed_account_past_its_time_is_found(lived):
    with lived.rows() as rows:
        rows.execute("UPDATE person SET closed_at = ?", (LONG_AGO,))
    assert [finding.what for finding in await found(lived)] == ["1 closed accounts, past their time"]


async def test_a_backup_of_the_keys_past_its_time_is_found(lived):
    async with lived.storage() as (storage, _):
        await storage.vault.backup_keys(storage.vault.key_backups / "a.sqlite3")
    assert Area.OVERDUE not in await areas(lived)
    with lived.rows() as rows:
        rows.execute("ATTACH ? AS copy", (str(lived.data / "keys" / "backups" / "a.sqlite3"),))
        rows.execute("UPDATE copy.made SET at = at - ?", (8 * 86_400 + 60,))
    assert Area.OVERDUE in await areas(lived)


async def test_a_copy_of_the_rows_that_a_killed_backup_left_is_found_when_it_is_old(lived):
    copy = lived.data / "snapshot" / "rows.sqlite3"
    copy.parent.mkdir(mode=0o700)
    copy.touch(0o600)
    assert await found(lived) == []
    os.utime(copy, (time.time() - 7_200,) * 2)
    assert await areas(lived) == {Area.OVERDUE}


async def _bytes_alone(operator: Operator) -> None:
    name = a_blob(operator)
    with operator.rows() as rows:
        rows.execute("UPDATE blob SET due_at = NULL WHERE name = ?", (name,))
    keys_do(operator, "DELETE FROM keys.blob_key WHERE blob = ?", name)


async def _key_alone(operator: Operator) -> None:
    name = a_blob(operator)
    with operator.rows() as rows:
        rows.execute("UPDATE blob SET due_at = NULL WHERE name = ?", (name,))
    (operator.data / "blobs" / path_of(name)).unlink()


async def _row_without_key(operator: Operator) -> None:
    keys_do(operator, "DELETE FROM keys.blob_key WHERE blob = ?", a_blob(operator))


async def _row_without_bytes(operator: Operator) -> None:
    (operator.data / "blobs" / path_of(a_blob(operator))).unlink()


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_bytes_alone, "files without a row"),
        (_key_alone, "keys without a row"),
        (_row_without_key, "rows of files whose key is destroyed"),
        (_row_without_bytes, "rows of files that are not there"),
    ],
)
async def test_what_is_without_its_counterpart_is_found_when_it_is_an_hour_old(lived, plant: Callable, words: str):
    await plant(lived)
    assert await found(lived) == []
    make_old(lived)
    told = await found(lived)
    assert [finding.area for finding in told] == [Area.ORPHANED]
    assert words in told[0].what


async def test_somebody_whose_key_is_destroyed_and_whose_rows_are_there_is_found(lived):
    ((owner,),) = lived.read("SELECT owner FROM person")
    async with Vault(lived.data, lived.settings.keys, BlobSettings()) as vault:
        await vault.erase_owner(owner, now())
    assert any("people whose key is destroyed" in finding.what for finding in await found(lived))


async def test_a_table_that_nobody_declared_is_found(lived):
    with lived.rows() as rows:
        rows.execute("CREATE TABLE diary (line TEXT)")
    assert [finding.what for finding in await found(lived)] == ["tables: diary"]


@pytest.mark.parametrize(
    "value", ["plain text", b'{"name": "Ada"}', b"\x01" + b'{"name": "Ada Lovelace"}' * 2, b"\xff" * 40, b"\x01\xff"]
)
async def test_a_value_that_should_be_encrypted_and_is_not_is_found(lived, value):
    with lived.rows() as rows:
        rows.execute("UPDATE job SET details = ?", (value,))
    told = await found(lived)
    assert [finding.area for finding in told] == [Area.READABLE]
    assert "job.details" in told[0].what


@pytest.mark.parametrize("name", ["notes.txt", "blobs/ab/photo.jpg", "keys/copy-of-master.key", "service.log"])
async def test_a_file_that_the_program_does_not_make_is_found(lived, name):
    file = lived.data / name
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(0o600)
    told = await found(lived)
    assert [finding.area for finding in told] == [Area.UNDECLARED]
    assert name in told[0].what


@pytest.mark.parametrize("begin", [b"\xff\xd8\xff\xe0", b"%PDF-1.7", b"PK\x03\x04", b"glTF\x02", b"0000ftypheic", b"{"])
async def test_something_that_people_make_is_found_among_the_encrypted_files(lived, begin):
    (lived.data / "blobs" / path_of(a_blob(lived))).write_bytes(begin + bytes(100))
    assert await areas(lived) == {Area.READABLE}


async def test_a_photo_inside_of_a_file_that_belongs_there_is_found(lived):
    with lived.rows() as rows:
        rows.execute("UPDATE alert SET detail = '' WHERE name = ''")
        rows.execute("INSERT INTO beat (name, at) VALUES (?, ?)", (PICTURE, LONG_AGO))
    assert Area.READABLE in await areas(lived)


@pytest.mark.parametrize("name", [".", "figurine.sqlite3", "keys/master.key", "blobs"])
async def test_what_is_open_to_other_users_is_found(lived, name):
    (lived.data / name).chmod(0o755)
    told = await found(lived)
    assert [finding.area for finding in told] == [Area.READABLE]
    assert "open to other users" in told[0].what


@pytest.mark.parametrize(("content", "age"), [(b"anything", 7_200), (PICTURE, 0)])
async def test_what_was_left_in_the_temporary_folder_is_found_if_it_is_old_or_readable(lived, content, age):
    folder = lived.rest / "figurine-worker-abc"
    folder.mkdir()
    assert await found(lived) == []
    (folder / "part").write_bytes(content)
    os.utime(folder / "part", (time.time() - age,) * 2)
    assert await areas(lived) == {Area.TEMPORARY}


async def test_a_sweep_that_is_late_is_found_as_long_as_something_waits_for_one(lived):
    late = now() + dt.timedelta(minutes=11)
    assert await areas(lived, now() + dt.timedelta(minutes=9)) == set()
    assert await areas(lived, late) == {Area.SWEEP}
    with lived.rows() as rows:
        for table in ("blob", "inbox", "outbox", "job"):
            rows.execute(f"UPDATE {table} SET due_at = NULL")  # noqa: S608
        rows.execute("DELETE FROM session")
    assert await areas(lived, late) == set()


async def test_an_alert_that_stands_is_found(lived):
    async with lived.storage() as (storage, _):
        await storage.watch.raise_alert("schedule.sweep", "failed with DiskFull")
    told = await found(lived)
    assert [finding.area for finding in told] == [Area.ALERTS]
    assert "schedule.sweep: failed with DiskFull" in told[0].what


@pytest.mark.parametrize(
    ("statement", "area"),
    [
        ("DELETE FROM hold", Area.ORDERS),
        ("UPDATE hold SET state = 'released'", Area.ORDERS),
        ("UPDATE hold SET state = 'reserved'", Area.ORDERS),
        ("UPDATE job SET status = 'failed'; DELETE FROM job_step", Area.ORDERS),
        ("UPDATE job SET status = 'queued'", Area.ORDERS),
        ("UPDATE job SET status = 'queued'; UPDATE hold SET state = 'reserved'; DELETE FROM job_photo", Area.ORDERS),
        ("UPDATE outbox SET payload = randomblob(100)", Area.MESSAGES),
        ("UPDATE inbox SET payload = randomblob(100)", Area.MESSAGES),
    ],
)
async def test_rows_that_contradict_each_other_are_found(lived, statement, area):
    with lived.rows() as rows:
        rows.executescript(statement)
    assert area in await areas(lived)


async def test_an_order_under_way_whose_photo_is_gone_is_found(lived):
    with lived.rows() as rows:
        rows.executescript("UPDATE job SET status = 'queued'; UPDATE hold SET state = 'reserved'")
    assert Area.ORDERS not in await areas(lived)
    with lived.rows() as rows:
        rows.execute("UPDATE blob SET due_at = NULL WHERE kind = 'photo'")
    assert "1 orders that are under way and whose photo is gone" in {finding.what for finding in await found(lived)}


async def test_an_order_that_was_made_and_never_fetched_may_expire_and_stay_paid(lived):
    with lived.rows() as rows:
        rows.execute("UPDATE job SET status = 'expired'")
    assert await found(lived) == []


async def test_rows_that_belong_to_nothing_and_a_damaged_index_are_found(lived):
    with lived.rows() as rows:
        rows.execute("UPDATE consent SET person_id = 99")
    assert await areas(lived) == {Area.DATABASE}
    with lived.rows() as rows:
        rows.execute("UPDATE consent SET person_id = 1")
        rows.execute("PRAGMA writable_schema = ON")
        rows.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(\"due_at\")', '(\"received_at\")')"
            " WHERE type = 'index' AND tbl_name = 'inbox'"
        )
    assert Area.DATABASE in await areas(lived)

"""The key store: master keys, owners' keys, blobs' keys, and what is said when one is missing."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from core.errors import DiskFull, Gone, KeysMissing, SettingsError, Tampered
from core.settings import KeySettings
from core.supervision import in_background
from storage.crypto import new_key
from storage.keys.store import KeyStore

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
ADA, BOB = "a" * 32, "b" * 32
OLD, NEW = ("0" * 63 + digit for digit in "12")


@pytest_asyncio.fixture
async def keys(tmp_path: Path) -> AsyncIterator[KeyStore]:
    async with KeyStore(tmp_path / "keys", KeySettings()) as opened:
        await opened.add_owner(ADA)
        yield opened


def under(master: str | None = None, previous: str | None = None) -> KeySettings:
    secrets = {"master": master, "previous": previous}
    return KeySettings(**{name: SecretStr(value) for name, value in secrets.items() if value})


def read(file: Path, query: str) -> list[tuple[Any, ...]]:
    """What another program sees in the file."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def rows(keys: KeyStore, query: str) -> list[tuple[Any, ...]]:
    return read(keys.folder / "keys.sqlite3", query)


def sealing(keys: KeyStore, owner: str = ADA) -> bytes:
    return keys.owner(owner).encrypt(bytes(12), b"the same key gives the same", None)


async def test_an_owners_key_stays_the_same_over_restarts(tmp_path):
    async with KeyStore(tmp_path / "keys", KeySettings()) as keys:
        await keys.add_owner(ADA)
        await keys.add_owner(BOB)
        before = sealing(keys)
        assert sealing(keys, BOB) != before
    async with KeyStore(tmp_path / "keys", KeySettings()) as keys:
        assert sealing(keys) == before


async def test_the_folder_and_its_files_are_for_their_owner_only(keys):
    await keys.back_up(keys.backups_folder / "one.sqlite3")
    for folder in (keys.folder, keys.backups_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("keys.sqlite3", "keys.sqlite3-wal", "keys.sqlite3-shm", "master.key", "backups/one.sqlite3"):
        assert stat.S_IMODE((keys.folder / name).stat().st_mode) == 0o600


async def test_the_file_is_written_to_the_end_and_what_is_deleted_is_overwritten(keys):
    def settings(connection: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "secure_delete", "temp_store", "foreign_keys")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert settings(keys._file._writer) == ["wal", 2, 1, 2, 1]
    strict = rows(
        keys, "SELECT count(*), sum(strict) FROM pragma_table_list WHERE schema='main' AND name NOT LIKE 'sqlite%'"
    )
    assert strict == [(3, 3)]


async def test_no_key_is_shown_by_a_repr(keys):
    secret = (keys.folder / "master.key").read_text().strip()
    for thing in (keys, keys._masters, keys._file, keys.owner(ADA), under(secret)):
        assert secret not in repr(thing)
        assert secret not in str(thing)
    assert "AESGCM object at" in repr(keys.owner(ADA))


async def test_a_master_key_that_others_can_read_is_refused(tmp_path):
    async with KeyStore(tmp_path, KeySettings()):
        pass
    file = tmp_path / "master.key"
    for mode in (0o640, 0o604, 0o622):
        file.chmod(mode)
        with pytest.raises(KeysMissing, match=f"mode {mode:o}"):
            await KeyStore(tmp_path, KeySettings()).__aenter__()
    file.chmod(0o600)
    async with KeyStore(tmp_path, KeySettings()):
        pass


@pytest.mark.parametrize("content", ["", "00" * 31, "xy" * 32, "00" * 32 + "\n00"])
async def test_a_damaged_master_key_is_told_and_not_shown(tmp_path, content):
    async with KeyStore(tmp_path, KeySettings()):
        pass
    (tmp_path / "master.key").write_text(content)
    with pytest.raises(KeysMissing, match="damaged") as caught:
        await KeyStore(tmp_path, KeySettings()).__aenter__()
    assert not content or content[:20] not in str(caught.value)


async def test_a_lost_master_key_is_not_replaced_by_a_new_one(tmp_path):
    async with KeyStore(tmp_path, KeySettings()) as keys:
        await keys.add_owner(ADA)
    kept = (tmp_path / "master.key").rename(tmp_path / "elsewhere")
    for _ in range(2):
        with pytest.raises(KeysMissing, match="gone"):
            await KeyStore(tmp_path, KeySettings()).__aenter__()
    kept.rename(tmp_path / "master.key")
    async with KeyStore(tmp_path, KeySettings()) as keys:
        sealing(keys)


async def test_a_wrong_master_key_is_told_at_the_start(tmp_path):
    async with KeyStore(tmp_path, under(OLD)) as keys:
        await keys.add_owner(ADA)
    with pytest.raises(KeysMissing, match="FIGURINE_KEYS__PREVIOUS") as caught:
        await KeyStore(tmp_path, under(NEW)).__aenter__()
    assert OLD not in str(caught.value)


async def test_a_lost_key_store_is_not_replaced_by_an_empty_one(tmp_path):
    async with KeyStore(tmp_path, KeySettings()) as keys:
        await keys.add_owner(ADA)
    (tmp_path / "keys.sqlite3").unlink()
    with pytest.raises(KeysMissing, match="backup"):
        await KeyStore(tmp_path, KeySettings()).__aenter__()
    assert not (tmp_path / "keys.sqlite3").exists()


async def test_a_damaged_key_store_is_told(tmp_path):
    async with KeyStore(tmp_path, KeySettings()):
        pass
    (tmp_path / "keys.sqlite3").write_bytes(b"no database at all " * 100)
    with pytest.raises(KeysMissing, match="damaged"):
        await KeyStore(tmp_path, KeySettings()).__aenter__()


async def test_a_key_store_of_a_newer_version_is_left_alone(tmp_path):
    async with KeyStore(tmp_path, KeySettings()):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "keys.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(SettingsError, match="newer"):
        await KeyStore(tmp_path, KeySettings()).__aenter__()


async def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"\[keys\] dir"):
        await KeyStore(tmp_path / "file", KeySettings()).__aenter__()


async def test_a_blobs_key_is_found_by_its_owner_until_it_is_destroyed(keys):
    await keys.add_owner(BOB)
    await keys.add_blob(ADA, "c" * 32, key := new_key(), NOON)
    assert keys.blob(ADA, "c" * 32).decrypt(bytes(12), type(keys.owner(ADA))(key).encrypt(bytes(12), b"x", None), None)
    with pytest.raises(Gone):
        keys.blob(BOB, "c" * 32)
    await keys.destroy(["c" * 32, "d" * 32])
    await keys.destroy(["c" * 32])
    with pytest.raises(Gone):
        keys.blob(ADA, "c" * 32)


async def test_no_blob_gets_a_key_under_an_owner_who_is_gone(keys):
    await keys.erase(ADA, NOON)
    with pytest.raises(Gone):
        await keys.add_blob(ADA, "c" * 32, new_key(), NOON)
    assert rows(keys, "SELECT * FROM blob_key") == []


async def test_a_key_that_was_put_in_the_place_of_another_is_refused(keys):
    await keys.add_owner(BOB)
    for name in "cd":
        await keys.add_blob(ADA, name * 32, new_key(), NOON)
    with contextlib.closing(sqlite3.connect(keys.folder / "keys.sqlite3")) as connection, connection:
        connection.execute("UPDATE blob_key SET wrapped = (SELECT wrapped FROM blob_key WHERE blob LIKE 'c%')")
        connection.execute("UPDATE owner_key SET wrapped = (SELECT wrapped FROM owner_key WHERE owner LIKE 'a%')")
    with pytest.raises(Tampered):
        keys.blob(ADA, "d" * 32)
    with pytest.raises(Tampered):
        keys.owner(BOB)
    sealing(keys, ADA)


async def test_every_blob_with_a_key_is_listed_once_over_many_pages(keys, monkeypatch):
    monkeypatch.setattr("storage.keys.store.PAGE", 7)
    names = [f"{number:032x}" for number in random.sample(range(10**6), 40)]
    for name in names:
        await keys.add_blob(ADA, name, new_key(), NOON)
    pages = [page async for page in keys.blobs()]
    assert [entry.name for page in pages for entry in page] == sorted(names)
    assert {entry.made for page in pages for entry in page} == {NOON}
    assert max(map(len, pages)) == 7


async def test_who_is_erased_is_remembered_by_the_code_alone(keys):
    assert await keys.erased() == set()
    for _ in range(2):
        await keys.erase(ADA, NOON)
    assert await keys.erased() == {ADA}
    assert rows(keys, "SELECT * FROM erased") == [(ADA, int(NOON.timestamp()))]


async def test_an_owner_that_nobody_came_to_have_is_taken_back_unless_something_is_under_it(keys):
    await keys.add_owner(BOB)
    await keys.add_blob(ADA, "c" * 32, new_key(), NOON)
    for owner in (ADA, BOB):
        await keys.drop_owner(owner)
    sealing(keys, ADA)
    with pytest.raises(Gone):
        keys.owner(BOB)
    assert await keys.erased() == set()


async def test_a_full_disk_is_told_and_changes_nothing(keys):
    """SQLite says the same when its own limit of pages is reached."""
    pages = keys._file._writer.execute("PRAGMA page_count").fetchone()[0]
    keys._file._writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    before = 0
    with pytest.raises(DiskFull):
        for before in range(500):
            await keys.add_owner(f"{before:032x}")
    assert rows(keys, "SELECT count(*) FROM owner_key") == [(before + 1,)]
    sealing(keys)


async def test_a_storm_of_cancellations_leaves_no_transaction_and_no_lock(keys):
    chance = random.Random(7)  # noqa: S311 -- moments of cancellation
    for number in range(200):
        task = in_background(keys.add_owner(f"{number:032x}"), "add")
        await asyncio.sleep(chance.random() * 0.002)
        task.cancel()
        await asyncio.wait([task])
        assert not keys._file._writer.in_transaction
    await asyncio.wait_for(keys.add_owner(BOB), 5)
    with contextlib.closing(sqlite3.connect(keys.folder / "keys.sqlite3", timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")


async def test_a_caller_who_is_cancelled_waits_for_the_end_of_the_transaction(keys):
    def slow(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO erased VALUES ('x', 1)")
        time.sleep(0.1)

    task = in_background(keys._file.write(slow), "a slow transaction")
    await asyncio.sleep(0.05)
    assert keys._file._writer.in_transaction
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not keys._file._writer.in_transaction
    assert await keys.erased() == {"x"}


async def test_a_reader_in_the_way_of_a_checkpoint_is_told(keys, monkeypatch):
    keys._file._writer.execute("PRAGMA busy_timeout = 50")
    with contextlib.closing(sqlite3.connect(keys.folder / "keys.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM owner_key").fetchall()
        await keys.add_owner(BOB)
        assert await keys.checkpoint() is False
    assert await keys.checkpoint() is True
    assert (keys.folder / "keys.sqlite3-wal").stat().st_size == 0

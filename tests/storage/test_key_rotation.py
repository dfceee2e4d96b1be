"""Changing the master key, backups of the keys, and that what is destroyed is in no file."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import time_machine
from pydantic import SecretStr

from core.errors import Gone, KeysMissing
from core.settings import KeySettings
from storage.crypto import new_key
from storage.keys import rotation
from storage.keys.store import KeyStore

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
OLD, NEW = ("0" * 63 + digit for digit in "12")
OWNERS = [f"{number:032x}" for number in range(30)]


@pytest_asyncio.fixture
async def keys(tmp_path: Path) -> AsyncIterator[KeyStore]:
    async with KeyStore(tmp_path / "keys", KeySettings()) as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 7)


def under(master: str | None = None, previous: str | None = None) -> KeySettings:
    secrets = {"master": master, "previous": previous}
    return KeySettings(**{name: SecretStr(value) for name, value in secrets.items() if value})


async def filled(keys: KeyStore) -> dict[str, bytes]:
    """Owners with keys; what identifies a key comes back."""
    for owner in OWNERS:
        await keys.add_owner(owner)
    return sealings(keys)


def sealings(keys: KeyStore, owners: Iterable[str] = OWNERS) -> dict[str, bytes]:
    return {owner: keys.owner(owner).encrypt(bytes(12), b"the same key gives the same", None) for owner in owners}


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """What another program sees in the file."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def lines(keys: KeyStore) -> list[str]:
    return (keys.folder / "master.key").read_text().split()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_destroyed_and_erased_keys_are_in_no_file_after_a_checkpoint(keys):
    """The wrapped keys themselves are looked for, in the main file, the log and the backups."""
    owners = [f"{number:032x}" for number in range(120)]
    for owner in owners:
        await keys.add_owner(owner)
        for number in range(3):
            await keys.add_blob(owner, f"{owner[8:]}{number:08x}", new_key(), NOON)
    await keys.back_up(keys.backups_folder / "one.sqlite3")
    wrapped = dict(rows(keys.folder / "keys.sqlite3", "SELECT owner, wrapped FROM owner_key"))
    of_blobs = rows(keys.folder / "keys.sqlite3", "SELECT owner, blob, wrapped FROM blob_key")
    chance = random.Random(3)  # noqa: S311 -- a choice of owners
    erased = set(chance.sample(owners, 50))
    expired = {blob for owner, blob, _ in of_blobs if owner not in erased and chance.random() < 0.3}
    await keys.destroy(sorted(expired))
    for owner in erased:
        await keys.erase(owner, NOON)
    everything, backups = on_disk(keys.folder), on_disk(keys.backups_folder)
    assert not any(wrapped[owner][-40:] in everything for owner in erased)
    assert not any(key[-40:] in everything for owner, _, key in of_blobs if owner in erased)
    assert all(wrapped[owner][-40:] in backups for owner in set(owners) - erased)
    present = b"".join((keys.folder / f"keys.sqlite3{ending}").read_bytes() for ending in ("", "-wal"))
    assert not any(key[-40:] in present for _, blob, key in of_blobs if blob in expired)


async def test_a_rotation_wraps_every_key_anew_and_removes_the_old_master(keys):
    before, (old,) = await filled(keys), lines(keys)
    assert await keys.rotate() == len(OWNERS)
    assert sealings(keys) == before
    (new,) = lines(keys)
    assert new != old
    assert old.encode() not in on_disk(keys.folder)
    assert len(rows(keys.folder / "keys.sqlite3", "SELECT DISTINCT master FROM owner_key")) == 1
    assert await keys.rotate() == len(OWNERS)
    assert lines(keys) != [new]


async def test_another_process_reads_and_adds_through_any_number_of_rotations(keys):
    before = await filled(keys)
    async with KeyStore(keys.folder, KeySettings()) as other:
        for number in range(3):
            await keys.rotate()
            await other.add_owner(f"{number + 1_000:032x}")
            assert sealings(other) == before
    (master,) = lines(keys)
    async with KeyStore(keys.folder, KeySettings()) as again:
        assert sealings(again) == before
        assert again._masters.older == []
    assert [master] == lines(keys)


async def test_owners_who_come_during_a_rotation_keep_their_keys(keys):
    before = await filled(keys)
    async with KeyStore(keys.folder, KeySettings()) as other:
        rotating = asyncio.gather(*(keys.rotate() for _ in range(4)), other.rotate())
        newcomers = [f"{number + 1_000:032x}" for number in range(60)]
        for owner in newcomers:
            await other.add_owner(owner)
            assert sealings(keys) == before
        await rotating
    async with KeyStore(keys.folder, KeySettings()) as again:
        for owner in newcomers:
            again.owner(owner)
        assert sealings(again) == before
    assert len(lines(keys)) == 1


@pytest.mark.parametrize("batches", [0, 1, 3, 5])
async def test_a_rotation_that_was_broken_off_is_ended_by_the_next(keys, monkeypatch, batches):
    before, (old,) = await filled(keys), lines(keys)
    done = 0
    whole = rotation.rewrap

    def breaks(*given: Any) -> int:
        nonlocal done
        if done == batches:
            raise RuntimeError
        done += 1
        return whole(*given)

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(rotation, "rewrap", breaks)
        await keys.rotate()
    new, still = lines(keys)
    assert still == old
    assert sealings(keys) == before
    async with KeyStore(keys.folder, KeySettings()) as next_process:
        assert sealings(next_process) == before
        assert await next_process.rotate() == max(0, len(OWNERS) - 7 * batches)
    assert lines(keys) == [new]
    assert sealings(keys) == before


async def test_the_old_master_stays_until_the_last_key_has_left_it(keys, monkeypatch):
    """A key comes back under the old master at the last moment."""
    before, file = await filled(keys), keys.folder / "keys.sqlite3"
    late = rows(file, "SELECT master, wrapped, owner FROM owner_key LIMIT 1")
    whole = rotation._rewrap_backups

    def comes_back(*given: Any) -> None:
        whole(*given)
        with contextlib.closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE owner_key SET master = ?, wrapped = ? WHERE owner = ?", late.pop())
        monkeypatch.setattr(rotation, "_rewrap_backups", whole)

    monkeypatch.setattr(rotation, "_rewrap_backups", comes_back)
    assert await keys.rotate() == len(OWNERS) + 1
    assert sealings(keys) == before
    assert len(lines(keys)) == 1


async def test_keys_from_the_settings_are_rotated_from_the_previous_to_the_present(tmp_path):
    async with KeyStore(tmp_path, under(OLD)) as keys:
        before = await filled(keys)
        assert await keys.rotate() == 0
    async with KeyStore(tmp_path, under(NEW, previous=OLD)) as keys:
        assert sealings(keys) == before
        assert await keys.rotate() == len(OWNERS)
    async with KeyStore(tmp_path, under(NEW)) as keys:
        assert sealings(keys) == before
    assert not (tmp_path / "master.key").exists()


async def test_the_master_key_can_move_from_the_file_to_the_settings_and_back(tmp_path):
    async with KeyStore(tmp_path, KeySettings()) as keys:
        before = await filled(keys)
    async with KeyStore(tmp_path, under(NEW)) as keys:
        assert await keys.rotate() == len(OWNERS)
        assert not (tmp_path / "master.key").exists()
    with pytest.raises(KeysMissing):
        await KeyStore(tmp_path, KeySettings()).__aenter__()
    async with KeyStore(tmp_path, under(previous=NEW)) as keys:
        assert await keys.rotate() == len(OWNERS)
    async with KeyStore(tmp_path, KeySettings()) as keys:
        assert sealings(keys) == before


async def test_a_backup_is_a_key_store_that_opens_after_a_rotation_without_whoever_was_erased(keys, tmp_path):
    before = await filled(keys)
    await keys.back_up(keys.backups_folder / "one.sqlite3")
    await keys.erase(erased := OWNERS[3], NOON)
    del before[erased]
    await keys.rotate()
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(keys.backups_folder / "one.sqlite3", restored / "keys.sqlite3")
    shutil.copy(keys.folder / "master.key", restored)
    async with KeyStore(restored, KeySettings()) as again:
        with pytest.raises(Gone):
            again.owner(erased)
        assert sealings(again, before) == before


async def test_who_is_erased_while_a_backup_is_made_is_not_in_it(keys):
    await filled(keys)

    async def both(owner: str) -> None:
        await asyncio.gather(keys.back_up(keys.backups_folder / f"{owner}.sqlite3"), keys.erase(owner, NOON))

    await asyncio.gather(*(both(owner) for owner in OWNERS[:12]))
    for backup in keys.backups_folder.glob("*.sqlite3"):
        assert {owner for (owner,) in rows(backup, "SELECT owner FROM owner_key")} == set(OWNERS[12:])


async def test_a_backup_never_replaces_a_file(keys):
    target = keys.backups_folder / "one.sqlite3"
    await keys.back_up(target)
    with pytest.raises(FileExistsError):
        await keys.back_up(target)
    assert [path.name for path in keys.backups_folder.iterdir() if path.suffix != ".lock"] == ["one.sqlite3"]


async def test_an_erasure_says_that_a_backup_is_damaged_and_does_the_others(keys):
    await filled(keys)
    for name in ("a", "b", "c"):
        await keys.back_up(keys.backups_folder / f"{name}.sqlite3")
    (keys.backups_folder / "b.sqlite3").write_bytes(b"no database at all " * 100)
    with pytest.raises(KeysMissing, match=r"b\.sqlite3 is damaged"):
        await keys.erase(OWNERS[0], NOON)
    for name in ("a", "c"):
        assert len(rows(keys.backups_folder / f"{name}.sqlite3", "SELECT * FROM owner_key")) == len(OWNERS) - 1
    (keys.backups_folder / "b.sqlite3").unlink()
    await keys.erase(OWNERS[0], NOON)


async def test_a_backup_that_was_never_finished_is_removed(keys):
    await keys.back_up(keys.backups_folder / "one.sqlite3")
    (keys.backups_folder / "two.sqlite3.new").write_text("half of it")
    await keys.erase(OWNERS[0], NOON)
    assert not (keys.backups_folder / "two.sqlite3.new").exists()


async def test_old_backups_of_the_keys_are_pruned_by_when_they_were_made(keys):
    for days, name in ((0, "one"), (3, "two"), (9, "three")):
        with time_machine.travel(NOON + dt.timedelta(days=days), tick=False):
            await keys.back_up(keys.backups_folder / f"{name}.sqlite3")
    await filled(keys)
    await keys.erase(OWNERS[0], NOON)  # touches them all
    assert await keys.prune_backups(NOON + dt.timedelta(days=2)) == 1
    assert {path.name for path in keys.backups_folder.glob("*.sqlite3")} == {"two.sqlite3", "three.sqlite3"}

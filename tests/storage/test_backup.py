"""Backups and restores of a data folder that people have lived in: nobody comes back, and nothing is readable."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from core.errors import Gone, KeysMissing
from core.records import Contact
from storage.backup import making, snapshot
from storage.backup.making import back_up
from storage.backup.manifest import NoBackup, newest
from storage.backup.restoring import Restored, restore
from storage.database import FILE_NAME
from storage.erased import mark_keyless
from storage.photos import PHOTO
from tests.lived import FIGURINE, Operator, files_of, state_of

ADA, BOB = "ada-marker-7d1f0c", "bob-marker-52e9aa"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    operator = Operator(tmp_path_factory.mktemp("lived") / "here")
    assert operator.chat(*FIGURINE, user=ADA).code == 0
    assert operator.chat(*FIGURINE, user=BOB).code == 0
    return operator.folder


@pytest.fixture
def lived(template: Path, tmp_path: Path) -> Operator:
    operator = Operator(tmp_path / "here")
    shutil.copytree(template / "data", operator.data)
    return operator


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def place(operator: Operator) -> Path:
    return operator.folder / "backups"


async def backed_up(operator: Operator) -> making.Made:
    async with operator.storage() as (storage, _):
        return await back_up(storage, place(operator), now())


async def restored(
    operator: Operator, keys: Path | None = None, replace: bool = True, at: dt.datetime | None = None
) -> Restored:
    return await restore(operator.settings, place(operator), keys, replace, at or now())


def person(operator: Operator, name: str) -> int:
    """Who has this name; they were met one after the other."""
    return {ADA: 1, BOB: 2}[name]


async def contact(operator: Operator, name: str) -> Contact | None:
    async with operator.storage() as (storage, _):
        return await storage.people.contact(person(operator, name), "console")


async def erase(operator: Operator, name: str) -> None:
    async with operator.storage() as (storage, _):
        await storage.people.erase(person(operator, name), now())


def photo_of(operator: Operator, name: str) -> tuple[str, str]:
    query = (
        "SELECT owner, name FROM blob JOIN person ON person.id = person_id WHERE kind = 'photo' AND person_id = ?"
        " ORDER BY blob.id"
    )
    return operator.read(query, person(operator, name))[0]


def lose_keys(operator: Operator) -> Path:
    """The machine burns down; a backup of the keys, made apart, is left, and the master key. The former comes back."""
    kept = operator.folder / "kept.sqlite3"
    (backup,) = (operator.data / "keys" / "backups").glob("*.sqlite3")
    shutil.copy(backup, kept)
    master = (operator.data / "keys" / "master.key").read_bytes()
    shutil.rmtree(operator.data)
    (operator.data / "keys").mkdir(parents=True, mode=0o700)
    (operator.data / "keys" / "master.key").write_bytes(master)
    (operator.data / "keys" / "master.key").chmod(0o600)
    return kept


async def test_a_backup_holds_nothing_readable_and_leaves_nothing_else_behind(lived):
    made = await backed_up(lived)
    assert (made.rows, made.folder) == (True, newest(place(lived)))
    names = {path.name for path in files_of(made.folder)}
    assert {"manifest.json", "database"} < names
    assert len(names) == made.blobs + 2 > 10
    for content in files_of(lived.folder).values():
        assert ADA.encode() not in content
    for path, content in files_of(made.folder).items():
        assert b"SQLite format" not in content
        assert path.stat().st_mode & 0o077 == 0
    assert not (lived.data / "snapshot" / "rows.sqlite3").exists()
    assert (lived.data / "people.key").read_bytes() not in b"".join(files_of(made.folder).values())


def test_the_copy_of_the_rows_has_what_is_only_in_the_log_and_nothing_that_was_deleted(tmp_path):
    writing = sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None)
    writing.execute("PRAGMA journal_mode = WAL")
    writing.execute("PRAGMA secure_delete = OFF")
    writing.execute("CREATE TABLE said (line TEXT)")
    writing.execute("INSERT INTO said VALUES ('deleted-marker')")
    writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writing.execute("DELETE FROM said")
    writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"deleted-marker" in (tmp_path / "a.sqlite3").read_bytes()
    writing.execute("INSERT INTO said VALUES ('new')")
    snapshot.take(tmp_path / "a.sqlite3", tmp_path / "b.sqlite3")
    writing.close()
    assert b"deleted-marker" not in (tmp_path / "b.sqlite3").read_bytes()
    connection = sqlite3.connect(tmp_path / "b.sqlite3")
    assert connection.execute("SELECT line FROM said").fetchall() == [("new",)]
    connection.close()


async def test_rows_files_and_people_come_back_from_a_backup(lived):
    before = lived.read("SELECT id, status FROM job"), lived.read("SELECT name FROM blob WHERE due_at IS NOT NULL")
    await backed_up(lived)
    for path in (lived.data / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    (lived.data / FILE_NAME).unlink()
    (lived.data / "people.key").unlink()
    told = await restored(lived, replace=False)
    assert (told.rows, told.erased, told.keys_from_backup) == (True, 0, False)
    assert (
        lived.read("SELECT id, status FROM job"),
        lived.read("SELECT name FROM blob WHERE due_at IS NOT NULL"),
    ) == before
    assert told.blobs == len(before[1])
    async with lived.storage() as (storage, _):
        assert (await storage.people.find(Contact("console", ADA))).id == 1
        (piece,) = await storage.pieces.all_of(1)
        assert [len(await storage.pieces.read(1, file)) for file in piece.files] == [file.size for file in piece.files]
        (held,) = await storage.photos.held(1)
        await storage.photos.load(held.id)


async def test_a_backup_made_while_the_service_writes_is_whole(lived):
    writing = [lived.chats(*FIGURINE, "#again", "!wait", user=f"friend{number}") for number in range(2)]
    folders = []
    while any(process.poll() is None for process in writing):
        async with lived.storage() as (storage, _):
            folders.append((await back_up(storage, place(lived), now())).folder)
        await asyncio.sleep(0.2)
    for process in writing:
        process.communicate()
    assert [process.returncode for process in writing] == [0, 0]
    assert len(folders) > 1
    for folder in folders[:3] + folders[-1:]:
        await restore(lived.settings, folder, None, True, now())
        assert lived.read("PRAGMA integrity_check") == [("ok",)]
        assert lived.read("PRAGMA foreign_key_check") == []


async def test_somebody_erased_after_the_backup_is_unreadable_in_it_and_gone_after_a_restore(lived):
    owner, name = photo_of(lived, ADA)
    assert await contact(lived, ADA) is not None
    made = await backed_up(lived)
    untouched = files_of(made.folder)
    await erase(lived, ADA)
    async with lived.storage() as (storage, _):
        with pytest.raises(Gone):  # the ciphertext is in the backup still, and nothing opens it
            await storage.vault.put_back(name, untouched[made.folder / "blobs" / name[:2] / name])
            await storage.vault.get(owner, name, PHOTO)
    assert files_of(made.folder) == untouched
    told = await restored(lived)
    assert told.erased == 1
    assert lived.read("SELECT id FROM person") == [(2,)]
    assert lived.read("SELECT count(*) FROM job WHERE person_id = 1") == [(0,)]
    assert (await contact(lived, BOB)) is not None
    for content in files_of(lived.data).values():
        assert owner.encode() not in content or b"erased" in content  # The list of who was erased is the key store's.
        assert ADA.encode() not in content
    async with lived.storage() as (storage, _):
        with pytest.raises(Gone):
            await storage.vault.get(owner, name, PHOTO)


async def test_without_keys_here_they_come_from_their_backup_and_whoever_was_erased_from_it_stays_away(lived):
    await backed_up(lived)
    await erase(lived, ADA)  # which reaches the backup of the keys
    kept = lose_keys(lived)
    told = await restored(lived, keys=kept)
    assert (told.keys_from_backup, told.erased) == (True, 1)
    assert lived.read("SELECT id FROM person") == [(2,)]
    assert (await contact(lived, BOB)) is not None


async def test_an_older_backup_of_the_keys_does_not_bring_back_whom_a_newer_one_knows_as_erased(lived):
    await backed_up(lived)
    old = lived.folder / "old.sqlite3"
    shutil.copy(next((lived.data / "keys" / "backups").glob("*.sqlite3")), old)
    await erase(lived, ADA)
    (lived.data / "keys" / "keys.sqlite3").unlink()
    for beside in ("-wal", "-shm"):
        (lived.data / "keys" / f"keys.sqlite3{beside}").unlink(missing_ok=True)
    assert (await restored(lived, keys=old)).erased == 1
    assert lived.read("SELECT id FROM person") == [(2,)]


async def test_no_photo_s_key_is_in_a_backup_of_the_keys_and_its_order_expires_with_its_credits(lived):
    with lived.rows() as rows:
        rows.execute("UPDATE job SET status = 'queued', due_at = NULL WHERE id = 1")
        rows.execute("UPDATE hold SET state = 'reserved' WHERE job_id = 1")
    _, name = photo_of(lived, ADA)
    made = await backed_up(lived)
    connection = sqlite3.connect(made.keys)
    keyed = {blob for (blob,) in connection.execute("SELECT blob FROM blob_key")}
    connection.close()
    assert name not in keyed
    assert len(keyed) == 10
    await restored(lived, keys=lose_keys(lived))
    async with lived.storage() as (storage, sweep):
        await sweep.run(now())
        await mark_keyless(storage, now())
    assert lived.read("SELECT status, state FROM job JOIN hold ON job_id = job.id WHERE job.id = 1") == [
        ("expired", "released")
    ]
    assert lived.read("SELECT due_at FROM blob WHERE name = ?", name) == [(None,)]


async def test_a_photo_whose_time_is_over_at_the_restore_is_not_even_put_back(lived):
    _, name = photo_of(lived, ADA)
    await backed_up(lived)
    shutil.rmtree(lived.data / "blobs")
    told = await restored(lived, at=now() + dt.timedelta(hours=25))
    assert told.blobs == 10
    assert not list(lived.data.rglob(name))
    assert lived.read("SELECT count(*) FROM blob WHERE due_at IS NOT NULL AND kind = 'photo'") == [
        (2,)
    ]  # for the sweep


async def test_what_is_there_is_not_replaced_unasked(lived):
    await backed_up(lived)
    before = state_of(lived.data)
    with pytest.raises(NoBackup, match="--replace"):
        await restored(lived, replace=False)
    assert state_of(lived.data) == before


def _no_database(folder: Path) -> None:
    (folder / "database").unlink()


def _flipped_database(folder: Path) -> None:
    content = bytearray((folder / "database").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "database").write_bytes(content)


def _flipped_blob(folder: Path) -> None:
    blob = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    blob.write_bytes(blob.read_bytes()[:-1])


def _no_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def _newer(folder: Path) -> None:
    _change(folder, version=2)


def _another_time(folder: Path) -> None:
    _change(folder, made="2020-01-01T00:00:00+00:00")


def _path_outside(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    _change(folder, files=manifest["files"] | {"../../here/data/people.key": "0" * 64})


def _foreign(folder: Path) -> None:
    _change(folder, owner="0" * 32)


def _change(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | values))


@pytest.mark.parametrize(
    "damage",
    [_no_database, _flipped_database, _flipped_blob, _no_json, _newer, _another_time, _path_outside, _foreign],
)
@pytest.mark.parametrize("keys_here", [True, False])
async def test_a_damaged_or_foreign_backup_is_one_sentence_and_changes_nothing(lived, damage, keys_here):
    made = await backed_up(lived)
    damage(made.folder)
    kept = None if keys_here else lose_keys(lived)
    before = state_of(lived.data)
    with pytest.raises(NoBackup) as told:
        await restored(lived, keys=kept)
    assert str(told.value).count(". ") <= 1
    assert state_of(lived.data) == before


async def test_rows_that_are_no_rows_of_this_program_change_nothing(lived, monkeypatch):
    real = making.snapshot.take

    def newer(database: Path, target: Path) -> None:
        real(database, target)
        connection = sqlite3.connect(target)
        with connection:
            connection.execute("UPDATE tortoise_migrations SET name = '0999' || name")
        connection.close()

    monkeypatch.setattr(making.snapshot, "take", newer)
    await backed_up(lived)
    before = state_of(lived.data)
    with pytest.raises(NoBackup, match="newer version"):
        await restored(lived)
    assert state_of(lived.data) == before


async def test_a_folder_in_use_is_not_restored_into(lived):
    await backed_up(lived)
    async with lived.storage():
        with pytest.raises(NoBackup, match="in use"):
            await restored(lived)


async def test_keys_that_are_here_stay_and_missing_ones_are_asked_for(lived):
    made = await backed_up(lived)
    with pytest.raises(NoBackup, match="they stay"):
        await restored(lived, keys=made.keys)
    kept = lose_keys(lived)
    with pytest.raises(NoBackup, match="--keys FILE"):
        await restored(lived)
    with pytest.raises(NoBackup, match="no file"):
        await restored(lived, keys=lived.folder / "absent")
    with pytest.raises(NoBackup, match="no backup of the keys"):
        await restored(lived, keys=lived.folder / "photo.png")
    (lived.data / "keys" / "master.key").unlink()
    with pytest.raises(KeysMissing, match="master"):
        await restored(lived, keys=kept)
    assert not (lived.data / "keys" / "keys.sqlite3").exists()


@pytest.mark.parametrize("inside", ["data/backups", "data/keys", "photo.png"])
async def test_a_place_that_can_not_hold_a_backup_is_refused_and_nothing_is_left(lived, inside):
    before = set(files_of(lived.folder))
    async with lived.storage() as (storage, _):
        with pytest.raises(NoBackup):
            await back_up(storage, lived.folder / inside, now())
        assert [len(page) async for page in storage.vault.owners()] == [2]
    assert {path for path in files_of(lived.folder) if not path.name.endswith(("-wal", "-shm"))} == before


async def test_a_backup_that_fails_half_way_leaves_nothing(lived, monkeypatch):
    async def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(making, "_copy_blobs", broken)
    async with lived.storage() as (storage, _):
        with pytest.raises(NoBackup, match="Input/output"):
            await back_up(storage, place(lived), now())
        assert [len(page) async for page in storage.vault.owners()] == [2]
    assert not files_of(place(lived))
    assert not list(place(lived).iterdir())


async def test_a_backup_survives_a_rotation_of_the_master_key(lived):
    await backed_up(lived)
    async with lived.storage() as (storage, _):
        await storage.vault.rotate()
    await restored(lived)
    assert await contact(lived, ADA) is not None

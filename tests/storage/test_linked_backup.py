"""A backup from before two accounts were linked, and what erasing does to it."""

from __future__ import annotations

from pathlib import Path

from core.records import Contact
from storage.backup.making import back_up
from storage.backup.restoring import restore
from tests.contracts.whole import lived
from tests.databases import NOON, House, open_house


async def two_linked(folder: Path) -> tuple[int, int]:
    """Two accounts, a backup of them in `backups` beside the folder, and then one."""
    async with open_house(folder / "data") as house:
        ada, other = await lived(house, "ada"), await lived(house, "ada there", "telegram")
        await back_up(house.storage, folder / "backups", NOON)
        await house.storage.links.merge(ada, other, NOON)
    return ada, other


async def both_files(house: House, *people: int) -> list[bytes]:
    return [
        await house.storage.pieces.read(person, file)
        for person in people
        for piece in await house.storage.pieces.all_of(person)
        for file in piece.files
    ]


async def test_a_backup_from_before_a_merge_brings_back_both_with_all_their_files(tmp_path: Path):
    ada, other = await two_linked(tmp_path)
    async with open_house(tmp_path / "data") as house:
        settings = house.settings
        assert await both_files(house, ada) == [b"solid"] * 2
    restored = await restore(settings, tmp_path / "backups", None, replace=True, now=NOON)
    assert restored.erased == 0
    async with open_house(tmp_path / "data") as house:
        assert await both_files(house, ada) == await both_files(house, other) == [b"solid"]
        assert (await house.storage.people.find(Contact("telegram", "ada there"))).id == other


async def test_who_erased_a_linked_account_stays_erased_in_a_backup_from_before_the_merge(tmp_path: Path):
    ada, _ = await two_linked(tmp_path)
    async with open_house(tmp_path / "data") as house:
        settings = house.settings
        await house.storage.people.erase(ada, NOON)
    restored = await restore(settings, tmp_path / "backups", None, replace=True, now=NOON)
    assert restored.erased == 2
    async with open_house(tmp_path / "data") as house:
        assert await house.count("person") == await house.count("job") == 0

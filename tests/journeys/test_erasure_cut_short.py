"""A process dies in the middle of an erasure: its person is unreadable, everybody else is served, the rest follows."""

from __future__ import annotations

from pathlib import Path

from core.clock import SystemClock
from core.records import Contact
from core.settings import Settings
from storage.opened import open_storage
from tests.talking import PLATFORM, opened, quick_parts, some_photo


async def key_destroyed(folder: Path, name: str) -> None:
    """As far as an erasure comes that is killed after its first step."""
    clock = SystemClock()
    async with open_storage(Settings(data={"dir": folder}), clock) as storage:
        person = await storage.people.find(Contact(PLATFORM, name))
        async with storage.database.transaction() as tx:
            row = await tx.one("SELECT owner FROM person WHERE id = $1", person.id)
        assert row
        await storage.vault.erase_owner(row["owner"], clock.now())


async def test_the_orders_of_somebody_half_erased_hold_nobody_up_and_they_can_come_anew(tmp_path: Path):
    async with opened(tmp_path, quick_parts(pause=30)) as ada:
        await ada.agrees()
        await ada.sends(some_photo())
        await ada.presses("vinyl")
        await ada.presses("marble")
    await key_destroyed(tmp_path / "data", "ada")
    async with opened(tmp_path, quick_parts()) as ada:
        bob = ada.meets("bob")
        await bob.agrees()
        await bob.sends(some_photo())
        await bob.presses("collector")
        assert any("ready to print" in reply.text for reply in await bob.waits())
        (welcome,) = await ada.types("/start")
        assert "Hi! Send me a photo" in welcome.text
        assert "no figurine" in (await ada.types("/history"))[0].text
    assert await bob.statuses() == ["delivered"]

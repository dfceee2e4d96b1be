"""A first start that fails leaves nothing that would stand in the way of the next."""

from __future__ import annotations

import pytest
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor

from core.errors import DiskFull
from storage.database import FILE_NAME, Database


async def test_a_database_that_could_not_be_made_for_want_of_room_is_made_at_the_next_start(tmp_path, monkeypatch):
    whole = MigrationExecutor.migrate

    async def fails_at_the_end(self: MigrationExecutor, **how: str) -> None:
        await whole(self, **how)
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(MigrationExecutor, "migrate", fails_at_the_end)
        with pytest.raises(DiskFull):
            async with Database(tmp_path):
                pass
    assert not (tmp_path / FILE_NAME).exists()
    async with Database(tmp_path):
        assert (tmp_path / FILE_NAME).exists()

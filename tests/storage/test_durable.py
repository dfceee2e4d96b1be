"""Flushes of SQLite's log: shared by all who wait, begun after they asked, and told where they fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from storage import durable
from storage.durable import Flushes
from tests.databases import NOON, open_house


async def test_all_who_wait_at_once_share_a_flush_that_begins_after_they_asked(tmp_path: Path, monkeypatch):
    (tmp_path / "log").touch()
    flushes, begun = Flushes(str(tmp_path / "log")), []
    monkeypatch.setattr(durable.os, "fdatasync", lambda file: begun.append(os.fstat(file).st_size))
    await asyncio.gather(*(flushes.flushed() for _ in range(50)))
    assert len(begun) <= 2  # One was under way when the others asked.
    (tmp_path / "log").write_bytes(b"more")
    await flushes.flushed()
    assert begun[-1] == 4
    flushes.close()


async def test_a_flush_that_fails_is_told_to_everybody_and_the_next_one_is_tried(tmp_path: Path, monkeypatch):
    (tmp_path / "log").touch()
    flushes = Flushes(str(tmp_path / "log"))

    def failing(_file: int) -> None:
        raise OSError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(durable.os, "fdatasync", failing)
        told = await asyncio.gather(*(flushes.flushed() for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in told] == [OSError] * 3
    await flushes.flushed()
    flushes.close()


async def test_whoever_has_written_waits_for_the_disk_and_whoever_only_read_does_not(tmp_path: Path, monkeypatch):
    async with open_house(tmp_path) as house:
        ada, flushes = await house.person(), []
        flush = durable.os.fdatasync
        monkeypatch.setattr(durable.os, "fdatasync", lambda file: (flushes.append(file), flush(file)))
        await house.storage.photos.held(ada)
        async with house.database.transaction() as tx:
            await tx.query("SELECT 1 AS one")
        await house.database.lightly("UPDATE person SET closed_at = NULL")
        assert flushes == []
        async with house.database.transaction() as tx:
            await tx.later("INSERT INTO beat (name, at) VALUES ('a', $1)", NOON)
        assert len(flushes) == 1
        await house.storage.watch.raise_alert("b", "")
        assert len(flushes) == 2


async def test_a_caller_that_is_cancelled_leaves_no_flush_behind_that_others_wait_for(tmp_path: Path):
    (tmp_path / "log").touch()
    flushes = Flushes(str(tmp_path / "log"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await flushes.flushed()
    async with asyncio.timeout(5):
        await asyncio.gather(*(flushes.flushed() for _ in range(5)))
    flushes.close()

"""Processes of the running service are killed at random moments, on both databases: nothing is lost or doubled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.crash.proof import PROOFS, facts
from tests.crash.rows import postgres
from tests.crash.world import Plan, World

LONG: Final = Plan(people=12, orders=240, kills=60)
SHORT: Final = Plan(people=4, orders=16, kills=5)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "SQLite":
        yield ""
        return
    with postgres(tmp_path / "postgres") as address:
        yield address


@pytest.mark.timeout(900)
async def test_whatever_is_killed_every_order_ends_once_and_nothing_is_lost_doubled_or_left(tmp_path: Path, url: str):
    world = World(tmp_path, url)
    await world.lives(LONG if os.environ.get("PROVE") else SHORT)
    for proof in PROOFS:
        await proof(world)
    counts = await facts(world)
    assert counts["kills of service"] + counts.get("kills of all", 0) >= 2
    assert counts["delivered"] >= counts.get("failed", 0)

"""Every contract of the storage runs on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.databases import KINDS, House, Postgres, address, open_house, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest_asyncio.fixture(params=KINDS)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a fresh database of each kind."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    async with address(request.param, server) as found:
        yield found


@pytest_asyncio.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", url) as opened:
        yield opened

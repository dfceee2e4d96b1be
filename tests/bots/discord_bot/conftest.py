"""The adapter at the stand-in, connected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.opened import Storage
from tests.bots.discord_bot.meeting import Meeting, connected, settings_for, storage_in
from tests.servers.discord.server import DiscordServer


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as running:
        yield running


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with storage_in(tmp_path) as opened:
        yield opened


@pytest.fixture
async def meeting(server: DiscordServer, storage: Storage, tmp_path: Path) -> AsyncIterator[Meeting]:
    async with connected(server, storage, settings_for(server, tmp_path)) as met:
        yield met

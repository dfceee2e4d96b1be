"""The stand-in for the Bot API, which checks every request."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.servers.telegram import TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as one:
        yield one

"""Someone new to the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.talking import Friend, opened, quick_parts


@pytest.fixture
async def friend(tmp_path: Path) -> AsyncIterator[Friend]:
    """The engine takes a fraction of a second."""
    async with opened(tmp_path, quick_parts()) as someone:
        yield someone

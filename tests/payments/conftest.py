"""A shop that is open, before the stand-in for Stripe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.payments.trading import Trade, trading
from tests.servers.stripe import StripeServer


@pytest.fixture
async def server() -> AsyncIterator[StripeServer]:
    async with StripeServer(seed=1) as opened:
        yield opened


@pytest.fixture
async def trade(server: StripeServer, tmp_path: Path) -> AsyncIterator[Trade]:
    async with trading(server, tmp_path / "data") as opened:
        yield opened

"""A bot that crashes again and again signs in less and less often, and its log tells no secrets."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.discord_bot.refusals import Discreet, hush
from bots.discord_bot.signins import Manners, SignIns
from core.settings import DataSettings, Settings
from storage.opened import Storage, open_storage
from tests.databases import MovingClock, put_migrated_file

A_DAY = 86_400


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def storage(tmp_path: Path, clock: MovingClock) -> AsyncIterator[Storage]:
    await put_migrated_file(tmp_path)
    async with open_storage(Settings(data=DataSettings(dir=tmp_path)), clock) as opened:
        yield opened


async def test_a_crash_loop_signs_in_less_than_fifty_times_a_day_even_over_restarts(
    storage: Storage, clock: MovingClock
) -> None:
    began, times = clock.now(), 0
    while (clock.now() - began).total_seconds() < A_DAY:
        signing = SignIns(storage.memos, clock, Manners())  # Another process each time.
        clock.wait(seconds=await signing.pause())
        await signing.count(0)
        times += 1
        clock.wait(seconds=1)
    assert 10 < times < 50


async def test_the_first_few_need_not_wait_and_a_connection_that_held_makes_up_for_all(
    storage: Storage, clock: MovingClock
) -> None:
    signing = SignIns(storage.memos, clock, Manners())
    for _ in range(5):
        assert await signing.pause() == 0
        await signing.count(0)
    assert await signing.pause() == 60
    await signing.forgive()
    assert await signing.pause() == 0


async def test_each_shard_counts_for_itself(storage: Storage, clock: MovingClock) -> None:
    signing = SignIns(storage.memos, clock, Manners())
    for shard in range(16):
        assert await signing.pause(shard) == 0
        await signing.count(shard)


async def test_a_clock_that_was_set_back_does_not_let_a_storm_loose(storage: Storage, clock: MovingClock) -> None:
    signing = SignIns(storage.memos, clock, Manners())
    for _ in range(7):
        await signing.count(0)
    clock.wait(days=-3)
    assert 0 < await signing.pause() <= 240


def test_neither_the_bots_token_nor_an_interactions_nor_an_errors_text_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hush("MTE.bot.token")
    hush("MTE.bot.token")
    logger = logging.getLogger("discord.http")
    assert len([known for known in logger.filters if isinstance(known, Discreet)]) == 1
    logger.warning("429 for %s and %s", "https://d/api/webhooks/12/aW50ZXJhY3Rpb24/messages", "Bot MTE.bot.token")
    try:
        raise ValueError("Ada's secret")
    except ValueError:
        logger.exception("it broke, %d %% certain", 100)
    logger.info("chatter of the library")
    assert "aW50ZXJhY3Rpb24" not in caplog.text
    assert "MTE.bot" not in caplog.text
    assert "Ada" not in caplog.text
    assert "it broke, 100 % certain (ValueError)" in caplog.messages
    assert "/webhooks/12/***/messages" in caplog.text
    assert "chatter" not in caplog.text

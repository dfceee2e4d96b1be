"""The service as a process: it starts what has a token, says so, finishes what is in hand, and keeps its secrets."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.databases import put_migrated_file
from tests.served import environment, settings_for, started
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer
from tests.talking import some_photo


async def gone(process: subprocess.Popen[bytes], seconds: float = 30) -> int:
    async with asyncio.timeout(seconds):
        return await asyncio.to_thread(process.wait)


async def said(log: Path, words: str, seconds: float = 30) -> str:
    def waited() -> str:
        until = time.monotonic() + seconds
        while words not in (text := log.read_text()):
            assert time.monotonic() < until, f"never said: {words}"
            time.sleep(0.05)
        return text

    return await asyncio.to_thread(waited)


async def test_a_service_that_is_told_to_stop_finishes_the_figurine_in_hand_and_says_what_was_on(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    log.touch()
    async with TelegramServer() as telegram, DiscordServer() as discord:
        await put_migrated_file(tmp_path / "data")
        settings = settings_for(tmp_path, telegram, discord)
        process = started(settings, log, QUICK_PAUSE="0.3")
        try:
            ada = telegram.person("Ada", language="en")
            address = (await said(log, "Web: ")).partition("Web: ")[2].split()[0]
            await telegram.until_polled(within=30)
            await discord.gateway.ready()
            async with aiohttp.ClientSession() as session, session.get(f"{address}/terms") as answer:
                assert "Terms of use" in await answer.text()
            await ada.sends_photo(some_photo())
            await ada.reads("I have your photo")
            await ada.presses("agree")
            await ada.reads("Which style")
            await ada.presses("chibi")
            await ada.reads("You're next")
            process.send_signal(signal.SIGTERM)
            await ada.reads("Here it is", within=20)
            await ada.reads("back is invented", within=20)
            assert await gone(process) == 0
        finally:
            process.kill()
            process.wait()
    told = log.read_text()
    assert "Telegram: on (polling)" in told
    assert "Discord: on" in told
    assert "Stopped. Nothing is lost" in told
    assert telegram.token not in told
    assert telegram.token.partition(":")[2] not in told
    assert discord.token not in told
    assert "Ada" not in told


async def test_a_reload_reads_the_texts_anew_and_a_platform_without_a_token_is_off(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    async with TelegramServer() as telegram:
        await put_migrated_file(tmp_path / "data")
        process = started(settings_for(tmp_path, telegram, operators={"telegram": ("77",)}), log)
        try:
            await said(log, "Discord: off, since FIGURINE_DISCORD__TOKEN is not set")
            await telegram.until_polled(within=30)
            process.send_signal(signal.SIGHUP)
            await said(log, "The texts were read anew.")
            process.send_signal(signal.SIGINT)
            assert await gone(process) == 0
        finally:
            process.kill()
            process.wait()


async def test_a_service_without_any_token_says_where_they_come_from(tmp_path: Path) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bots", "run"],
        env=environment(settings_for(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "docs/go-live.md" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("address", ["http://api.example.org/bot", "ftp://127.0.0.1/bot", "https://user@host/bot"])
async def test_a_platform_is_not_spoken_to_in_clear_but_on_this_machine(tmp_path: Path, address: str) -> None:
    async with TelegramServer() as telegram:
        known = environment(settings_for(tmp_path, telegram))
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bots", "run"],
        env={**known, "FIGURINE_TELEGRAM__API_BASE": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "https://" in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""The service is killed in the middle of everything that it does for somebody on Telegram, and goes on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.settings import Settings
from tests.databases import put_migrated_file
from tests.journeys.on_telegram import STAGES, any_of
from tests.served import settings_for, started
from tests.servers.telegram import Person, TelegramServer
from tests.talking import some_photo

AGAIN = "You may have seen this before"
PAUSE = "0.2"  # seconds that each of the engine's five stages takes


@asynccontextmanager
async def alive(settings: Settings, log: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The service as a process, killed at the end as a power cut would end it."""
    process = await asyncio.to_thread(started, settings, log, QUICK_PAUSE=PAUSE)
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


def came(person: Person, words: str) -> list[str]:
    """What the bot has said with these words, without what says itself that it may come again."""
    texts = [message.text for message in person.chat.messages if message.from_bot]
    return [text for text in texts if words in text and AGAIN not in text]


async def test_whenever_the_service_is_killed_nothing_is_lost_and_nothing_comes_twice_unmarked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    await put_migrated_file(tmp_path / "data")
    async with TelegramServer() as server:
        settings = settings_for(tmp_path, server, queue={"lease_seconds": 0.5}, service={"drain_seconds": 20})
        ada = server.person("Ada")
        async with alive(settings, log):
            await ada.starts()
            await ada.reads("I agree", within=30)
            await ada.presses("I agree")
            await ada.reads("Send a photo now")
            server.faults.slow_downloads(100)
            await ada.sends_photo(some_photo())
            await server.until(lambda: server.counts["getFile"] == 1)
        server.faults.heal()
        async with alive(settings, log):
            await ada.reads("Got it: one thing.", within=30)
            await ada.presses("Marble")
            await ada.reads(any_of(*STAGES))
        async with alive(settings, log):
            picture = await ada.reads("ready to print", within=30)
        assert picture.edits >= 2, "the picture takes the place of what was told before the power cut"
        async with alive(settings, log):
            await ada.reads("The back is invented", within=30)
            server.faults.lose_answer("sendMessage")
            await ada.presses("Files: STL · 3MF · GLB")
            await ada.reads("Here you are.")
        async with alive(settings, log) as process:
            await ada.reads(AGAIN, within=30)
            await ada.reads("Shape and colours")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 20) == 0
        assert not server.unanswered
        assert not server.rates.refused, "and all the time the service keeps to Telegram's pace"
        assert len(came(ada, "Got it: one thing.")) == 1
        assert len([m for m in ada.chat.messages if "Here it is!" in m.text]) == 1
        assert len(came(ada, "The back is invented")) == 1
        assert len(came(ada, "Here you are.")) == 1
        assert len([m for m in ada.chat.messages if m.media and m.media.kind == "document"]) == 3
    written = log.read_text()
    assert written.count("Telegram: on (polling)") == 5
    assert "Stopped. Nothing is lost" in written
    assert server.token.partition(":")[2] not in written
    assert "Ada" not in written
    assert str(ada.id) not in written

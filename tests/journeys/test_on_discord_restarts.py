"""The service is killed in the middle, again and again: nothing is lost, and what comes twice says so."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import put_migrated_file
from tests.journeys.on_discord import agrees, any_of, gets, said, until, words
from tests.served import settings_for, started
from tests.servers.discord import DiscordServer
from tests.talking import some_photo

REPEAT = words("repeat")


@contextmanager
def life(server: DiscordServer, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the service, which is killed at the end of the block if it still lives."""
    process = started(settings_for(folder, discord=server), folder / "log", QUICK_PAUSE="0.1")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_service_that_is_killed_at_the_worst_moments_loses_nothing_and_marks_what_comes_twice(
    tmp_path: Path,
) -> None:
    await put_migrated_file(tmp_path / "data")
    async with DiscordServer() as server:
        ada = server.person("Ada")
        with life(server, tmp_path):
            await server.gateway.ready(within=30)
            await agrees(ada)
            used = await ada.uses("/figurine", photo=some_photo(), style="marble")
            await used.until_settled()  # The photo is received, and nothing more.
        with life(server, tmp_path):
            await ada.reads(any_of("Working on it", "Taking the picture", "Filming", "Writing"), within=30)
        with life(server, tmp_path):
            await ada.reads("ready to print", within=30)
        with life(server, tmp_path):
            await ada.reads("The back is invented", within=30)
            await until(lambda: server.gateway.identifies == 4, within=30)
            server.faults.delay("send", 0.5)
            before = server.requests
            await ada.writes("/balance")
            await until(lambda: server.requests > before)  # The answer is on its way, and arrives.
        with life(server, tmp_path) as process:
            await ada.reads(any_of(REPEAT), within=30)
            unmarked = [message.text for message in said(ada) if REPEAT not in message.text]
            assert len(unmarked) == len(set(unmarked))
            assert used.state == "answered"
            await until(lambda: server.gateway.identifies == 5, within=30)
            await ada.presses("Again")
            await ada.reads("You're next")
            process.send_signal(signal.SIGTERM)
            await gets(ada)
            async with asyncio.timeout(20):
                assert await asyncio.to_thread(process.wait) == 0
        assert not server.unanswered
        tokens = [server.token, *(action.token for action in server.interactions.values())]
    log = (tmp_path / "log").read_text()
    assert "Stopped. Nothing is lost" in log
    assert not [token for token in tokens if token in log]
    assert "Traceback" not in log

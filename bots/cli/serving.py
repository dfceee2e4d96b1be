"""`run`: the service, with every platform that has a token."""

from __future__ import annotations

import asyncio
import logging
import sys

import uvloop

from bots.app import Parts
from bots.cli.usage import UsageError
from bots.service import Stopping
from bots.service import run as run_service
from core.settings import Settings, load_settings

LINES = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run(parts: Parts | None) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        UsageError: no platform has a token.
        SettingsError, KeysMissing, DiskFull: it can't start.
    """
    settings: Settings = load_settings()
    if not (settings.telegram.token.get_secret_value() or settings.discord.token.get_secret_value()):
        raise UsageError(
            "There is nothing to serve: set FIGURINE_TELEGRAM__TOKEN or FIGURINE_DISCORD__TOKEN, or both. "
            "docs/go-live.md says where they come from. To try the bot without any: python -m bots chat"
        )
    logging.basicConfig(level=logging.INFO, format=LINES, stream=sys.stderr)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # An eighth less of processor time.
        runner.run(_run(settings, parts or Parts()))


async def _run(settings: Settings, parts: Parts) -> None:
    stopping = Stopping()
    stopping.listen()
    await run_service(settings, parts, _tell, stopping)


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the command line's voice

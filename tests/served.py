"""The whole service with the quick engine, as `python -m bots run` runs it, in front of the stand-ins."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from os import environ
from pathlib import Path
from typing import Any

from bots.app import House, Parts
from bots.service import running
from core.settings import Settings
from tests.databases import put_migrated_file
from tests.talking import quick_parts


class Mistakes(logging.Handler):
    """What the service itself takes for an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


def settings_for(folder: Path, telegram: Any = None, discord: Any = None, **sections: Mapping[str, object]) -> Settings:
    """Settings that lead to the stand-ins; a platform without one is off."""
    platforms: dict[str, Mapping[str, object]] = {}
    if telegram is not None:
        bases = {"token": telegram.token, "api_base": telegram.base_url, "file_base": telegram.base_file_url}
        platforms["telegram"] = {**bases, **sections.pop("telegram", {})}
    if discord is not None:
        bases = {"token": discord.token, "api_base": discord.api_base, "gateway": discord.gateway.url}
        platforms["discord"] = {**bases, **sections.pop("discord", {})}
    service = {"drain_seconds": 10, **sections.pop("service", {})}
    web = {"port": 0, **sections.pop("web", {})}
    return Settings(data={"dir": folder / "data"}, web=web, service=service, **platforms, **sections)


@asynccontextmanager
async def served(
    folder: Path,
    telegram: Any = None,
    discord: Any = None,
    parts: Parts | None = None,
    **sections: Mapping[str, object],
) -> AsyncIterator[House]:
    """The service, running in this process."""
    settings = settings_for(folder, telegram, discord, **sections)
    await put_migrated_file(folder / "data")
    async with running(settings, parts or quick_parts(), lambda line: None) as house:
        yield house


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for a process of its own."""
    found = {name: value for name, value in environ.items() if not name.startswith("FIGURINE_")}
    for section, values in settings.model_dump(exclude_defaults=True).items():
        for key, value in values.items():
            plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
            if plain not in (None, ""):
                text = str(list(plain)).replace("'", '"') if isinstance(plain, tuple) else str(plain)
                found[f"FIGURINE_{section.upper()}__{key.upper()}"] = text
    return found


def started(settings: Settings, log: Path, **extra: str) -> subprocess.Popen[bytes]:
    """The service as a process of its own, which can be killed."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.quick_bots", "run"],
            env={**environment(settings), **extra},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

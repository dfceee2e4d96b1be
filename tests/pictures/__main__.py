"""`python -m tests.pictures`: one conversation on each stand-in with the sculpt engine, drawn for the README."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.pictures import drawing, meeting
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "pictures"
PHOTOS = ROOT / "samples" / "photos"


async def main() -> None:
    """Play both conversations, and draw what was said."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with TelegramServer() as server:
            lines = await meeting.on_telegram(
                Path(folder) / "telegram", server, (PHOTOS / "astronaut.jpg").read_bytes()
            )
        drawing.photograph(drawing.telegram(lines), TARGET / "telegram.jpg")
        async with DiscordServer() as there:
            lines = await meeting.on_discord(Path(folder) / "discord", there, (PHOTOS / "coffee.jpg").read_bytes())
        drawing.photograph(drawing.discord(lines), TARGET / "discord.jpg")
    for name in ("telegram.jpg", "discord.jpg"):
        print(f"docs/pictures/{name}: {(TARGET / name).stat().st_size // 1000} kB")


if __name__ == "__main__":
    asyncio.run(main())

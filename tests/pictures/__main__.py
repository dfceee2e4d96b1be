"""`python -m tests.pictures`: what is drawn for the README and the guides.

One conversation on each stand-in with the sculpt engine, and the pages after paying (these alone: `pages`).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.pictures import drawing, meeting, pages
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "pictures"
PHOTOS = ROOT / "samples" / "photos"


async def main(only_pages: bool) -> None:
    """Play both conversations, and draw what was said; and the pages."""
    TARGET.mkdir(exist_ok=True)
    await pages.photograph(TARGET / "pages.jpg")
    if only_pages:
        return
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
    asyncio.run(main(sys.argv[1:] == ["pages"]))

"""Bare bots on the same libraries, to measure the service beside: they answer, and keep nothing.

    python -m benchmarks.echo_bots telegram API_BASE FILE_BASE TOKEN [same]
    python -m benchmarks.echo_bots discord API_BASE GATEWAY TOKEN [same]

A photo is downloaded and decoded in a thread, then answered as a text is. With `same` they run on the service's event
loop, and speak to Telegram through its client; without, as the libraries come.
"""

from __future__ import annotations

import asyncio
import io
import sys
from typing import Any

import discord
from PIL import Image

ANSWER = "Send me a photo of a person, a pet or a thing, and I make a figurine of it."


def decoded(data: bytes) -> tuple[int, int]:
    """The size of a picture, all of which was read."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.size


def on_telegram(api_base: str, file_base: str, token: str, same: str = "") -> None:
    """Answer every message, many at once."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def text(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_chat
        await update.effective_chat.send_message(ANSWER)

    async def photo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_chat and update.message
        file = await update.message.photo[-1].get_file()
        size = await asyncio.to_thread(decoded, bytes(await file.download_as_bytearray()))
        await update.effective_chat.send_message(f"{ANSWER} {size}")

    builder = Application.builder().token(token).base_url(api_base).base_file_url(file_base)
    if same:
        from bots.telegram_bot.requesting import Request

        builder = builder.request(Request(api_base, 64, 20, 20)).get_updates_request(Request(api_base, 2, 10, 5))
    application = builder.concurrent_updates(64).build()
    application.add_handler(MessageHandler(filters.PHOTO, photo))
    application.add_handler(MessageHandler(filters.ALL, text))
    application.run_polling()


def on_discord(api_base: str, gateway: str, token: str, _: str = "") -> None:
    """Answer /help and /figurine: defer, then follow up."""
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)

    class Bot(discord.Client):
        """The same intents as the service has."""

        async def setup_hook(self) -> None:
            await tree.sync()

    bot = Bot(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True), max_messages=None)
    tree: discord.app_commands.CommandTree[Any] = discord.app_commands.CommandTree(bot)

    @tree.command(name="help", description="What I can do")
    async def text(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(ANSWER)

    @tree.command(name="figurine", description="Make a figurine")
    async def photo(interaction: discord.Interaction[Any], photo: discord.Attachment) -> None:
        await interaction.response.defer(thinking=True)
        size = await asyncio.to_thread(decoded, await photo.read())
        await interaction.followup.send(f"{ANSWER} {size}")

    bot.run(token, log_handler=None)


if __name__ == "__main__":
    if "same" in sys.argv:
        import uvloop

        uvloop.install()
    {"telegram": on_telegram, "discord": on_discord}[sys.argv[1]](*sys.argv[2:])

"""The conversations that are drawn: somebody sends a photo, chooses a style, and gets the figurine and its files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bots.app import Parts
from tests.pictures.drawing import Line
from tests.served import served
from tests.servers.discord import DiscordServer
from tests.servers.discord.people import Line as DiscordLine
from tests.servers.discord.said import Button as DiscordButton
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.transcript import Line as TelegramLine

SECONDS = 180  # that a figurine may take on a slow machine
DISCORD_ROW = 5  # buttons


async def on_telegram(folder: Path, server: TelegramServer, photo: bytes) -> list[list[Line]]:
    """In a private chat, from the agreement to the files."""
    await asyncio.to_thread(folder.mkdir)
    ada = server.person("Ada", language="en")
    async with served(folder, telegram=server, parts=Parts()):
        await ada.starts()
        await ada.reads("I agree", within=SECONDS)
        await ada.presses("agree")
        await ada.reads("Wonderful")
        await ada.sends_photo(photo)
        await ada.reads("Which style?", within=SECONDS)
        await ada.presses("name")
        await ada.reads("Which name")
        await ada.says("Eileen")
        await ada.reads("Name on the base: Eileen")
        await ada.presses("collector")
        await ada.reads("ready to print", within=SECONDS)
        await ada.reads("The back is invented", within=SECONDS)
        await ada.presses("files")
        await ada.reads("for printing in colour", within=SECONDS)
        return _columns([_telegram(line) for line in ada.transcript()], "Which style?", "The back is invented")


async def on_discord(folder: Path, server: DiscordServer, photo: bytes) -> list[list[Line]]:
    """In a channel of a server, with others reading along."""
    await asyncio.to_thread(folder.mkdir)
    ada, makers = server.person("Ada", locale="en-GB"), server.guild("Makers").channel("figurines")
    async with served(folder, discord=server, parts=Parts()):
        await server.gateway.ready()
        await ada.uses("/start", makers)
        await ada.reads("I agree", makers, within=SECONDS)
        await ada.presses("agree", makers)
        await ada.reads("Wonderful", makers)
        await ada.mentions("", makers, files=[("cup.jpg", photo)])
        await ada.reads("Which style?", makers, within=SECONDS)
        await ada.chooses("collector", place=makers)
        await ada.reads("ready to print", makers, within=SECONDS)
        await ada.reads("The back is invented", makers, within=SECONDS)
        await ada.presses("files", makers)
        await ada.reads(".3mf", makers, within=SECONDS)
        return _columns([_discord(line) for line in ada.transcript(makers)], "ready to print")


def _telegram(line: TelegramLine) -> Line:
    media = line.media
    pictures = [line.picture] if line.picture else []
    rows = [[button.text for button in row] for row in line.rows]
    film = media.bytes if media and media.kind == "video" else None
    files = [(media.name, media.size)] if media and media.kind == "document" else []
    return Line(
        not line.from_bot, line.text, rows, pictures, files, film=film, at=line.date, reaction="".join(line.reactions)
    )


def _discord(line: DiscordLine) -> Line:
    pictures = [file.content for file in line.files if file.is_image and file.content]
    film = next((file.content for file in line.files if file.content_type.startswith("video/")), None)
    files = [(f.name, f.size) for f in line.files if not f.is_image and not f.content_type.startswith("video/")]
    menus = [menu.placeholder for menu in line.menus]
    note = "Only you can see this" if line.ephemeral else ""
    rows = _rows(line.buttons)
    return Line(
        not line.bot,
        line.text,
        rows,
        pictures,
        files,
        note,
        menus,
        film,
        line.used.replace(" used ", " used /"),
        line.at,
    )


def _rows(buttons: Sequence[DiscordButton]) -> list[list[str]]:
    labels = [button.label for button in buttons]
    return [labels[start : start + DISCORD_ROW] for start in range(0, len(labels), DISCORD_ROW)]


def _columns(lines: Sequence[Line], *begins: str) -> list[list[Line]]:
    """Cut before the first line with each of these words."""
    columns: list[list[Line]] = [[]]
    left = list(begins)
    for line in lines:
        if left and left[0] in line.text:
            left.pop(0)
            columns.append([])
        columns[-1].append(line)
    return columns

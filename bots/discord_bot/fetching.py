"""Pictures that Discord holds: where they are, and how they are fetched from there and from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import discord

from bots.conversation.events import FileRef, PhotoLost, PhotoSent
from bots.discord_bot.rest import Line, Refused
from core.errors import NotAPicture, PhotoGone, PhotoTooLarge, TryLater
from core.settings import LOOPBACK

HOSTS: Final = ("cdn.discordapp.com", "media.discordapp.net")
ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff")
CHUNK: Final = 256 * 1024
SLOWEST: Final = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
AGAIN: Final = 10.0  # seconds until a fetch that failed is tried once more
ALBUM: Final = 10


def photo(
    pictures: Iterable[FileRef | None], caption: str = "", style: str = "", name: str = ""
) -> PhotoSent | PhotoLost:
    """The event for files of which those that are no pictures are None."""
    refs = [ref for ref in pictures if ref][:ALBUM]
    if not refs:
        return PhotoLost(NotAPicture())
    return PhotoSent(refs[0], caption, tuple(refs[1:]), style, name)


def attached(file: discord.Attachment, channel: int = 0, message: int = 0) -> FileRef | None:
    """A file of a message or an option; None if it is no picture."""
    kind = (file.content_type or "").lower()
    if not (kind.startswith("image/") or (not kind and file.filename.lower().endswith(ENDINGS))):
        return None
    ref = {"url": file.url, "channel": str(channel), "message": str(message), "file": str(file.id)}
    return FileRef(json.dumps(ref if message else {"url": file.url}), file.size)


def pictures_of(message: discord.Message) -> list[FileRef | None]:
    """What a message brings: its files, and its stickers. One that moves is no picture."""
    files = [attached(file, message.channel.id, message.id) for file in message.attachments]
    forwarded = [attached(file) for snapshot in message.message_snapshots for file in snapshot.attachments]
    return files + forwarded + [_sticker(sticker) for sticker in message.stickers]


def _sticker(sticker: discord.StickerItem) -> FileRef | None:
    return FileRef(json.dumps({"url": sticker.url})) if sticker.format is discord.StickerFormatType.png else None


class Fetcher:
    """Fetches files. Use as `async with`."""

    def __init__(self, api_base: str, line: Line) -> None:
        """`line` is asked for the address of a file once more when Discord has signed it for a time that is over."""
        api = urlsplit(api_base)
        self._stand_in = api.netloc if api.hostname in LOOPBACK else ""
        self._line = line
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        self._session = aiohttp.ClientSession(timeout=SLOWEST, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def fetch(self, file: FileRef, most: int) -> bytes:
        """See bots.conversation.services.Messenger."""
        if file.size > most:
            raise _too_large(most)
        ref = json.loads(file.ref)
        try:
            return await self._load(ref["url"], most)
        except PhotoGone:
            if "message" not in ref:
                raise
        return await self._load(await self._renewed(ref), most)

    async def _renewed(self, ref: dict[str, str]) -> str:
        """A fresh address for the file of a message. Raises PhotoGone."""
        try:
            message = await self._line.message(ref["channel"], ref["message"])
        except Refused:
            raise PhotoGone from None
        urls = {str(file["id"]): str(file["url"]) for file in message.get("attachments", [])}
        if ref["file"] not in urls:
            raise PhotoGone
        return urls[ref["file"]]

    async def _load(self, url: str, most: int) -> bytes:
        self._refuse_strangers(url)
        if self._session is None:
            raise TryLater(AGAIN)
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                _judge(answer.status)
                if (answer.content_length or 0) > most:
                    raise _too_large(most)
                return await _read(answer, most)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise TryLater(AGAIN) from None

    def _refuse_strangers(self, url: str) -> None:
        """The address came with what a person did, so it could lead anywhere."""
        parts = urlsplit(url)
        own = parts.scheme == "https" and parts.hostname in HOSTS and parts.port in (None, 443)
        if not own and not (self._stand_in and parts.netloc == self._stand_in):
            raise PhotoGone


def _judge(status: int) -> None:
    if status == 429 or status >= 500:
        raise TryLater(AGAIN)
    if status != 200:
        raise PhotoGone


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _too_large(most: int) -> PhotoTooLarge:
    return PhotoTooLarge(limit=f"{most / 1e6:.0f} MB")

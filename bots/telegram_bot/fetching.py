"""Files that Telegram holds. Their addresses hold the token, so no library's error gets out of here."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
from telegram import Bot
from yarl import URL

from bots.conversation.events import FileRef
from bots.telegram_bot.refusals import NoAnswer, Refusal, TooBig, asked
from bots.telegram_bot.requesting import session
from core.errors import FileTooHeavy, PhotoGone, PhotoTooLarge, TryLater

MEBI: Final = 1024 * 1024
MEGA: Final = 1_000_000
PATIENCE: Final = aiohttp.ClientTimeout(total=None, connect=60.0, sock_connect=5.0, sock_read=20.0)  # seconds
AT_ONCE: Final = 16
LONGEST: Final = 180.0  # seconds for one file
TRIES: Final = 3
PAUSE: Final = 1.0  # seconds; the second one is twice as long
LATER: Final = 15.0  # seconds


class Fetching:
    """Downloads into memory, never more than is wanted. Use as `async with`."""

    def __init__(self, bot: Bot, base: str, fetch_mb: int, pause: float = PAUSE) -> None:
        """`base` is where the files are.

        `fetch_mb` is the largest one that Telegram hands over, in its megabytes; `pause` is in seconds.
        """
        self._bot = bot
        self._fetch_mb = fetch_mb
        self._pause = pause
        self._base = base

    async def __aenter__(self) -> Self:
        self._session = session(self._base, AT_ONCE)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, file: FileRef, most: int) -> bytes:
        """See Messenger.fetch."""
        if file.size > self._fetch_mb * MEBI:
            raise self._too_heavy(file.size)
        if file.size > most:
            raise _too_large(most)
        for attempt in range(1, TRIES + 1):
            try:
                return await self._once(file, most)
            except NoAnswer:
                if attempt < TRIES:
                    await asyncio.sleep(attempt * self._pause)
        raise TryLater(LATER)

    async def _once(self, file: FileRef, most: int) -> bytes:
        try:
            held = await asked(self._bot.get_file(file.ref))
        except TooBig:
            raise self._too_heavy(file.size) from None
        except Refusal:
            raise PhotoGone from None
        if held.file_size and held.file_size > most:
            raise _too_large(most)
        if not held.file_path:
            raise PhotoGone
        if not held.file_path.startswith(("http://", "https://")):  # A Bot API server on this machine.
            return await asyncio.to_thread(_read, Path(held.file_path), most)
        return await self._download(held.file_path, most)

    async def _download(self, address: str, most: int) -> bytes:
        try:
            async with (
                asyncio.timeout(LONGEST),
                self._session.get(URL(address), timeout=PATIENCE, allow_redirects=False) as answer,
            ):
                return await _body(answer, most)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        raise NoAnswer("telegram")

    def _too_heavy(self, size: int) -> FileTooHeavy:
        return FileTooHeavy(size=round(max(size / MEBI, self._fetch_mb), 1), limit=self._fetch_mb)


async def _body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        after = answer.headers.get("Retry-After", "")
        raise TryLater(float(after) if after.isdecimal() else LATER)
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PhotoGone
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise NoAnswer("telegram")
    data = bytearray()
    async for part in answer.content.iter_any():
        data += part
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        raise PhotoGone from None
    if len(data) > most:
        raise _too_large(most)
    return data


def _too_large(most: int) -> PhotoTooLarge:
    return PhotoTooLarge(limit=f"{most // MEGA} MB")

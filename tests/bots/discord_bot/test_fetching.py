"""Pictures are fetched from Discord and from nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bots.conversation.events import FileRef, PhotoLost, PhotoSent
from bots.discord_bot.fetching import Fetcher, photo
from bots.discord_bot.rest import Line, Refused
from core.errors import NotAPicture, PhotoGone, PhotoTooLarge, TryLater

PICTURE = b"a picture" * 1_000


class OneMessage(Line):
    """A line that knows one message, or none."""

    def __init__(self, attachments: list[dict[str, str]] | None = None) -> None:
        super().__init__()
        self._attachments = attachments

    async def message(self, channel: str, message: str) -> dict[str, Any]:
        if self._attachments is None:
            raise Refused(404, 10008)
        return {"attachments": self._attachments}


@pytest.fixture
async def base() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "moved":
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/secret"})
        if name == "endless":
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(100):
                await response.write(bytes(10_000))
            return response  # type: ignore[return-value]
        assert "Authorization" not in request.headers
        return web.Response(body=PICTURE) if name == "here" else web.Response(status=int(name))

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def ref(url: str, message: bool = False) -> FileRef:
    of_message = {"channel": "1", "message": "2", "file": "3"} if message else {}
    return FileRef(json.dumps({"url": url, **of_message}))


async def test_a_picture_is_fetched(base: str) -> None:
    async with Fetcher(base, OneMessage()) as fetcher:
        assert await fetcher.fetch(ref(f"{base}/here"), 10_000) == PICTURE


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://user@evil.example/cdn.discordapp.com",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:1/a.png",
        "file:///etc/passwd",
    ],
)
async def test_nothing_is_fetched_from_anywhere_else(base: str, url: str) -> None:
    async with Fetcher(base, OneMessage()) as fetcher:
        with pytest.raises(PhotoGone):
            await fetcher.fetch(ref(url), 10_000)


async def test_this_machine_is_asked_only_where_it_stands_in_for_discord(base: str) -> None:
    async with Fetcher("https://discord.com/api/v10", OneMessage()) as fetcher:
        with pytest.raises(PhotoGone):
            await fetcher.fetch(ref(f"{base}/here"), 10_000)


async def test_a_redirection_is_not_followed(base: str) -> None:
    async with Fetcher(base, OneMessage()) as fetcher:
        with pytest.raises(PhotoGone):
            await fetcher.fetch(ref(f"{base}/moved"), 10_000)


async def test_a_file_that_is_too_large_is_given_up_before_it_is_whole(base: str) -> None:
    async with Fetcher(base, OneMessage()) as fetcher:
        with pytest.raises(PhotoTooLarge) as known:
            await fetcher.fetch(FileRef(ref(f"{base}/here").ref, 20_000_000), 10_000_000)
        with pytest.raises(PhotoTooLarge):
            await fetcher.fetch(ref(f"{base}/here"), 100)
        with pytest.raises(PhotoTooLarge):
            await fetcher.fetch(ref(f"{base}/endless"), 50_000)
    assert known.value.fields == {"limit": "10 MB"}


async def test_a_link_that_has_expired_is_renewed_through_its_message(base: str) -> None:
    async with Fetcher(base, OneMessage([{"id": "3", "url": f"{base}/here"}])) as fetcher:
        assert await fetcher.fetch(ref(f"{base}/404", message=True), 10_000) == PICTURE


async def test_a_picture_whose_message_is_gone_is_gone(base: str) -> None:
    for line in (OneMessage(), OneMessage([{"id": "4", "url": f"{base}/here"}])):
        async with Fetcher(base, line) as fetcher:
            with pytest.raises(PhotoGone):
                await fetcher.fetch(ref(f"{base}/403", message=True), 10_000)


async def test_a_picture_that_cannot_be_fetched_just_now_is_asked_for_again_later(base: str) -> None:
    async with Fetcher(base, OneMessage()) as fetcher:
        for url in (f"{base}/503", f"{base}/429"):
            with pytest.raises(TryLater):
                await fetcher.fetch(ref(url), 10_000)


def test_of_several_files_the_pictures_count() -> None:
    one, two = FileRef("one"), FileRef("two")
    assert photo([one, None, two], "a wish") == PhotoSent(one, "a wish", (two,))
    lost = photo([None])
    assert isinstance(lost, PhotoLost)
    assert isinstance(lost.error, NotAPicture)

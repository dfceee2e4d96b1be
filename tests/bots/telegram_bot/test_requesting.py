"""Requests to Telegram over aiohttp: what goes out, and what is made of an end that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import TelegramError

from bots.telegram_bot.refusals import NoAnswer, asked
from bots.telegram_bot.requesting import Request
from core.errors import TryLater

TOKEN = "1:secret"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def telegram(handler: Handler) -> AsyncIterator[str]:
    """A server that answers every method with one handler; its address."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_at(base: str, connections: int = 2, read: float = 5.0, wait: float = 5.0) -> AsyncIterator[Bot]:
    async with Request(base, connections, read, wait) as request:
        yield Bot(TOKEN, base_url=base, request=request, get_updates_request=request)


async def accepts(_: web.Request) -> web.Response:
    return web.json_response({"ok": True, "result": True})


async def test_a_file_goes_out_under_its_own_name_whatever_the_language() -> None:
    heard: dict[str, object] = {}

    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        sticker = form["sticker"]
        assert isinstance(sticker, web.FileField)
        heard.update(name=sticker.filename, data=sticker.file.read(), user=form["user_id"])
        return web.json_response({"ok": True, "result": {"file_id": "a", "file_unique_id": "b"}})

    async with telegram(handler) as base, bot_at(base) as bot:
        await bot.upload_sticker_file(7, InputFile(b"bytes", "Zoë ölt «x».webp"), "static")
    assert heard == {"name": "Zoë ölt «x».webp", "data": b"bytes", "user": "7"}


async def test_what_never_went_out_is_tried_again_without_doubt() -> None:
    async with telegram(accepts) as base:
        pass
    async with bot_at(base) as bot:
        with pytest.raises(TryLater):
            await asked(bot.log_out())


async def test_what_found_no_free_connection_never_went_out() -> None:
    asked_for, over = asyncio.Event(), asyncio.Event()

    async def hangs(_: web.Request) -> web.Response:
        asked_for.set()
        await over.wait()
        return await accepts(_)

    async with telegram(hangs) as base, bot_at(base, connections=1, wait=-4.9) as bot, asyncio.TaskGroup() as group:
        group.create_task(bot.log_out())
        await asked_for.wait()
        with pytest.raises(TryLater):
            await asked(bot.log_out())
        over.set()


async def test_what_was_not_answered_may_have_been_done() -> None:
    over = asyncio.Event()

    async def hangs(_: web.Request) -> web.Response:
        await over.wait()
        return await accepts(_)

    async def breaks_off(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    for handler in (hangs, breaks_off):
        async with telegram(handler) as base, bot_at(base, read=0.05) as bot:
            with pytest.raises(NoAnswer):
                await asked(bot.log_out())
            over.set()


async def test_requests_go_through_the_proxy_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    through: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        through.append(str(request.url))
        return await accepts(request)

    async with telegram(proxy) as base:
        monkeypatch.setenv("http_proxy", base.removesuffix("/bot"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with bot_at("http://telegram.invalid/bot") as bot:
            assert await bot.log_out()
    assert through == [f"http://telegram.invalid/bot{TOKEN}/logOut"]


async def test_a_request_that_was_shut_down_says_so_and_can_be_taken_up_again() -> None:
    async with telegram(accepts) as base, bot_at(base) as bot:
        await bot.request.shutdown()
        with pytest.raises(TelegramError):
            await bot.log_out()
        await bot.request.initialize()
        assert await bot.log_out()

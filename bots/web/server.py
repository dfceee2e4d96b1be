"""The web server. It listens for the platforms' and the shop's webhooks, and shows the policy and the terms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bots.platforms import Hook
from bots.web import layout, pages, returning
from core.errors import SettingsError
from core.settings import Settings

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0  # seconds in which a webhook's body has to come
LINGERING: Final = 2.0  # seconds in which what nobody reads may still come, so that whoever sends it hears why
LARGEST: Final = 2_000_000  # bytes of a webhook's body; updates hold no files
SMALLER: Final = {"/stripe/webhook": 256 * 1024}
"""Bytes of a body where less than LARGEST is enough: an event of Stripe's has some ten thousand."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}

SILENT: Final = logging.Logger("web", logging.CRITICAL + 1)
"""The library would write down whatever it does not understand, and the address of whoever sent it."""

NOTHING_SOLD: Final = returning.Counter()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    settings: Settings,
    hooks: Mapping[str, Hook],
    patience: float = PATIENCE,
    counter: returning.Counter = NOTHING_SOLD,
) -> AsyncIterator[str]:
    """Serve until left; the address under which it listens. `hooks` by path, `patience` with their bodies in seconds.

    `counter` is what the pages after paying stand on.

    Raises:
        SettingsError: it can't listen there.
    """
    runner = web.AppRunner(
        _app(settings, hooks, patience, counter),
        shutdown_timeout=1,
        handler_cancellation=True,
        access_log=None,
        logger=SILENT,
        lingering_time=LINGERING,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.web.host, settings.web.port)
        try:
            await site.start()
        except OSError as error:
            raise SettingsError(
                f"The web server can't listen on {settings.web.host}:{settings.web.port} ({error.strerror}). "
                "Choose another [web] host or port, or stop what listens there."
            ) from None
        host, port = runner.addresses[0][:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _app(settings: Settings, hooks: Mapping[str, Hook], patience: float, counter: returning.Counter) -> web.Application:
    app = web.Application(client_max_size=LARGEST, middlewares=[_quietly])
    for path, hook in hooks.items():
        app.router.add_post(path, _receiver(hook, patience, SMALLER.get(path, LARGEST)))
    for path, page in (("/privacy", pages.privacy), ("/terms", pages.terms)):
        app.router.add_get(path, _shower(settings, page))
    for path in returning.PATHS:
        app.router.add_get(path, _returner(counter, path))
    app.router.add_get("/style.css", _style)
    app.router.add_get("/healthz", _alive)
    app.on_response_prepare.append(_harden)
    return app


def _receiver(hook: Hook, patience: float, most: int) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        async def read() -> bytes:
            try:
                async with asyncio.timeout(patience):
                    return await request.clone(client_max_size=most).read()
            except TimeoutError:
                raise web.HTTPRequestTimeout from None

        return web.Response(status=await hook(read, request.headers))

    return receive


def _shower(settings: Settings, page: pages.Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        locale = layout.language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        return _html(page(settings, locale))

    return show


def _returner(counter: returning.Counter, path: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        came = returning.visit(request.query, request.headers.get("Accept-Language", ""), counter.homes)
        response = _html(await returning.returned(counter, path, came))
        response.headers["Cache-Control"] = "no-store"
        return response

    return show


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _style(_: web.Request) -> web.Response:
    """The same for every page; its address changes with it, so that it may be kept for a year."""
    response = web.Response(text=layout.STYLE, content_type="text/css", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@web.middleware
async def _quietly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What fails is told by its name alone, and what a platform brought is sent again."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 -- the text may be personal
        log.error("a request failed with %s", type(error).__name__)
        return web.Response(status=500)


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "figurine"

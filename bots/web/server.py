"""The web server. It listens for the platforms' and the shop's webhooks, and shows the policy and the terms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bots.platforms import Hook
from bots.web import pages
from core.errors import SettingsError
from core.settings import Settings

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0  # seconds in which a webhook's body has to come
LINGERING: Final = 2.0  # seconds in which what nobody reads may still come, so that whoever sends it hears why
LARGEST: Final = 2_000_000  # bytes of a webhook's body; updates hold no files
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}

SILENT: Final = logging.Logger("web", logging.CRITICAL + 1)
"""The library would write down whatever it does not understand, and the address of whoever sent it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(settings: Settings, hooks: Mapping[str, Hook], patience: float = PATIENCE) -> AsyncIterator[str]:
    """Serve until left; the address under which it listens. `hooks` by path, `patience` with their bodies in seconds.

    Raises:
        SettingsError: it can't listen there.
    """
    runner = web.AppRunner(
        _app(settings, hooks, patience),
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


def _app(settings: Settings, hooks: Mapping[str, Hook], patience: float) -> web.Application:
    app = web.Application(client_max_size=LARGEST, middlewares=[_quietly])
    for path, hook in hooks.items():
        app.router.add_post(path, _receiver(hook, patience))
    for path, page in (("/privacy", pages.privacy), ("/terms", pages.terms)):
        app.router.add_get(path, _shower(settings, page))
    app.router.add_get("/healthz", _alive)
    app.on_response_prepare.append(_harden)
    return app


def _receiver(hook: Hook, patience: float) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        async def read() -> bytes:
            try:
                async with asyncio.timeout(patience):
                    return await request.read()
            except TimeoutError:
                raise web.HTTPRequestTimeout from None

        return web.Response(status=await hook(read, request.headers))

    return receive


def _shower(settings: Settings, page: pages.Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        locale = pages.language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        return web.Response(text=page(settings, locale), content_type="text/html", charset="utf-8")

    return show


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

"""The web server. It listens for the platforms' and the shop's webhooks, and shows the policy and the terms."""

from __future__ import annotations

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

LARGEST: Final = 2_000_000  # bytes of a webhook's body; updates hold no files
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


@asynccontextmanager
async def serving(settings: Settings, hooks: Mapping[str, Hook]) -> AsyncIterator[str]:
    """Serve until left; the address under which it listens. `hooks` by path.

    Raises:
        SettingsError: it can't listen there.
    """
    runner = web.AppRunner(_app(settings, hooks), shutdown_timeout=1, handler_cancellation=True, access_log=None)
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


def _app(settings: Settings, hooks: Mapping[str, Hook]) -> web.Application:
    app = web.Application(client_max_size=LARGEST)
    for path, hook in hooks.items():
        app.router.add_post(path, _receiver(hook))
    for path, page in (("/privacy", pages.privacy), ("/terms", pages.terms)):
        app.router.add_get(path, _shower(settings, page))
    app.router.add_get("/healthz", _alive)
    app.on_response_prepare.append(_harden)
    return app


def _receiver(hook: Hook) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        try:
            status = await hook(await request.read(), request.headers)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 -- it is sent again; the text may be personal
            log.error("a webhook failed with %s", type(error).__name__)
            status = 500
        return web.Response(status=status)

    return receive


def _shower(settings: Settings, page: pages.Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        locale = pages.language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        return web.Response(text=page(settings, locale), content_type="text/html", charset="utf-8")

    return show


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "figurine"

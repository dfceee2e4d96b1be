"""Handing out files, slowly or only half of them where a test wants it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from tests.servers.telegram.faults import Faults
from tests.servers.telegram.media import Files

PIECE: Final = 64 * 1024
TICKS: Final = 20  # pieces a second while it is slow


async def download(
    request: web.Request, files: Files, faults: Faults, pause: Callable[[float], Awaitable[None]]
) -> web.StreamResponse:
    """Answer the request for a file."""
    faults.struck += bool(faults.failed_downloads or faults.cut_downloads or faults.download_speed)
    if faults.failed_downloads > 0:
        faults.failed_downloads -= 1
        return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
    file = files.at(request.match_info["path"])
    data = None if file is None else file.content()
    if data is None:
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
    if not faults.download_speed and not faults.cut_downloads:
        return web.Response(body=data, content_type="application/octet-stream")
    cut = faults.cut_downloads > 0
    faults.cut_downloads -= cut
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    response.content_length = len(data)
    await response.prepare(request)
    end = len(data) // 2 if cut else len(data)
    step = int(faults.download_speed / TICKS) or PIECE
    for start in range(0, end, step):
        await response.write(data[start : min(start + step, end)])
        if faults.download_speed:
            await pause(1 / TICKS)
    if cut and request.transport is not None:
        request.transport.abort()
    return response

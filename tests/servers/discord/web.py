"""The server's face to the network: the API with all that stands before it, the gateway, and the files."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from tests.servers.discord import places, reads, responses
from tests.servers.discord.calls import HANDLERS, Call
from tests.servers.discord.faults import Fault
from tests.servers.discord.media import Upload
from tests.servers.discord.refusals import INVALID_FORM, Refusal, invalid_form, unauthorized
from tests.servers.discord.specification import Unfaithful

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

__all__ = ["Web", "places", "reads", "responses"]  # the last three enter themselves into the table

API: Final = "/api/v10"
MOST: Final = 512 * 1024 * 1024
COUNTED: Final = (401, 403, 429)
VIA: Final = {"Via": "1.1 google"}  # what tells Discord's own 429 from that of the shield before it


class NoAnswer(Exception):
    """The connection ends without an answer."""


class Web:
    """Answers requests."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._gone = asyncio.Event()

    def app(self) -> web.Application:
        """The application to serve."""
        app = web.Application(client_max_size=MOST)
        app.router.add_get("/gateway", self._server.gateway.serve)
        app.router.add_get("/gateway/", self._server.gateway.serve)
        for folder in ("attachments", "ephemeral-attachments"):
            app.router.add_get(f"/{folder}/{{place}}/{{file}}/{{name}}", self._file)
        app.router.add_route("*", "/{path:.*}", self._api)
        return app

    def close(self) -> None:
        """Let go of requests that hang."""
        self._gone.set()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self._server.requests += 1
        try:
            status, body, headers = await self._answer(request)
        except Refusal as refusal:
            status, body, headers = refusal.status, refusal.body, {}
            self._record(request, refusal)
        except (NoAnswer, ConnectionError):  # The second: whoever asked is gone before they had asked.
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        except Exception as error:  # noqa: BLE001 -- the test's end tells of it; the client sees a broken server
            self._server.broken.append(error)
            status, body, headers = 500, {"message": "500: Internal Server Error", "code": 0}, {}
        if status in COUNTED and headers.get("X-RateLimit-Scope") != "shared":
            self._server.invalid_requests += 1
        return _response(status, body, headers)

    def _record(self, request: web.Request, refusal: Refusal) -> None:
        what = f"{request.method} {request.path}"
        what = re.sub(r"(/webhooks/\d+|/interactions/\d+)/[^/]+", r"\1/…", what)
        self._server.refusals.append((what, refusal.code or refusal.status))
        if refusal.code == INVALID_FORM or (refusal.status in (404, 405) and not refusal.code):
            self._server.violations.append(f"{what}: {refusal}")

    async def _answer(self, request: web.Request) -> tuple[int, Any, dict[str, str]]:
        if not request.path.startswith(API):
            raise Refusal(404, 0, "404: Not Found")
        path = request.raw_path.partition("?")[0].removeprefix(API)
        endpoint, raw = self._server.specification.find(request.method, path)
        parameters = {name: unquote(value) for name, value in raw.items()}
        fault = self._server.faults.due(endpoint, path)
        if fault and fault.kind not in ("lose", "delay"):
            return await self._fail(fault)
        if endpoint.needs_token and not self._server.token_fits(_token(request)):
            raise unauthorized()
        turn = self._server.rates.take(endpoint, parameters)
        if turn.wait:
            return _slow_down(turn.wait, turn.everything, turn.headers)
        call = Call(self._server, endpoint, parameters, dict(request.query))
        await self._read(request, call)
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        status, body = self._handle(call)
        self._server.counts[endpoint.name] = self._server.counts.get(endpoint.name, 0) + 1
        if fault and fault.kind == "lose":
            raise NoAnswer
        return status, body, turn.headers

    def _handle(self, call: Call) -> tuple[int, Any]:
        self._server.specification.check_request(call.endpoint, call.query, call.body)
        handler = HANDLERS.get(call.endpoint.name)
        if handler is None:
            raise Unfaithful(f"the test server does not play {call.endpoint.name} yet")
        try:
            status, body = handler(call)
        except Refusal as refusal:
            # Without the tree of errors: the file says that its codes are numbers, and they are words.
            plain = {"message": refusal.message, "code": refusal.code}
            self._server.specification.check_answer(call.endpoint, refusal.status, plain)
            raise
        self._server.specification.check_answer(call.endpoint, status, body)
        return status, body

    async def _fail(self, fault: Fault) -> tuple[int, Any, dict[str, str]]:
        if fault.kind == "hang":
            await self._gone.wait()
            raise NoAnswer
        if fault.kind == "storm":
            if fault.by_the_shield:
                return 429, "error code: 1015", {"Retry-After": str(int(fault.retry_after) or 1)}
            return _slow_down(
                fault.retry_after, fault.everything, {"X-RateLimit-Scope": "global" if fault.everything else "user"}
            )
        return fault.status, {"message": f"{fault.status}: Server Error", "code": 0}, {}

    async def _read(self, request: web.Request, call: Call) -> None:
        if request.content_type == "multipart/form-data":
            call.body, call.files = await _multipart(request)
        elif request.can_read_body:
            if request.content_type != "application/json":
                raise invalid_form(
                    {"": f'Expected "Content-Type" header to be one of application/json, not {request.content_type}'}
                )
            call.body = _json(await request.read())

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self._server.faults.struck += bool(self._server.faults.cdn_failures or self._server.faults.cdn_speed)
        if self._server.faults.cdn_failures > 0:
            self._server.faults.cdn_failures -= 1
            return web.Response(status=503)
        attachment = self._server.files.get(int(request.match_info["file"]))
        ends, made, seal = (request.query.get(name, "0") for name in ("ex", "is", "hm"))
        good = attachment is not None and attachment.name == request.match_info["name"]
        if (
            not good
            or attachment is None
            or not self._server.links.holds(attachment, ends, made, seal, self._server.clock.now())
        ):
            return web.Response(status=404, text="This content is no longer available.")
        if attachment.content is None:
            raise web.HTTPGone(text="the test server keeps no media")
        self._server.downloads += 1
        return await self._send_file(request, attachment.content, attachment.content_type)

    async def _send_file(self, request: web.Request, content: bytes, kind: str) -> web.StreamResponse:
        speed = self._server.faults.cdn_speed
        if not speed:
            return web.Response(body=content, content_type=kind)
        response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(content))})
        await response.prepare(request)
        step = max(int(speed / 20), 1)
        for start in range(0, len(content), step):
            await response.write(content[start : start + step])
            await asyncio.sleep(0.05)
        return response


def _token(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bot" else ""


def _slow_down(wait: float, everything: bool, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
    body = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": everything, "code": 0}
    return 429, body, headers | VIA | {"Retry-After": str(int(wait) + 1)}


def _response(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    packed = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    # Without a charset: clients compare the whole header.
    return web.Response(status=status, body=packed, headers=headers | {"Content-Type": "application/json"})


def _json(text: bytes) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise Refusal(400, 50109, "The request body contains invalid JSON.") from None


async def _multipart(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """The JSON of the part "payload_json", and the files by their numbers."""
    body: Any = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid_form({"": "a part in a part"})
        if part.name == "payload_json":
            body = _json(bytes(await part.read()))
            continue
        found = re.fullmatch(r"files\[(\d+)\]", part.name or "")
        if not found:
            raise invalid_form({part.name or "": "unknown part of the form"})
        if not part.filename:
            raise invalid_form({part.name or "": "a file needs a name"})
        files[int(found[1])] = Upload(part.filename, bytes(await part.read()))
    return body, files

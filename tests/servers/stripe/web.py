"""Requests to the API: who asks, in which version, whether it was asked before, and what is answered."""

from __future__ import annotations

import asyncio
import base64
import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from tests.servers.stripe.calls import Call, play
from tests.servers.stripe.expanding import expanded
from tests.servers.stripe.faults import Fault
from tests.servers.stripe.forms import read_form
from tests.servers.stripe.refusals import Refusal, broken, declined, misfit, too_many
from tests.servers.stripe.world import Object

if TYPE_CHECKING:
    from tests.servers.stripe.server import StripeServer

KEY_LIFE: Final = 24 * 3600  # seconds
NOT_KEPT: Final = (400, 401, 404, 409, 429)  # refused before anything was begun


@dataclass
class Answered:
    """What an idempotency key was used for, and what was answered; None while that is under way."""

    request: tuple[str, str, str]
    at: int
    status: int = 0
    body: Object | None = None


@dataclass(frozen=True)
class Request:
    """A request that came. `status`: how it was answered; 0 if it was not."""

    method: str
    path: str
    form: str
    key: str
    status: int


class Web:
    """Answers /v1/..."""

    def __init__(self, server: StripeServer) -> None:
        self._server = server
        self._world = server.world
        self._keys: dict[str, Answered] = {}
        self.leaving = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        form = await request.text() if request.method == "POST" else request.query_string
        key, status, name = request.headers.get("Idempotency-Key", ""), 0, self._world.new_id("req", 14)
        self._world.timeline.catch_up()
        try:
            fault = self._server.faults.due(request.method, request.path)
            if fault and await self._before(fault):
                return self._cut(request)
            status, body, again = self._answered(request, form, key, name, fault)
            if fault and fault.kind == "lose":
                status = 0
                return self._cut(request)
        except Refusal as refusal:
            if refusal.violation:
                self._server.violations.append(f"{request.method} {request.path}: {refusal.message}")
            status, body, again = refusal.status, refusal.body(), False
        except Exception as error:  # noqa: BLE001 -- raised at the end of the test
            self._world.mistakes.append("".join(traceback.format_exception(error)[-3:]))
            status, body, again = 500, broken().body(), False
        finally:
            self._server.requests.append(Request(request.method, request.path, form, key, status))
        headers = {"Request-Id": name, "Stripe-Version": self._world.specification.version}
        if key:
            headers["Idempotency-Key"] = key
        if again:
            headers["Idempotent-Replayed"] = "true"
        if status in (409, 429) or status >= 500:
            headers["Stripe-Should-Retry"] = "true"
        return web.json_response(body, status=status, headers=headers)

    def _answered(
        self, request: web.Request, form: str, key: str, name: str, fault: Fault | None
    ) -> tuple[int, Object, bool]:
        self._admit(request)
        if fault and fault.kind == "fail" and not fault.kept:
            raise broken(fault.status)
        if fault and fault.kind == "storm":
            raise too_many()
        if not key or request.method != "POST":
            return 200, self._done(request, form, key, name, fault), False
        if len(key) > 255:
            raise misfit("Idempotency keys can have up to 255 characters")
        asked = (request.method, request.path, form)
        now = self._world.clock.seconds()
        if (known := self._keys.get(key)) and known.at > now - KEY_LIFE:
            return self._same(known, asked)
        self._keys[key] = kept = Answered(asked, now)
        try:
            kept.status, kept.body = 200, self._done(request, form, key, name, fault)
        except Refusal as refusal:
            if refusal.status in NOT_KEPT:
                del self._keys[key]
            else:
                kept.status, kept.body = refusal.status, refusal.body()
            raise
        return kept.status, kept.body, False

    def _same(self, known: Answered, asked: tuple[str, str, str]) -> tuple[int, Object, bool]:
        if known.request != asked:
            raise Refusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try"
                " using a key other than this one if you meant to execute a different request.",
                kind="idempotency_error",
                violation=True,
            )
        return known.status, known.body or {}, True

    def _admit(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        given = header.removeprefix("Bearer ")
        if header.startswith("Basic "):
            given = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[0]
        if not given:
            raise Refusal(401, "You did not provide an API key.")
        if given not in self._server.keys:
            shown = f"{given[:8]}{'*' * 12}{given[-4:]}" if len(given) > 16 else "****"
            raise Refusal(401, f"Invalid API Key provided: {shown}")
        version = request.headers.get("Stripe-Version", "")
        if version != self._world.specification.version:
            raise misfit(f"Invalid Stripe API version: {version or 'none was named'}")
        kind = request.content_type
        if request.method == "POST" and request.can_read_body and kind != "application/x-www-form-urlencoded":
            raise misfit(f"Invalid content type: {kind}")

    def _done(self, request: web.Request, form: str, key: str, name: str, fault: Fault | None) -> Object:
        if fault and fault.kind == "fail":
            raise broken(fault.status)
        operation, names = self._world.specification.find(request.method, request.path)
        values = read_form(self._world.specification, operation.params, form)
        if fault and fault.kind == "decline":
            raise declined()
        self._world.request = {"id": name, "idempotency_key": key or None}
        try:
            made = play(self._world, Call(operation, request.path, names, values))
            answer = expanded(self._world, made, values.get("expand") or [])
        finally:
            self._world.request = {"id": None, "idempotency_key": None}
        self._world.check(answer)
        parsed: Object = json.loads(json.dumps(answer))
        return parsed

    async def _before(self, fault: Fault) -> bool:
        """Wait, if the fault is that; true if the connection ends."""
        if fault.kind == "hang":
            await self.leaving.wait()
            return True
        if fault.kind == "delay":
            try:
                async with asyncio.timeout(fault.seconds):
                    await self.leaving.wait()
            except TimeoutError:
                return False
        return False

    def _cut(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

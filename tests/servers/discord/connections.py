"""One connection to the gateway, and the session that outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSMsgType, web

from core.supervision import in_background, stop

if TYPE_CHECKING:
    from tests.servers.discord.gateway import Gateway

HEARTBEAT, IDENTIFY, PRESENCE, RESUME, MEMBERS = 1, 2, 3, 6, 8
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, WRONG_TOKEN, AUTHENTICATED = 4001, 4002, 4003, 4004, 4005
INVALID_SEQUENCE, RATE_LIMITED, TIMED_OUT, INVALID_SHARD, WRONG_VERSION = 4007, 4008, 4009, 4010, 4012
KEPT: Final = 5000  # events of a session that can be replayed
PER_MINUTE: Final = 120


class Closed(Exception):
    """The server closes the connection with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(eq=False)
class Session:
    """What a client identified as. Goes on for a while without a connection."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    connection: Connection | None = None
    left: float = field(default_factory=time.monotonic)  # when its connection ended, on the monotonic clock


class Connection:
    """One websocket."""

    def __init__(self, gateway: Gateway, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._gateway = gateway
        self._request = request
        self._socket = socket
        self._zip = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._out: asyncio.Queue[dict[str, Any] | int] = asyncio.Queue()
        self._received: deque[float] = deque(maxlen=PER_MINUTE)
        self._beat = time.monotonic()
        self.session: Session | None = None
        self.stalled = False
        self.cut_off = False

    def send(self, payload: dict[str, Any]) -> None:
        """Send something as soon as the line is free."""
        payload = {"t": None, "s": None, "d": None} | payload
        self._gateway.server.check(lambda spec: spec.check_event(payload))
        self._out.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close after what was sent before."""
        self._out.put_nowait(code)

    def cut(self) -> None:
        """End the connection as a broken line does."""
        self.cut_off = True
        if self._request.transport:
            self._request.transport.abort()

    async def run(self) -> None:
        """Talk until either side leaves."""
        writer = in_background(self._write(), "gateway writer")
        try:
            self.send({"op": 10, "d": {"heartbeat_interval": int(self._gateway.heartbeat_interval * 1000)}})
            await self._read()
        except Closed as closed:
            self._gateway.closes.append(closed.code)
            if closed.code in (TIMED_OUT, INVALID_SEQUENCE, WRONG_TOKEN) and self.session:
                self._gateway.forget(self.session)
            await stop(writer)
            with contextlib.suppress(ConnectionError):
                await self._socket.close(code=closed.code)
        finally:
            await stop(writer)
            self._leave()

    def _leave(self) -> None:
        session, self.session = self.session, None
        if session is None or session.connection is not self:
            return
        session.connection, session.left = None, time.monotonic()
        by_the_client = not self.cut_off and self._socket.close_code in (1000, 1001)
        if by_the_client:
            self._gateway.forget(session)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                payload = await self._out.get()
                if self.stalled:
                    continue
                if isinstance(payload, int):
                    await self._socket.close(code=payload)
                    return
                text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
                if self._zip is None:
                    await self._socket.send_str(text)
                else:
                    packed = self._zip.compress(text.encode()) + self._zip.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(packed)

    async def _read(self) -> None:
        patience = self._gateway.heartbeat_interval * 1.5
        while not self._socket.closed:
            left = max(self._beat + patience - time.monotonic(), 0.001)
            try:
                frame = await self._socket.receive(timeout=left)
            except TimeoutError:
                if self.stalled:
                    self._beat = time.monotonic()
                    continue
                raise Closed(TIMED_OUT) from None
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if not self.stalled:
                self._take(frame.data)

    def _take(self, text: str | bytes) -> None:
        self._count()
        try:
            payload = json.loads(text)
            operation = payload["op"]
        except (ValueError, KeyError, TypeError):
            raise Closed(DECODE_ERROR) from None
        if complaint := self._gateway.server.specification.fits_the_gateway(payload):
            self._gateway.server.violations.append(f"gateway opcode {operation}: {complaint}")
            raise Closed(UNKNOWN_OPCODE if complaint == "unknown opcode" else DECODE_ERROR)
        if operation == HEARTBEAT:
            self._beat = time.monotonic()
            self.send({"op": 11})
        elif operation == IDENTIFY:
            self._identify(payload["d"])
        elif operation == RESUME:
            self._resume(payload["d"])
        elif self.session is None:
            raise Closed(NOT_AUTHENTICATED)
        elif operation == PRESENCE:
            self._gateway.presence = payload["d"]
        elif operation == MEMBERS:
            self._gateway.tell_members(self.session, payload["d"])

    def _count(self) -> None:
        now = time.monotonic()
        if len(self._received) == PER_MINUTE and now - self._received[0] < 60.0:
            raise Closed(RATE_LIMITED)
        self._received.append(now)

    def _identify(self, wish: dict[str, Any]) -> None:
        if self.session:
            raise Closed(AUTHENTICATED)
        self._gateway.allow(wish)
        number, count = wish.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise Closed(INVALID_SHARD)
        if self._gateway.too_soon():
            self.send({"op": 9, "d": False})
            return
        self.session = self._gateway.begin(wish["intents"], (number, count))
        self.session.connection = self
        self._gateway.greet(self.session)

    def _resume(self, wish: dict[str, Any]) -> None:
        if not self._gateway.server.token_fits(wish["token"]):
            raise Closed(WRONG_TOKEN)
        session = self._gateway.resumable(wish["session_id"])
        if session is None or (session.events and session.events[0]["s"] > wish["seq"] + 1):
            self.send({"op": 9, "d": False})
            return
        if wish["seq"] > session.sequence:
            self.session = session
            raise Closed(INVALID_SEQUENCE)
        if session.connection:
            session.connection.close(1000)
        self.session, session.connection = session, self
        self._gateway.resumes += 1
        for event in [event for event in session.events if event["s"] > wish["seq"]]:
            self.send(event)
        self._gateway.dispatch_to(session, "RESUMED", {"_trace": []})

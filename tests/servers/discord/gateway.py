"""The gateway: sessions, who is told what, and all the ways to be thrown out."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.servers.discord import wire
from tests.servers.discord.connections import WRONG_TOKEN, WRONG_VERSION, Closed, Connection, Session

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

INVALID_INTENTS, NOT_GRANTED = 4013, 4014
GUILDS, PRIVILEGED, ALL_INTENTS = 1, (1 << 1) | (1 << 8) | (1 << 15), (1 << 26) - 1


class Gateway:
    """All sessions. `session_starts_left`: when it is 0, the next start costs the bot its token, as with Discord."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.heartbeat_interval = 41.25  # seconds
        self.identify_spacing = 0.0  # seconds that Discord wants between two starts (really 5)
        self.session_lives = 120.0  # seconds that a session waits for its client
        self.session_starts_left = 1000
        self.granted = 0  # the privileged intents that the app was given
        self.presence: dict[str, Any] = {}
        self.identifies = 0
        self.resumes = 0
        self.closes: list[int] = []
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._ready = asyncio.Event()
        self._last_start = 0.0

    @property
    def sessions(self) -> list[Session]:
        """Those that a client is connected to."""
        return [session for session in self._sessions.values() if session.connection]

    @property
    def url(self) -> str:
        return f"{self.server.url.replace('http', 'ws', 1)}/gateway"

    async def ready(self, within: float = 10.0) -> None:
        """Wait until a client has identified or resumed.

        Raises:
            TimeoutError: none did within so many seconds.
        """
        await asyncio.wait_for(self._ready.wait(), within)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one client."""
        if self.server.faults.gateway_refusals > 0:
            self.server.faults.gateway_refusals -= 1
            return web.Response(status=503, text="upstream connect error")
        socket = web.WebSocketResponse(timeout=0.5, compress=False, max_msg_size=4096 * 4)
        await socket.prepare(request)
        if request.query.get("v") != "10" or request.query.get("encoding", "json") != "json":
            await socket.close(code=WRONG_VERSION)
            return socket
        connection = Connection(self, request, socket)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            if not self.sessions:
                self._ready.clear()
        return socket

    def allow(self, wish: dict[str, Any]) -> None:
        """Raise Closed if a client may not start a session so."""
        if not self.server.token_fits(wish["token"]):
            raise Closed(WRONG_TOKEN)
        if self.session_starts_left <= 0:
            self.server.token_good = False
            raise Closed(WRONG_TOKEN)
        if wish["intents"] & ~ALL_INTENTS:
            raise Closed(INVALID_INTENTS)
        if wish["intents"] & PRIVILEGED & ~self.granted:
            raise Closed(NOT_GRANTED)

    def too_soon(self) -> bool:
        soon = time.monotonic() - self._last_start < self.identify_spacing
        self._last_start = time.monotonic()
        return soon

    def begin(self, intents: int, shard: tuple[int, int]) -> Session:
        """A new session."""
        self.session_starts_left -= 1
        self.identifies += 1
        session = Session(secrets.token_hex(16), intents, shard)
        self._sessions[session.id] = session
        return session

    def greet(self, session: Session) -> None:
        """Say READY, then tell of all servers."""
        guilds = [g for g in self.server.guilds.values() if g.has_bot and self._concerns(session, g.id)]
        flags = self.server.application_flags
        ready = {
            "v": 10,
            "user": wire.own_user(self.server),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self.server.bot.id), "flags": flags, "flags_new": str(flags)},
        }
        self.dispatch_to(session, "READY", ready)
        if session.intents & GUILDS:
            for guild in guilds:
                self.dispatch_to(session, "GUILD_CREATE", wire.guild_create(guild, self.server.bot))

    def resumable(self, name: str) -> Session | None:
        """The session of that name, if its client did not stay away for too long."""
        if self.server.faults.resume_refusals > 0:
            self.server.faults.resume_refusals -= 1
            self._sessions.pop(name, None)
        session = self._sessions.get(name)
        if session and self._given_up(session):
            self.forget(session)
            return None
        return session

    def _given_up(self, session: Session) -> bool:
        return session.connection is None and time.monotonic() - session.left > self.session_lives

    def forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    def dispatch(self, name: str, data: dict[str, Any], intent: int, guild: int | None = None) -> None:
        """Tell an event to all sessions that asked for its kind and have its server; `intent` 0 is for everybody."""
        for session in list(self._sessions.values()):
            if self._given_up(session):
                self.forget(session)
            elif (not intent or session.intents & intent) and self._concerns(session, guild):
                self.dispatch_to(session, name, data)

    def dispatch_to(self, session: Session, name: str, data: dict[str, Any]) -> None:
        """Tell an event to one session, now or when its client is back."""
        session.sequence += 1
        event = {"op": 0, "t": name, "s": session.sequence, "d": data}
        session.events.append(event)
        if session.connection:
            session.connection.send(event)
        else:
            self.server.check(lambda spec: spec.check_event(event))
        if name in ("READY", "RESUMED"):
            self._ready.set()

    def tell_all(self, payload: dict[str, Any]) -> None:
        for connection in list(self._connections):
            connection.send(payload)

    def tell_members(self, session: Session, wish: dict[str, Any]) -> None:
        """Answer a request for members."""
        guild = self.server.guilds.get(int(wish["guild_id"]))
        if guild is None:
            return
        wanted = {int(number) for number in wish.get("user_ids", [])}
        found = [wire.member(p, guild) for p in guild.members.values() if not wanted or p.id in wanted]
        chunk = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1, "not_found": []}
        self.dispatch_to(session, "GUILD_MEMBERS_CHUNK", chunk | ({"nonce": wish["nonce"]} if "nonce" in wish else {}))

    def drop(self, code: int = 0) -> None:
        """End all connections with a code, or without a word."""
        self._ready.clear()
        for connection in list(self._connections):
            if not code:
                connection.cut()
                continue
            connection.cut_off = True
            if code == WRONG_TOKEN and connection.session:
                self.forget(connection.session)
            connection.close(code)

    def stall(self) -> None:
        self._ready.clear()
        for connection in self._connections:
            connection.stalled = True

    def invalidate(self, resumable: bool) -> None:
        """Tell all clients that their sessions are over, or may be resumed."""
        self._ready.clear()
        for session in self.sessions:
            if not resumable:
                self.forget(session)
        self.tell_all({"op": 9, "d": resumable})

    def _concerns(self, session: Session, guild: int | None) -> bool:
        number, count = session.shard
        return number == ((guild or 0) >> 22) % count

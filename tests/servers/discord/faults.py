"""What goes wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from tests.servers.discord.specification import Endpoint

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

ROUTES: Final = {
    "login": "GET /users/@me",
    "commands": "PUT /applications/*/commands",
    "callback": "POST /interactions/*",
    "send": "POST /channels/*/messages",
    "edit": "PATCH /channels/*/messages/*",
    "follow up": "POST /webhooks/*",
    "edit follow up": "PATCH /webhooks/*",
    "original": "PATCH /webhooks/*/messages/@original",
    "direct": "POST /users/@me/channels",
    "gateway": "GET /gateway/bot",
    "everything": "*",
}


@dataclass
class Fault:
    """Something that happens to the next requests of a route. `kind`: fail, hang, delay, lose, or storm."""

    kind: str
    route: str
    times: int
    status: int = 0
    retry_after: float = 0.0
    seconds: float = 0.0
    everything: bool = False
    by_the_shield: bool = False


class Faults:
    """Orders faults. A route is a word of ROUTES or a pattern such as "PATCH /channels/*"."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._faults: list[Fault] = []
        self.struck = 0  # requests and downloads that something happened to
        self.cdn_speed = 0.0  # bytes in a second; 0 is as fast as it goes
        self.cdn_failures = 0  # so many of the next downloads are answered with 503
        self.gateway_refusals = 0  # so many of the next connections to the gateway are answered with 503
        self.resume_refusals = 0  # so many of the next resumes are answered with an invalid session

    def fail(self, route: str, times: int = 1, status: int = 500) -> None:
        """Answer the next requests with an error of the server."""
        self._add(Fault("fail", route, times, status=status))

    def hang(self, route: str, times: int = 1) -> None:
        """Never answer the next requests."""
        self._add(Fault("hang", route, times))

    def delay(self, route: str, seconds: float, times: int = 1) -> None:
        """Take so long over the next requests."""
        self._add(Fault("delay", route, times, seconds=seconds))

    def lose_answer(self, route: str, times: int = 1) -> None:
        """Do what the next requests ask and close the connection instead of answering."""
        self._add(Fault("lose", route, times))

    def storm(
        self,
        route: str,
        times: int = 1,
        retry_after: float = 0.05,
        everything: bool = False,
        by_the_shield: bool = False,
    ) -> None:
        """Answer 429. `everything`: the limit of all requests; `by_the_shield`: what stands before Discord says it."""
        self._add(Fault("storm", route, times, 429, retry_after, everything=everything, by_the_shield=by_the_shield))

    def clear(self) -> None:
        """End all faults of requests."""
        self._faults.clear()

    def due(self, endpoint: Endpoint, path: str) -> Fault | None:
        """The fault that this request meets; counts it."""
        for fault in self._faults:
            if fnmatchcase(f"{endpoint.method} {path}", fault.route) or fnmatchcase(endpoint.name, fault.route):
                fault.times -= 1
                self.struck += 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def drop_gateway(self, code: int = 0) -> None:
        """End all gateway connections: with a close code, or by cutting the line."""
        self._server.gateway.drop(code)

    def stall_gateway(self) -> None:
        """Say nothing more on the connections that are open now: no events, no acknowledged heartbeats."""
        self._server.gateway.stall()

    def ask_to_reconnect(self) -> None:
        """Send the opcode by which Discord asks a client to come back on a new connection."""
        self._server.gateway.tell_all({"op": 7, "d": None})

    def invalidate_session(self, resumable: bool = False) -> None:
        """End all sessions; `resumable`: the client may try to resume."""
        self._server.gateway.invalidate(resumable)

    def expire_cdn(self) -> None:
        """End all links to files that are out now."""
        self._server.links.generation += 1

    def revoke_token(self) -> None:
        """The bot's token is no longer good."""
        self._server.token_good = False
        self._server.gateway.drop(4004)

    def restore_token(self) -> None:
        self._server.token_good = True

    def _add(self, fault: Fault) -> None:
        fault.route = ROUTES.get(fault.route, fault.route)
        self._faults.append(fault)

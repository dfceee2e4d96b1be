"""Discord's rate limits: one bucket for each route and place, and one for everything."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Final

from tests.servers.discord.specification import Endpoint

# Requests and seconds. Discord publishes none of these; they are what its headers have been seen to say.
RATES: Final[dict[str, tuple[int, float]]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "GET /channels/{channel_id}/messages": (5, 5.0),
    "GET /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "POST /channels/{channel_id}/typing": (5, 5.0),
    "POST /channels/{channel_id}/threads": (5, 5.0),
    "POST /channels/{channel_id}/messages/{message_id}/threads": (5, 5.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "POST /users/@me/channels": (10, 10.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
    "PUT /applications/{application_id}/commands": (20, 20.0),
}
OTHERWISE: Final = (50, 10.0)
PER_SECOND: Final = 50
MAJOR: Final = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id", "interaction_token")
MANY: Final = 4096


@dataclass
class Window:
    """The requests of one bucket since it was last empty. `ends` is on the monotonic clock."""

    ends: float
    left: int


@dataclass(frozen=True)
class Pass:
    """Whether a request may go on. `wait` is in seconds, 0 if it may."""

    headers: dict[str, str]
    wait: float = 0.0
    everything: bool = False


class Rates:
    """Counts requests. `enforced = False` lets all pass; `hurry = 10` makes all windows ten times as short."""

    def __init__(self) -> None:
        self.enforced = True
        self.hurry = 1.0
        self.per_second = PER_SECOND
        self.own: dict[str, tuple[int, float]] = {}  # a test's own limits, by the name of the endpoint
        self._windows: dict[tuple[Any, ...], Window] = {}
        self._second = Window(0.0, 0)

    def take(self, endpoint: Endpoint, parameters: dict[str, str]) -> Pass:
        """Count one request."""
        now = time.monotonic()
        limit, seconds = self.own.get(endpoint.name) or RATES.get(endpoint.name, OTHERWISE)
        seconds /= self.hurry
        if not self.enforced and endpoint.name not in self.own:
            limit, seconds = 10_000, 1.0
        elif (wait := self._over(endpoint, now)) > 0:
            return Pass({"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, wait, everything=True)
        key = (endpoint.name, *(parameters.get(name) for name in MAJOR))
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._tidy(now)
            window = self._windows[key] = Window(now + seconds, limit)
        wait = window.ends - now
        if window.left <= 0:
            return Pass(self._headers(endpoint, limit, 0, wait) | {"X-RateLimit-Scope": "user"}, wait)
        window.left -= 1
        return Pass(self._headers(endpoint, limit, window.left, wait))

    def _over(self, endpoint: Endpoint, now: float) -> float:
        """Seconds until the bot may ask for anything again; what answers interactions is not counted."""
        if not endpoint.needs_token:
            return 0.0
        if self._second.ends <= now:
            self._second = Window(now + 1.0, self.per_second)
        if self._second.left <= 0:
            return self._second.ends - now
        self._second.left -= 1
        return 0.0

    def _headers(self, endpoint: Endpoint, limit: int, left: int, wait: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(endpoint.name.encode()).hexdigest()[:32],
        }

    def _tidy(self, now: float) -> None:
        if len(self._windows) > MANY:
            self._windows = {key: window for key, window in self._windows.items() if window.ends > now}

"""Telling of events: signed, sent, and sent again until somebody says that they have them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import aiohttp

from tests.servers.stripe.clock import Due
from tests.servers.stripe.world import Object, World, shown

PAUSES: Final = (300, 1800, 7200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200)  # together about three days
PATIENCE: Final = 10.0  # seconds of real time for an answer
MANY: Final = 10**9
NOBODYS: Final = "whsec_nobody_knows_this_one"


@dataclass
class Mischief:
    """Something that happens to the next tellings of a kind of event: lose, twice, late or never."""

    deed: str
    kind: str
    times: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """One try. `status`: what the answer said; 0 if there was none."""

    event: str
    kind: str
    status: int
    seconds: float


class Webhooks:
    """Where events go. A kind of event is its name or a pattern such as "invoice.*"."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mischief: list[Mischief] = []
        self._client: aiohttp.ClientSession | None = None
        self.deliveries: list[Delivery] = []
        world.listeners.append(self._tell)

    def lose(self, kind: str = "*", times: int = 1) -> None:
        """The next tries do not arrive; each is made again later, as after an answer that was not 2xx."""
        self._mischief.append(Mischief("lose", kind, times))

    def twice(self, kind: str = "*", times: int = MANY) -> None:
        """The next tries arrive twice, at the same time."""
        self._mischief.append(Mischief("twice", kind, times))

    def late(self, seconds: float, kind: str = "*", times: int = MANY) -> None:
        """The next events are told so much later."""
        self._mischief.append(Mischief("late", kind, times, seconds))

    def never(self, kind: str = "*", times: int = MANY) -> None:
        """The next events are never told, and stay undelivered."""
        self._mischief.append(Mischief("never", kind, times))

    def shuffle(self, seed: int = 7) -> None:
        """What is told at the same time comes in any order."""
        dice = random.Random(seed)  # noqa: S311 -- nothing here is a secret

        def mix(errands: list[Due]) -> None:
            dice.shuffle(errands)

        self._world.timeline.mix = mix

    def behave(self) -> None:
        """No more mischief."""
        self._mischief.clear()
        self._world.timeline.mix = None

    async def resend(self, event: str) -> list[int]:
        """Tell an event again, as somebody does in the dashboard; what was answered."""
        found = self._world.get("event", event)
        return [await self._post(found, endpoint) for endpoint in self._world.of_kind("webhook_endpoint")]

    async def forge(
        self,
        event: Object | None = None,
        *,
        kind: str = "checkout.session.completed",
        about: Object | None = None,
        secret: str = NOBODYS,
        age: float = 0.0,
        body: bytes | None = None,
        signature: str | None = None,
        cut: int | None = None,
        **changed: Any,
    ) -> int:
        """Send something that may not be what Stripe sends; the status that is answered.

        `event`, or an event of a `kind` `about` an object, with fields `changed`; signed with a `secret`, `age` seconds
        ago, and `cut` to so many bytes after that; or any `body` and `signature`.
        """
        if body is None:
            made = event or self._world.specification.example("event") | {
                "id": self._world.new_id("evt"), "object": "event", "created": self._world.clock.seconds(),
                "api_version": self._world.specification.version, "livemode": self._world.live, "type": kind,
                "data": {"object": about or {}}, "pending_webhooks": 1,
            }  # fmt: skip
            body = as_bytes({**made, **changed})
        sent_at = self._world.clock.now().timestamp() - age
        header = sign(body, [secret], int(sent_at)) if signature is None else signature
        endpoint = self._world.of_kind("webhook_endpoint")[0]
        return await self._send(endpoint["url"], body[:cut], {"Stripe-Signature": header} if header else {})

    async def closes(self) -> None:
        if self._client:
            await self._client.close()

    def _tell(self, event: Object) -> None:
        for endpoint in self._world.of_kind("webhook_endpoint"):
            if endpoint["status"] == "enabled" and any(
                fnmatchcase(event["type"], k) for k in endpoint["enabled_events"]
            ):
                event["pending_webhooks"] += 1
                if self._meets(event, "never"):
                    event["_failed"].add(endpoint["id"])
                    continue
                late = self._meets(event, "late")
                self._later(event, endpoint, late.seconds if late else 0.0, 0)

    def _later(self, event: Object, endpoint: Object, seconds: float, tries: int) -> None:
        at = self._world.clock.now().timestamp() + seconds
        self._world.timeline.errand(at, lambda: self._try(event, endpoint, tries))

    async def _try(self, event: Object, endpoint: Object, tries: int) -> None:
        if self._meets(event, "lose"):
            status = 0
        else:
            times = 2 if self._meets(event, "twice") else 1
            status = min(await asyncio.gather(*(self._post(event, endpoint) for _ in range(times))))
        if 200 <= status < 300:
            return
        event["_failed"].add(endpoint["id"])
        if tries < len(PAUSES) and not endpoint.get("deleted"):
            self._later(event, endpoint, PAUSES[tries], tries + 1)

    async def _post(self, event: Object, endpoint: Object) -> int:
        body = as_bytes(shown(event))
        header = sign(body, self._secrets(endpoint), self._world.clock.seconds())
        status = await self._send(endpoint["url"], body, {"Stripe-Signature": header})
        self.deliveries.append(Delivery(event["id"], event["type"], status, self._world.clock.now().timestamp()))
        if 200 <= status < 300 and endpoint["id"] not in event.setdefault("_told", set()):
            event["_told"].add(endpoint["id"])
            event["_failed"].discard(endpoint["id"])
            event["pending_webhooks"] -= 1
        return status

    def _secrets(self, endpoint: Object) -> list[str]:
        now = self._world.clock.seconds()
        return [secret for secret, until in endpoint["_secrets"] if until is None or until > now]

    async def _send(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (stand-in)", **headers}
        try:
            async with self._client.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _meets(self, event: Object, deed: str) -> Mischief | None:
        for one in self._mischief:
            if one.deed == deed and fnmatchcase(event["type"], one.kind):
                one.times -= 1
                if one.times <= 0:
                    self._mischief.remove(one)
                return one
        return None


def as_bytes(event: Object) -> bytes:
    """An event as it is sent."""
    return json.dumps(event, indent=2).encode()


def sign(body: bytes, secrets: Sequence[str], at: int) -> str:
    """The header by which a receiver knows that it is from Stripe."""
    signed = f"{at}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks), f"v0={hashlib.sha256(body).hexdigest()}"])

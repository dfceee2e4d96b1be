"""The webhook: whatever is genuine is stored, and answered at once. Nothing is acted upon here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from core.bells import Bells
from core.ports import Clock
from payments.events import BELL
from payments.ports import Forged, Gateway
from payments.reports import Reports
from payments.stores import ProviderEvents

log = logging.getLogger(__name__)

PATH: Final = "/stripe/webhook"
LARGEST: Final = 256 * 1024  # bytes
SIGNATURE: Final = "Stripe-Signature"
LENGTH: Final = "Content-Length"
OK, BAD, TOO_LARGE = 200, 400, 413

Read = Callable[[], Awaitable[bytes]]


class Webhook:
    """Takes a request's body and headers, and gives the status to answer with."""

    def __init__(self, gateway: Gateway, events: ProviderEvents, clock: Clock, bells: Bells, reports: Reports) -> None:
        self._gateway = gateway
        self._events = events
        self._clock = clock
        self._bells = bells
        self._reports = reports

    async def __call__(self, read: Read, headers: Mapping[str, str]) -> int:
        """Take one request. What is too long, or not signed at all, is not even read."""
        length = headers.get(LENGTH, "")
        if length and not (length.isascii() and length.isdecimal() and len(length) < 10 and int(length) <= LARGEST):
            return TOO_LARGE
        signature = headers.get(SIGNATURE, "")
        if not signature:
            return BAD
        body = await read()
        if len(body) > LARGEST:
            return TOO_LARGE
        now = self._clock.now()
        try:
            event = self._gateway.verify(body, signature, now)
        except Forged as error:
            log.warning("a webhook was refused: %s", error)
            return BAD
        if event.live is not self._gateway.live:
            await self._reports.add("mode", "The webhook brings events of another mode than the key's (test or live).")
            return BAD
        if event.kind in self._gateway.kinds and event.subject:
            await self._events.add(self._gateway.rail, event.name, event.kind, event.subject, now)
            self._bells.ring(BELL)
        return OK

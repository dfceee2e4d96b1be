"""What goes wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

ROUTES: Final = {
    "checkout": "POST /v1/checkout/sessions",
    "session": "GET /v1/checkout/sessions/*",
    "customer": "POST /v1/customers",
    "portal": "POST /v1/billing_portal/sessions",
    "refund": "POST /v1/refunds",
    "subscription": "* /v1/subscriptions*",
    "events": "GET /v1/events",
    "everything": "*",
}


@dataclass
class Fault:
    """Something that happens to the next requests of a route. `kind`: fail, hang, delay, lose, storm or decline."""

    kind: str
    route: str
    times: int
    status: int = 0
    seconds: float = 0.0
    kept: bool = False


class Faults:
    """Orders faults. A route is a word of ROUTES or a pattern such as "POST /v1/prices*"."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def fail(self, route: str, times: int = 1, status: int = 500, kept: bool = False) -> None:
        """Answer with an error before anything was done. `kept`: and go on to, for the same idempotency key."""
        self._add(Fault("fail", route, times, status=status, kept=kept))

    def hang(self, route: str, times: int = 1) -> None:
        """Never answer."""
        self._add(Fault("hang", route, times))

    def delay(self, route: str, seconds: float, times: int = 1) -> None:
        """Take so long (real seconds)."""
        self._add(Fault("delay", route, times, seconds=seconds))

    def lose_answer(self, route: str, times: int = 1) -> None:
        """Do the work, and cut the connection instead of answering."""
        self._add(Fault("lose", route, times))

    def storm(self, route: str, times: int = 1) -> None:
        """Answer 429."""
        self._add(Fault("storm", route, times, status=429))

    def decline(self, route: str, times: int = 1) -> None:
        """Answer 402: the card was declined."""
        self._add(Fault("decline", route, times, status=402))

    def clear(self) -> None:
        """No more faults."""
        self._faults.clear()

    def due(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets; counts it."""
        for fault in self._faults:
            if fnmatchcase(f"{method} {path}", fault.route):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def _add(self, fault: Fault) -> None:
        fault.route = ROUTES.get(fault.route, fault.route)
        self._faults.append(fault)

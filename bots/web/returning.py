"""The pages that people come back to from paying. They say nothing that the books don't, and name nobody."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from bots.conversation.texts import Texts
from bots.web.layout import language, render
from core.money import PurchaseState

PAUSES: Final = (2, 3, 5, 5, 10, 10, 15, 20, 30, 30, 60)
"""Seconds after which a page looks again; then it says that it takes longer, and rests."""
NUMBER: Final = re.compile(r"[\w-]{8,80}", re.ASCII)
PAID, CANCELLED, EXPIRED = "/paid", "/cancelled", "/link-expired"
PATHS: Final = (PAID, CANCELLED, EXPIRED)
SIGNS: Final = {
    "paid": "✓",
    "checking": "…",
    "slow": "…",
    "failed": "!",
    "expired": "–",
    "cancelled": "–",
    "unknown": "·",
}

Look = Callable[[str], Awaitable[tuple[PurchaseState, str] | None]]
"""How far the payment of that number is, and on which platform it was asked for; None where there is none."""


async def nothing_sold(_: str) -> None:
    """A look where nothing is sold."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the pages stand on: how far a payment is, and by platform the address that leads back to its chat."""

    look: Look = nothing_sold
    homes: Mapping[str, Callable[[], str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is taken from an address: nothing that does not look as it should, and nothing of it is ever shown."""

    number: str
    platform: str
    locale: str
    times: int

    def again(self, times: int) -> str:
        """The same page once more."""
        return "?" + urlencode({**self.kept, "lang": self.locale, "again": str(times)})

    @property
    def kept(self) -> dict[str, str]:
        """What the links of the page keep."""
        parts = {"number": self.number, "platform": self.platform}
        return {name: value for name, value in parts.items() if value}


def visit(query: Mapping[str, str], accepted: str, platforms: Mapping[str, object]) -> Visit:
    """What somebody comes with."""
    number, platform, times = query.get("number", ""), query.get("platform", ""), query.get("again", "0")
    return Visit(
        number=number if NUMBER.fullmatch(number) else "",
        platform=platform if platform in platforms else "",
        locale=language(query.get("lang", "")[:20], accepted),
        times=min(int(times), len(PAUSES)) if re.fullmatch(r"\d{1,2}", times, re.ASCII) else 0,
    )


async def returned(counter: Counter, path: str, came: Visit) -> str:
    """The page for somebody who comes back."""
    state, asked_on = await counter.look(came.number) or (None, "") if came.number else (None, "")
    kind = _kind(path, state)
    texts, waits = Texts(came.locale), kind == "checking" and came.times < len(PAUSES)
    title, told = _words(texts, kind if waits or kind != "checking" else "slow")
    return render(
        "returned.html.jinja",
        came.locale,
        title,
        query=came.kept,
        footer="",
        kind=kind,
        sign=SIGNS[kind],
        told=told,
        homes=_homes(counter, texts, came.platform or asked_on),
        back=texts("page.back"),
        again=came.again(came.times + 1) if waits else "",
        pause=PAUSES[came.times] if waits else 0,
        look_again=came.again(came.times) if kind == "checking" else "",
        looking=texts("page.again"),
    )


def _kind(path: str, state: PurchaseState | None) -> str:
    """What is to be said there of a payment that is so far."""
    if state is PurchaseState.PAID:
        return "paid"
    if path == EXPIRED or state is PurchaseState.EXPIRED:
        return "expired"
    if state is PurchaseState.FAILED:
        return "failed"
    if state is None:
        return "unknown"
    return "checking" if path == PAID else "cancelled"


def _words(texts: Texts, kind: str) -> tuple[str, str]:
    """Title and text."""
    words = {
        "paid": ("page.paid.title", "page.paid"),
        "checking": ("page.checking.title", "page.checking"),
        "slow": ("page.checking.title", "page.slow"),
        "cancelled": ("page.cancelled.title", "page.cancelled"),
        "expired": ("page.expired.title", "page.expired"),
        "failed": ("page.failed.title", "page.failed"),
        "unknown": ("page.unknown.title", "page.unknown"),
    }
    title, told = words[kind]
    return texts(title), texts(told)


def _homes(counter: Counter, texts: Texts, platform: str) -> list[tuple[str, str]]:
    """What leads back to the chat, with its words: the platform's own if it is known, else each."""
    words = {"telegram": texts("page.back.telegram"), "discord": texts("page.back.discord")}
    shown = [platform] if platform in counter.homes else [name for name in counter.homes if not platform]
    homes = ((counter.homes[name](), words[name]) for name in shown)
    return [(home, told) for home, told in homes if home]

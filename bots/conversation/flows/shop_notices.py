"""What happened to somebody's money or credits, in words, with the one thing to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bots.conversation.events import Chatter
from bots.conversation.messages import Answer, Button
from bots.conversation.texts import Texts
from bots.conversation.turn import button
from core.records import JobEvent, Waiting

Fields = Mapping[str, Any]
Wording = Callable[[Texts, Chatter, Fields], str]


def _day(texts: Texts, chatter: Chatter, fields: Fields) -> str:
    return texts.day(dt.datetime.fromisoformat(fields["until"]), chatter.timezone) if fields.get("until") else ""


def _credits(texts: Texts, fields: Fields, name: str = "credits") -> str:
    return texts.credits(int(fields.get(name, 0)))


def _subscribed(texts: Texts, chatter: Chatter, fields: Fields) -> str:
    day = _day(texts, chatter, fields)
    told = texts("notice.subscribed", credits=_credits(texts, fields))
    return texts.joined([told, texts("plan.next", day=day) if day else ""])


def _renewed(texts: Texts, chatter: Chatter, fields: Fields) -> str:
    day = _day(texts, chatter, fields)
    told = texts("notice.renewed", credits=_credits(texts, fields))
    return texts.joined([told, texts("plan.next", day=day) if day else ""])


def _refunded(texts: Texts, _: Chatter, fields: Fields) -> str:
    amount, credits_ = texts.money(int(fields["amount"]), str(fields["currency"])), int(fields.get("credits", 0))
    taken = texts("notice.refunded.credits", credits=texts.credits(credits_)) if credits_ else ""
    return texts.joined([texts("notice.refunded", amount=amount), taken])


def _ends(texts: Texts, chatter: Chatter, fields: Fields) -> str:
    day = _day(texts, chatter, fields)
    return texts("notice.ends", day=day) if day else texts("notice.ends.soon")


def _simply(key: str) -> Wording:
    return lambda texts, _, fields: texts(key, credits=_credits(texts, fields))


WORDINGS: Final[Mapping[str, Wording]] = {
    "paid": _simply("notice.paid"),
    "subscribed": _subscribed,
    "renewed": _renewed,
    "refunded": _refunded,
    "disputed": _simply("notice.disputed"),
    "dispute-won": _simply("notice.dispute-won"),
    "payment-failed": _simply("notice.payment-failed"),
    "action-needed": _simply("notice.action-needed"),
    "past-due": _simply("notice.past-due"),
    "paused": _simply("notice.paused"),
    "resumed": _simply("notice.resumed"),
    "ends": _ends,
    "stays": _simply("notice.stays"),
    "ended": _simply("notice.ended"),
    "changed": _simply("notice.changed"),
    "link-expired": _simply("notice.link-expired"),
    "invited": _simply("notice.invited"),
    "goodwill": _simply("notice.goodwill"),
}
"""By the kind of what happened."""

NEXT: Final[Mapping[str, str]] = {
    "paid": "receipts",
    "subscribed": "billing",
    "renewed": "billing",
    "refunded": "receipts",
    "disputed": "paysupport",
    "payment-failed": "buy",
    "past-due": "billing",
    "paused": "billing",
    "ends": "billing",
    "ended": "subscribe",
    "changed": "balance",
    "link-expired": "buy",
    "invited": "balance",
    "goodwill": "balance",
}
"""The button that leads on."""


def worded(texts: Texts, chatter: Chatter, fields: Fields, going_on: Sequence[JobEvent]) -> Answer | None:
    """The message about it; None for what this version knows nothing of. `going_on` are orders that go on by it."""
    kind = str(fields.get("kind"))
    if kind not in WORDINGS:
        return None
    told = [WORDINGS[kind](texts, chatter, fields), _on_their_way(texts, going_on)]
    if kind == "paid" and not going_on:
        told.append(texts("notice.balance", credits=_credits(texts, fields, "balance")))
    return Answer(texts.joined(told), _buttons(texts, kind, fields), private=True)


def _buttons(texts: Texts, kind: str, fields: Fields) -> tuple[Button, ...]:
    if kind == "link-expired" and str(fields.get("product", "")).startswith("plan:"):
        return (button(texts, "subscribe"),)
    if kind == "action-needed" and fields.get("url"):
        return (Button("confirm", texts("button.confirm"), url=str(fields["url"])),)
    return (button(texts, NEXT[kind]),) if kind in NEXT else ()


def _on_their_way(texts: Texts, going_on: Sequence[JobEvent]) -> str:
    """That orders go on which had waited for credits, and the place of the only one."""
    if len(going_on) == 1 and isinstance(going_on[0], Waiting):
        return texts("notice.going-on.place", place=going_on[0].place)
    return texts.plural("notice.going-on", len(going_on)) if going_on else ""

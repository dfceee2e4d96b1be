"""Marks that nobody sees, by which the soak tells one message of the service from another with the same words.

What answers an update, and what is told of an order, bears its number in letters without width. So a message that comes
twice is found however much later it comes, and an update that is answered twice as well.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from bots.conversation.carrier import MessageCarrier
from bots.conversation.messages import Answer
from core.intake.reception import Reception
from core.records import NewParcel, Notice, Parcel
from storage.outbox import OutboxRows

DIGITS: Final = "\u200b\u200c\u200d\u2060"
EDGE: Final = "\u2063"
MARK: Final = re.compile(f"{EDGE}([{DIGITS}]+){EDGE}")
PARTS: Final = 16  # of one update; the last number is what is told on another platform
ELSEWHERE: Final = PARTS - 1
NOTICES: Final = tuple(Notice)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message is: the answer of that number to an update, or the notice of that number about an order."""

    number: int
    part: int
    of_order: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether it answers an update where that came from."""
        return not self.of_order and self.part != ELSEWHERE

    def __str__(self) -> str:
        value, signs = 2 * (PARTS * self.number + self.part) + self.of_order, ""
        while value or not signs:
            value, digit = divmod(value, len(DIGITS))
            signs += DIGITS[digit]
        return f"{EDGE}{signs}{EDGE}"


@cache
def _value(signs: str) -> Mark:
    value = sum(DIGITS.index(sign) * len(DIGITS) ** place for place, sign in enumerate(signs))
    number, part = divmod(value // 2, PARTS)
    return Mark(number, part, bool(value % 2))


def mark_in(text: str) -> Mark | None:
    """The mark that a text bears."""
    found = MARK.search(text)
    return _value(found[1]) if found else None


def unmarked(text: str) -> str:
    """The text as the service wrote it."""
    return MARK.sub("", text)


def mark_of(origin: str) -> Mark | None:
    """The mark for what came from there: "update:7:0", or "update:7:discord" for what is told elsewhere."""
    kind, _, rest = origin.partition(":")
    number, _, part = rest.partition(":")
    if kind != "update" or not number.isdecimal() or (part.isdecimal() and int(part) >= ELSEWHERE):
        return None
    return Mark(int(number), int(part) if part.isdecimal() else ELSEWHERE)


def time_everything() -> list[float]:
    """Seconds from when an update came until its first answer is handed to the platform; they are added as they come.

    Fetching a photo is in it, and waiting for the end of an album, and for what the same person is told before.
    """
    receive, worded = Reception.receive, MessageCarrier._answer
    came: dict[int, float] = {}
    took: list[float] = []

    async def receiving(self: Reception, *given: Any) -> tuple[int, bool]:
        begun = time.monotonic()
        number, new = await receive(self, *given)
        if new:
            came[number] = begun
        return number, new

    async def answering(self: MessageCarrier, chatter: Any, parcel: Parcel) -> Answer | None:
        answer = await worded(self, chatter, parcel)
        mark = mark_in(answer.text) if answer else None
        if mark and mark.is_answer and mark.number in came:
            took.append(time.monotonic() - came.pop(mark.number))
        return answer

    Reception.receive = receiving  # type: ignore[method-assign]
    MessageCarrier._answer = answering  # type: ignore[method-assign]
    return took


def mark_everything() -> None:
    """Let all that this process puts into its outbox, and all notices that it words, bear their marks."""
    add, worded = OutboxRows.add, MessageCarrier._notice

    async def marking(self: OutboxRows, tx: Any, parcel: NewParcel, now: Any) -> None:
        mark = mark_of(parcel.origin)
        if mark and parcel.notice is Notice.REPLY:
            answer = Answer.unpack(parcel.payload)
            parcel = replace(parcel, payload=replace(answer, text=f"{answer.text}{mark}").pack())
        await add(self, tx, parcel, now)

    async def marked(self: MessageCarrier, chatter: Any, parcel: Parcel) -> Answer | None:
        answer = await worded(self, chatter, parcel)
        if answer is None:
            return None
        mark = Mark(parcel.job_id or 0, NOTICES.index(parcel.notice), of_order=True)
        return replace(answer, text=f"{answer.text}{mark}")

    OutboxRows.add = marking  # type: ignore[method-assign]
    MessageCarrier._notice = marked  # type: ignore[method-assign]

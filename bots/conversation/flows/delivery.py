"""The finished figurine is shown: the picture, then the turntable with what can be done next."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bots.conversation import progress
from bots.conversation.events import Chatter
from bots.conversation.flows import orders
from bots.conversation.flows.telling import order_key
from bots.conversation.messages import Answer, Button, Enclosed
from bots.conversation.texts import Texts
from bots.conversation.turn import button
from core.model import FileKind
from core.records import Piece

AGAIN = "again"
NEXT = ("files", AGAIN, "other", "forget")
"""The buttons under a result."""
SHOWN = (FileKind.PICTURE, FileKind.TURNTABLE)
"""What is sent at once; all other kinds are the files to ask for."""


def picture(texts: Texts, piece: Piece) -> Answer:
    """The picture, in the place of the progress."""
    facts, name = piece.outcome.facts, piece.wanted.engraving
    height = texts.number(facts.size_mm[2] / 10)
    ready = "result.ready" if facts.watertight and facts.bodies == 1 else "result.check"
    here = texts("result.named", name=name) if name else texts("result.here")
    text = texts.joined([here, texts(ready, height=height)])
    return Answer(text, enclosed=enclosed(texts, piece, SHOWN[:1]), key=order_key(piece.job.id))


def turntable(texts: Texts, chatter: Chatter, piece: Piece, photo_until: dt.datetime | None, price: int) -> Answer:
    """The turntable, how long everything stays, and what can be done next. `price` is what another one costs."""
    order, kept = piece.job.id, piece.job.kept_until
    lines = [texts("result.back")]
    if photo_until:
        lines.append(texts("result.photo", moment=texts.moment(photo_until, chatter.timezone)))
    if kept:
        lines.append(texts("result.kept", day=texts.day(kept, chatter.timezone)))
    names = NEXT if photo_until else NEXT[:1]
    return Answer(
        texts.joined(lines),
        tuple(_again(texts, order, price) if name == AGAIN else button(texts, name, order) for name in names),
        enclosed(texts, piece, SHOWN[1:]),
        timings=progress.timings(texts, piece.outcome.seconds),
    )


def _again(texts: Texts, order: int, price: int) -> Button:
    plain = button(texts, AGAIN, order)
    return replace(plain, text=texts("button.again.price", price=texts.credits(price))) if price else plain


def reminder(texts: Texts, chatter: Chatter, piece: Piece) -> Answer:
    """A figurine is deleted soon. Its photo is gone by then, so it can be kept but not made again."""
    order, until = piece.job.id, piece.job.kept_until or piece.job.changed_at
    what = orders.called(texts, piece.job.style, piece.wanted.engraving)
    text = texts("reminder", what=what, day=texts.day(until, chatter.timezone))
    return Answer(text, (button(texts, "files", order), button(texts, "show", order)))


def enclosed(texts: Texts, piece: Piece, kinds: tuple[FileKind, ...]) -> tuple[Enclosed, ...]:
    """The figurine's files of these kinds, in this order."""
    there = {file.kind for file in piece.files}
    return tuple(Enclosed(piece.job.id, kind, texts.purpose(kind)) for kind in kinds if kind in there)

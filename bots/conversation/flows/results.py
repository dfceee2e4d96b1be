"""What can be done with a finished figurine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bots.conversation.flows import delivery, orders, questions
from bots.conversation.session import InHand, Made
from bots.conversation.turn import Turn
from core.errors import IllegalTransition
from core.model import FileKind


async def files(turn: Turn, order: int) -> None:
    """The files to print and to view."""
    made = _made(turn, order)
    if made is None:
        await turn.say(turn.texts("result.gone"))
        return
    rest = tuple(kind for kind in FileKind if kind not in delivery.SHOWN)
    await turn.say(turn.texts("result.files"), files=delivery.picked(turn, made.figurine, rest))


async def show(turn: Turn, order: int) -> None:
    """A result that could not be sent before.

    Raises:
        FigurineError: it still can't.
    """
    made = _made(turn, order)
    if made is None:
        await turn.say(turn.texts("result.gone"))
        return
    await delivery.show(turn, order, "", made)
    with suppress(IllegalTransition):  # It was delivered after all.
        await turn.services.orders.delivered(order)


async def again(turn: Turn, order: int) -> None:
    """The same photo and style once more, with another seed."""
    made = _made(turn, order)
    if made is None or made.request is None:
        await turn.say(turn.texts("result.gone" if made is None else "photo.gone"))
        return
    await orders.place(turn, replace(made.request, seed=made.request.seed + 1), made.until)


async def other_style(turn: Turn, order: int) -> None:
    """The same photo in another style."""
    made = _made(turn, order) if order else None
    if made and made.request:
        asked = made.request
        turn.session.hand = InHand(asked.photo, made.figurine.subject, made.until, asked.wish, asked.engraving)
    if turn.session.hand is None:
        await turn.say(turn.texts("photo.gone"))
    else:
        await questions.ask_style(turn)


async def forget(turn: Turn) -> None:
    """Let go of the photo now."""
    if turn.session.ordered:
        await turn.say(turn.texts("photo.in-use"))
        return
    turn.session.forget_photos()
    await turn.say(turn.texts("photo.forgotten"))


def _made(turn: Turn, order: int) -> Made | None:
    """The result of that order; the newest if no order is named."""
    made = turn.session.made
    return made.get(order or max(made, default=0))

"""The choice of a style, which places the order."""

from __future__ import annotations

import secrets

from bots.conversation.flows import orders, questions
from bots.conversation.turn import Turn
from core.generation.styles import styles
from core.model import FigurineRequest


async def listing(turn: Turn) -> None:
    """Every style in a line; with a photo in hand they can be chosen at once."""
    texts = turn.texts
    lines = [
        texts("styles.line", style=texts.label(s.label), summary=texts.label(s.summary)) for s in styles().values()
    ]
    text = "\n".join([texts("styles.title"), *lines])
    if turn.session.hand:
        await turn.say(text, *questions.style_buttons(turn))
    else:
        await turn.say(f"{text}\n\n{texts('styles.no-photo')}")


async def surprise(turn: Turn) -> None:
    """Any style."""
    await chosen(turn, secrets.choice(list(styles())))


async def chosen(turn: Turn, style: str) -> None:
    """Order the photo in hand in that style."""
    hand = turn.session.hand
    if hand is None:
        await turn.say(turn.texts("photo.none"))
        return
    request = FigurineRequest(
        photo=hand.photo,
        style=style,
        engraving=hand.engraving,
        box_title=turn.texts("figurine.box"),
        wish=hand.wish,
        height_mm=turn.services.figurines.height_mm,
    )
    await orders.place(turn, request, hand.until)

"""The choice of a style, which places the order."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bots.conversation.flows import orders, questions
from bots.conversation.session import InHand
from bots.conversation.turn import Turn
from core.generation.styles import styles
from core.records import Wanted


async def listing(turn: Turn) -> None:
    """Every style in a line; with a photo in hand they can be chosen at once."""
    texts = turn.texts
    lines = [
        texts("styles.line", style=texts.label(s.label), summary=texts.label(s.summary)) for s in styles().values()
    ]
    text = "\n".join([texts("styles.title"), *lines])
    if turn.session.hand and turn.session.hand.together is not None:
        turn.say(text, *questions.style_buttons(turn))
    else:
        turn.say(f"{text}\n\n{texts('styles.no-photo')}")


async def surprise(turn: Turn) -> None:
    """Any style."""
    await chosen(turn, secrets.choice(list(styles())))


async def chosen(turn: Turn, style: str) -> None:
    """Order the photos in hand in that style: one order of all, or one of each."""
    hand = turn.session.hand
    if hand is None:
        turn.say(turn.texts("photo.none"))
        return
    if turn.must_agree:
        questions.ask_consent(turn)
        return
    if hand.together is None:
        questions.ask_together(turn)
        return
    choice = f"{style}\n{hand.engraving}\n{hand.together}"
    if await _is_under_way(turn, hand.placed.get(choice, 0)):
        turn.say(turn.texts("order.twice"))
        return
    wanted = Wanted(
        style=style,
        engraving=hand.engraving,
        box_title=turn.texts("figurine.box"),
        wish=hand.wish,
        height_mm=turn.services.settings.figurines.height_mm,
    )
    for number, photos in enumerate(_groups(hand)):  # If one is refused, those before it count as placed.
        placed = await orders.place(turn, photos, wanted, number)
        turn.session.hand = replace(hand, placed={**hand.placed, choice: placed})


def _groups(hand: InHand) -> list[tuple[int, ...]]:
    """The photos of each order."""
    return [hand.photos] if hand.together else [(photo,) for photo in hand.photos]


async def _is_under_way(turn: Turn, order: int) -> bool:
    return any(job.id == order for job in await turn.services.orders.pending(turn.person.id))

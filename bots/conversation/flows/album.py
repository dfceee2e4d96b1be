"""Several photos at once: one figurine of each, or one with everybody on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bots.conversation.flows import info, questions
from bots.conversation.turn import Turn

TOGETHER_MOST: Final = 4  # On one base; more would be a metre wide or a thumb high.


async def begin(turn: Turn) -> None:
    """Ask which of the two it shall be. Too many for one base get one each."""
    hand = turn.session.hand
    if hand and len(hand.photos) <= TOGETHER_MOST:
        turn.session.hand = replace(hand, together=None)
        questions.ask_together(turn)
    elif hand:
        await questions.ask_style(turn, turn.texts.plural("album.each", len(hand.photos)), fresh=True)


async def joined(turn: Turn, was_one: bool) -> None:
    """Some came late: ask what is open, now of all of them. `was_one`: before that there was nothing to decide."""
    hand = turn.session.hand
    if hand and (was_one or hand.together is None or (hand.together and len(hand.photos) > TOGETHER_MOST)):
        turn.session.hand = replace(hand, together=False)
        await begin(turn)
    elif hand:
        await questions.ask_style(turn, turn.texts("album.joined"))


async def each(turn: Turn) -> None:
    """A figurine of each photo."""
    await _decided(turn, together=False)


async def together(turn: Turn) -> None:
    """One figurine of all."""
    if turn.session.hand and len(turn.session.hand.photos) > TOGETHER_MOST:
        await info.dead_button(turn)
        return
    await _decided(turn, together=True)


async def _decided(turn: Turn, together: bool) -> None:
    if turn.session.hand:
        turn.session.hand = replace(turn.session.hand, together=together)
    await questions.ask_style(turn, fresh=True)

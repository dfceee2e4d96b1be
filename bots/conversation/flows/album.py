"""Several photos at once: one figurine of each, or one with everybody on it."""

from __future__ import annotations

from dataclasses import replace

from bots.conversation.flows import questions
from bots.conversation.turn import Turn


def ask(turn: Turn) -> None:
    """Which of the two it shall be."""
    hand = turn.session.hand
    text = turn.texts.plural("album.question", len(hand.photos) if hand else 0)
    turn.say(text, turn.button("each"), turn.button("together"))


async def each(turn: Turn) -> None:
    """A figurine of each photo."""
    await _decided(turn, together=False)


async def together(turn: Turn) -> None:
    """One figurine of all."""
    await _decided(turn, together=True)


async def _decided(turn: Turn, together: bool) -> None:
    if turn.session.hand:
        turn.session.hand = replace(turn.session.hand, together=together)
    questions.ask_style(turn)

"""/figurine: typed without a photo."""

from __future__ import annotations

from dataclasses import replace

from bots.conversation.flows import questions, styles
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_WISH, one_line


async def command(turn: Turn, text: str) -> None:
    """Go on with the photo in hand, in the style or with the wish that was typed; without a photo, say how it goes."""
    hand = turn.session.hand
    if turn.must_agree:
        questions.ask_consent(turn)
        return
    if hand is None:
        turn.say(turn.texts("figurine.how"))
        return
    style = styles.named(turn.texts, text)
    if style:
        await styles.chosen(turn, style)
        return
    if text:
        turn.session.hand = replace(hand, wish=one_line(text, LONGEST_WISH))
    await questions.ask_style(turn, turn.texts("talk.photo"), fresh=True)

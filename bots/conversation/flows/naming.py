"""What is typed for a figurine: the name on its base, and the wish."""

from __future__ import annotations

from dataclasses import replace

from bots.conversation.flows import questions
from bots.conversation.session import Question
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_WISH, engraving, one_line
from core.errors import InvalidEngraving


async def ask(turn: Turn) -> None:
    """Ask for the name; the next line of text is the answer."""
    if turn.session.hand is None:
        turn.say(turn.texts("photo.none"))
        return
    turn.session.question = Question.NAME
    turn.say(turn.texts("name.question", limit=_most(turn)), turn.button("no-name"))


async def answered(turn: Turn, text: str) -> None:
    """Take the name, and go on with the style. If it can't be engraved, the question stays open."""
    try:
        name = engraving(text, _most(turn))
    except InvalidEngraving as error:
        turn.session.question = Question.NAME if turn.session.hand else None
        turn.say(turn.texts(error.code, **error.fields), turn.button("no-name"))
    else:
        await _take(turn, name)


async def none(turn: Turn) -> None:
    """No name after all."""
    await _take(turn, "")


async def ask_wish(turn: Turn) -> None:
    """Ask for the wish; the next line of text is the answer."""
    if turn.session.hand is None:
        turn.say(turn.texts("photo.none"))
        return
    turn.session.question = Question.WISH
    turn.say(turn.texts("wish.question", limit=LONGEST_WISH), turn.button("no-wish"))


async def wished(turn: Turn, text: str) -> None:
    """Take the wish, and go on with the style."""
    wish = one_line(text, LONGEST_WISH)
    turn.session.question = None
    if turn.session.hand:
        turn.session.hand = replace(turn.session.hand, wish=wish)
    await questions.ask_style(turn, turn.texts("photo.wish") if wish and turn.session.hand else "")


async def no_wish(turn: Turn) -> None:
    """No wish after all."""
    await wished(turn, "")


async def _take(turn: Turn, name: str) -> None:
    turn.session.question = None
    if turn.session.hand:
        turn.session.hand = replace(turn.session.hand, engraving=name)
    await questions.ask_style(turn)


def _most(turn: Turn) -> int:
    return turn.services.settings.figurines.engraving_max

"""The name on the base."""

from __future__ import annotations

from dataclasses import replace

from bots.conversation.flows import questions
from bots.conversation.session import Question
from bots.conversation.turn import Turn
from bots.conversation.typed import engraving
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
        turn.say(turn.texts(error.code, **error.fields), turn.button("no-name"))
    else:
        _take(turn, name)


async def none(turn: Turn) -> None:
    """No name after all."""
    _take(turn, "")


def _take(turn: Turn, name: str) -> None:
    turn.session.question = None
    if turn.session.hand:
        turn.session.hand = replace(turn.session.hand, engraving=name)
    questions.ask_style(turn)


def _most(turn: Turn) -> int:
    return turn.services.settings.figurines.engraving_max

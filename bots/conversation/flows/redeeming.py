"""/redeem: a code that is worth credits."""

from __future__ import annotations

from bots.conversation.flows import buying, orders, pricing
from bots.conversation.session import Question
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_CODE, one_line
from core.errors import CodeTries, CodeWrong


async def redeem(turn: Turn, text: str = "") -> None:
    """Take the code; without one, ask for it."""
    if not buying.may_buy(turn):
        return
    code = one_line(text, LONGEST_CODE)
    if not code:
        turn.session.question = Question.CODE
        turn.say(turn.texts("code.question"), turn.button("code"))
        return
    turn.session.question = None
    try:
        worth = await turn.services.shop.redeem(turn.person.id, code)
    except CodeWrong as error:
        turn.say(turn.texts(error.code), turn.button("code"))
    except CodeTries as error:
        turn.say(turn.texts(error.code))
    else:
        texts, have = turn.texts, await pricing.purse(turn)
        turn.say(texts("code.done", credits=texts.credits(worth), available=texts.credits(have.available)))
        await orders.go_on(turn)

"""Invitations: somebody brings somebody new, and both get credits with the new one's first figurine."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from bots.conversation.flows import buying, questions, ways
from bots.conversation.turn import Turn
from bots.conversation.typed import one_line

LONGEST_WORD: Final = 56  # characters; with what stands before it, as much as an address of Telegram's takes


async def invite(turn: Turn, text: str = "") -> None:
    """One's own word for inviting others; with another's word, come by it."""
    if not buying.may_buy(turn):
        return
    if text:
        await _come(turn, text)
        return
    texts, rules = turn.texts, turn.services.settings.shop
    word = await turn.services.shop.invitation(turn.person.id)
    if not word:
        turn.say(texts("invite.none"))
        return
    lines = [texts("invite", credits=texts.credits(rules.invitation_credits)), texts("invite.word", word=word)]
    address = turn.services.messenger.home(turn.chatter)
    if ways.has_ways(address):
        lines.append(texts("invite.address", address=ways.home(address, f"{ways.INVITATION}{quote(word)}")))
    lines.append(texts.plural("invite.limit", rules.invitations_per_month))
    turn.say("\n".join(lines))


async def came(turn: Turn, word: str) -> None:
    """Somebody opened an invitation. That is remembered once they have agreed to anything being kept."""
    turn.session.invitation = one_line(word, LONGEST_WORD)
    if turn.must_agree:
        questions.ask_consent(turn)
    else:
        turn.say(await accepted(turn) or turn.texts("start.again"))


async def accepted(turn: Turn) -> str:
    """Keep the invitation that somebody came by; what they get for it, or nothing."""
    word, turn.session.invitation = turn.session.invitation, ""
    if not word or not turn.services.shop.is_open or not await _is_new(turn):
        return ""
    if not await turn.services.shop.invited(turn.person.id, word):
        return ""
    return turn.texts("invite.came", credits=turn.texts.credits(turn.services.settings.shop.invitation_credits))


async def _come(turn: Turn, text: str) -> None:
    turn.session.invitation = one_line(text, LONGEST_WORD).removeprefix(ways.INVITATION)
    turn.say(await accepted(turn) or turn.texts("invite.not"))


async def _is_new(turn: Turn) -> bool:
    """Whether somebody has no figurine, and none under way, as far as that is still known."""
    services, person = turn.services, turn.person.id
    return not (await services.store.jobs.open(person) or await services.store.pieces.all_of(person))

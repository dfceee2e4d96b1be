"""Short answers: help, privacy, and what to say when someone says something else."""

from __future__ import annotations

from collections.abc import Sequence

from bots.conversation.flows import questions
from bots.conversation.turn import Turn
from bots.conversation.typed import one_line

LONGEST_COMMAND = 32  # characters that are repeated


async def helping(turn: Turn, commands: Sequence[str]) -> None:
    """What can be done, in a line each."""
    lines = [f"/{name}  {turn.texts(f'command.{name}')}" for name in commands]
    await turn.say("\n".join([turn.texts("help.title"), *lines]))


async def privacy(turn: Turn) -> None:
    """What is held about this person right now."""
    texts, session, rules = turn.texts, turn.session, turn.services.consent
    orders = await turn.services.orders.pending(turn.person.id)
    lines = [texts("privacy.title"), texts("privacy.you"), _agreed(turn)]
    lines.append(_photo(turn))
    lines.append(texts.plural("privacy.figurines", len(session.made)))
    lines.append(texts.plural("privacy.orders", len(orders)))
    lines.append(texts.plural("privacy.times", rules.photo_hours))
    await turn.say("\n".join(lines), *((turn.button("forget"),) if session.holds_photo else ()))


async def small_talk(turn: Turn) -> None:
    """Text that nothing asked for: what to do next."""
    if turn.must_agree:
        await questions.ask_consent(turn)
    elif turn.session.hand:
        await questions.ask_style(turn, turn.texts("talk.photo"))
    else:
        await turn.say(turn.texts("talk"))


async def unknown_command(turn: Turn, word: str, meant: str) -> None:
    """A command that there is not."""
    word = one_line(word, LONGEST_COMMAND)
    if meant:
        await turn.say(turn.texts("command.meant", command=word, meant=meant))
    else:
        await turn.say(turn.texts("command.unknown", command=word))


async def dead_button(turn: Turn) -> None:
    """A button that leads nowhere any more."""
    await turn.say(turn.texts("button.dead"))


def _agreed(turn: Turn) -> str:
    agreed = turn.person.consent
    if agreed is None:
        return turn.texts("privacy.not-agreed")
    moment = turn.texts.moment(agreed.given_at, turn.chatter.timezone)
    return turn.texts("privacy.agreed", version=agreed.policy_version, moment=moment)


def _photo(turn: Turn) -> str:
    if turn.session.hand:
        return turn.texts("privacy.photo", moment=turn.texts.moment(turn.session.hand.until, turn.chatter.timezone))
    return turn.texts("privacy.photo.some" if turn.session.holds_photo else "privacy.photo.none")

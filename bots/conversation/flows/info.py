"""Short answers: help, privacy, and what to say when someone says something else."""

from __future__ import annotations

from collections.abc import Sequence

from bots.conversation.flows import questions
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from bots.conversation.typed import one_line
from core.records import Preferences

LONGEST_COMMAND = 32  # characters that are repeated
EXPLAINED = ("styles", "queue", "cancel", "history", "settings", "buy", "balance", "privacy")
"""The commands that /help says more about."""


def is_operator(turn: Turn) -> bool:
    """Whether this person runs the service."""
    known = turn.services.settings.operators.model_dump().get(turn.chatter.platform, ())
    return turn.chatter.id in known


async def helping(turn: Turn, commands: Sequence[str]) -> None:
    """What can be done: what people need most in a line each, the rest by name."""
    mark = turn.texts.mark
    lines = [f"{mark}/{name}  {turn.texts(f'command.{name}')}" for name in commands if name in EXPLAINED]
    others = turn.texts.listed([f"{mark[1:]}/{name}" for name in commands if name not in EXPLAINED])
    turn.say("\n".join([turn.texts("help.title"), *lines, turn.texts("help.more", commands=others)]))


async def support(turn: Turn, _: str = "") -> None:
    """Who helps where the bot can't; if nobody is named, what it can do itself."""
    contact = turn.services.settings.support.contact
    turn.say(turn.texts("support.contact", contact=contact) if contact else turn.texts("support.nobody"))


async def privacy(turn: Turn, _: str = "") -> None:
    """What is held about this person right now."""
    texts, limits = turn.texts, turn.services.settings.retention
    photos = await turn.services.store.photos.held(turn.person.id)
    pieces = await turn.services.store.pieces.all_of(turn.person.id)
    orders = await turn.services.orders.pending(turn.person.id)
    last = max((photo.due_at for photo in photos if photo.due_at), default=None)
    platforms = await turn.services.store.people.platforms(turn.person.id)
    lines = [texts("privacy.title"), texts("privacy.you", platforms=platform_names(texts, platforms)), _agreed(turn)]
    if turn.preferences != Preferences():
        lines.append(texts("privacy.settings"))
    if last:
        moment = texts.moment(last, turn.chatter.timezone)
        lines.append(texts.plural("privacy.photos", len(photos), moment=moment))
    else:
        lines.append(texts("privacy.photo.some" if turn.session.early else "privacy.photo.none"))
    lines.append(texts.plural("privacy.figurines", len(pieces)))
    lines.append(texts.plural("privacy.orders", len(orders)))
    if turn.services.shop.is_open:
        lines.append(texts("privacy.money"))
    lines.append(texts("privacy.times", hours=limits.photo_hours, days=limits.results_days))
    turn.say("\n".join(lines), *((turn.button("forget"),) if photos or turn.session.early else ()))


async def small_talk(turn: Turn) -> None:
    """Text that nothing asked for: what to do next."""
    if turn.must_agree:
        questions.ask_consent(turn)
    elif turn.session.hand and not turn.session.hand.placed:
        await questions.ask_style(turn, turn.texts("talk.photo"))
    else:
        turn.say(turn.texts("talk"))


async def unknown_command(turn: Turn, word: str, meant: str) -> None:
    """A command that there is not."""
    word = one_line(word, LONGEST_COMMAND)
    if meant:
        turn.say(turn.texts("command.meant", command=word, meant=meant))
    else:
        turn.say(turn.texts("command.unknown", command=word))


async def dead_button(turn: Turn) -> None:
    """A button that leads nowhere any more."""
    turn.say(turn.texts("button.dead"))


def _agreed(turn: Turn) -> str:
    agreed = turn.person.consent
    if agreed is None:
        return turn.texts("privacy.not-agreed")
    moment = turn.texts.moment(agreed.given_at, turn.chatter.timezone)
    return turn.texts("privacy.agreed", version=agreed.policy_version, moment=moment)


def platform_names(texts: Texts, platforms: Sequence[str]) -> str:
    """Platforms as people read them."""
    return texts.listed([platform.capitalize() for platform in platforms])

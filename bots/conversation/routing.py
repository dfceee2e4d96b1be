"""Which flow answers which event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bots.conversation import catalogue
from bots.conversation.events import Event, Filled, PhotoLost, Pressed, Typed
from bots.conversation.flows import (
    album,
    balance,
    buying,
    consent,
    info,
    linking,
    naming,
    orders,
    photo,
    plans,
    redeeming,
    results,
    settings,
    styles,
    terms,
)
from bots.conversation.kept import KeptEvent, PhotoKept
from bots.conversation.services import Store
from bots.conversation.session import Question
from bots.conversation.turn import OWNER, Turn
from core.generation.styles import styles as all_styles

ButtonFlow = Callable[[Turn, int], Awaitable[None]]
ChoiceFlow = Callable[[Turn, str, int], Awaitable[None]]
TextFlow = Callable[[Turn, str], Awaitable[None]]
LONGEST_TEXT: Final = 4_000  # characters that are looked at
MARKS: Final = "\u200e\u200f"  # of the writing direction; they come along when a command is copied out of a text
LONGEST_NUMBER: Final = 18  # digits

BUTTONS: Final[Mapping[str, ButtonFlow]] = {
    "agree": lambda turn, _: consent.agree(turn, version=""),
    "details": lambda turn, _: consent.details(turn),
    "later": lambda turn, _: consent.later(turn),
    "young": lambda turn, _: consent.young(turn),
    "surprise": styles.surprise,
    "name": lambda turn, _: naming.ask(turn),
    "no-name": lambda turn, _: naming.none(turn),
    "wish": lambda turn, _: naming.ask_wish(turn),
    "no-wish": lambda turn, _: naming.no_wish(turn),
    "each": lambda turn, _: album.each(turn),
    "together": lambda turn, _: album.together(turn),
    "cancel": orders.cancel_one,
    "files": results.files,
    "show": results.show,
    "again": results.again,
    "other": results.other_style,
    "remove": results.remove,
    "forget": lambda turn, _: results.forget(turn),
    "settings": settings.back,
    "set-language": settings.ask_language,
    "set-style": settings.ask_style,
    "set-name": settings.ask_name,
    "set-no-name": settings.no_name,
    "set-size": settings.ask_size,
    "set-background": settings.ask_background,
    "share": settings.share,
    "unshare": settings.unshare,
    "remind": settings.remind,
    "unremind": settings.unremind,
    "set-reset": settings.reset,
    "buy": buying.again,
    "subscribe": plans.again,
    "billing": lambda turn, _: plans.billing(turn),
    "balance": lambda turn, _: balance.show(turn),
    "receipts": lambda turn, _: balance.receipts(turn),
    "paysupport": lambda turn, _: terms.payments(turn),
    "code": lambda turn, _: redeeming.redeem(turn),
}
"""What each button does. The number is what it belongs to, an order or a message, or 0. Styles have buttons too."""

CHOICES: Final[Mapping[str, ChoiceFlow]] = {
    "language": settings.language,
    "style": settings.style,
    "size": settings.size,
    "background": settings.background,
    "cancel-listed": lambda turn, order, listed: orders.cancel_one(turn, _number(order), listed),
    "pay": buying.pay,
    "link": lambda turn, code, _: linking.redeem(turn, code),
    "unlink": lambda turn, platform, _: linking.leave(turn, platform),
}
"""What each button does behind whose name stands what was chosen, and a number, 0 for none."""

QUESTIONS: Final[Mapping[Question, TextFlow]] = {
    Question.NAME: naming.answered,
    Question.WISH: naming.wished,
    Question.SET_NAME: settings.named,
    Question.CODE: redeeming.redeem,
}
"""What is done with the next line of text."""

ASIDES: Final = frozenset(
    {"help", "queue", "styles", "balance", "receipts", "support", "paysupport", "terms", "privacy", "history"}
)
"""Commands that somebody may look something up with who was asked something: the question stays open."""


async def hand_on(turn: Turn, event: KeptEvent) -> None:
    """Have the right flow answer. Raises what the flow raises."""
    hand = turn.session.hand
    is_new = isinstance(event, PhotoKept)
    if turn.place.shared and (not turn.preferences.shared or (hand and not hand.shared and not is_new)):
        turn.private = True  # What was sent in private is not spoken of where others read along.
    match event:
        case Typed(text):
            await _read(turn, text[:LONGEST_TEXT].strip())
        case PhotoKept():
            await photo.arrived(turn, event)
        case PhotoLost(error):
            raise error
        case Pressed(button) if await _is_theirs(turn, event):
            await _press(turn, button)
        case Filled(button, text) if await _is_theirs(turn, event):
            await _fill(turn, button, text[:LONGEST_TEXT].strip())


async def _read(turn: Turn, text: str) -> None:
    text = text.lstrip(MARKS)
    if text.startswith("/"):
        await _command(turn, text[1:])
    elif turn.session.question:
        await QUESTIONS[turn.session.question](turn, text)
    else:
        await info.small_talk(turn)


async def _command(turn: Turn, text: str) -> None:
    first, _, rest = text.partition(" ")
    word = first.strip().partition("@")[0]
    command = catalogue.find(word, info.is_operator(turn))
    if command is None:
        await info.unknown_command(turn, word, catalogue.nearest(word))
        return
    if command.name not in ASIDES:
        turn.session.question = None
    turn.private = turn.private or command.private
    await command.flow(turn, rest.strip())


async def _press(turn: Turn, pressed: str) -> None:
    name, rest = _named(pressed)
    turn.session.question = None
    if name == "agree":
        await consent.agree(turn, version=rest)
    elif name in BUTTONS:
        await BUTTONS[name](turn, _number(rest))
    elif name in CHOICES:
        chosen, _, number = rest.partition(":")
        await CHOICES[name](turn, chosen, _number(number))
    elif name in all_styles():
        await styles.chosen(turn, name, _number(rest))
    else:
        await info.dead_button(turn)


async def _fill(turn: Turn, filled: str, text: str) -> None:
    name, rest = _named(filled)
    if name == "name":
        await (naming.answered(turn, text) if text else naming.none(turn))
    elif name == "wish":
        await naming.wished(turn, text)
    elif name == "code":
        await redeeming.redeem(turn, text)
    elif name == "set-name":
        await (settings.named(turn, text, _number(rest)) if text else settings.no_name(turn, _number(rest)))
    else:
        await info.dead_button(turn)


async def _is_theirs(turn: Turn, event: Pressed | Filled) -> bool:
    """Whether a button is the person's own. One that says nothing of it stands where nobody else reads along."""
    if not await is_theirs(turn.services.store, turn.person.id, event):
        turn.say(turn.texts("button.other-person"), private=True)
        return False
    if turn.place.shared and not _owned(event.button)[1]:
        turn.private = True
    return True


async def is_theirs(store: Store, person_id: int, event: Event | KeptEvent) -> bool:
    """Whether an event is no press of a button that is another person's, be it as it was before accounts became one."""
    owner = _owned(event.button)[1] if isinstance(event, Pressed | Filled) else ""
    if not owner or owner == str(person_id):
        return True
    person = await store.people.known(_number(owner))
    return person is not None and person.id == person_id


def _named(pressed: str) -> tuple[str, str]:
    """A button's name, and what it belongs to."""
    name, _, rest = _owned(pressed)[0].partition(":")
    return name, rest


def _owned(pressed: str) -> tuple[str, str]:
    """A button's id as it was made, and the number of whom it is for, if it says so."""
    button, _, owner = pressed.rpartition(OWNER)
    return (button, owner) if button and owner.isdecimal() else (pressed, "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0

"""Which flow answers which event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bots.conversation import catalogue
from bots.conversation.events import PhotoLost, Pressed, Typed
from bots.conversation.flows import album, consent, info, naming, orders, photo, results, styles
from bots.conversation.kept import KeptEvent, PhotoKept
from bots.conversation.session import Question
from bots.conversation.turn import Turn
from core.generation.styles import styles as all_styles

ButtonFlow = Callable[[Turn, int], Awaitable[None]]
LONGEST_TEXT: Final = 4_000  # characters that are looked at

BUTTONS: Final[Mapping[str, ButtonFlow]] = {
    "agree": lambda turn, _: consent.agree(turn, version=""),
    "details": lambda turn, _: consent.details(turn),
    "later": lambda turn, _: consent.later(turn),
    "young": lambda turn, _: consent.young(turn),
    "surprise": lambda turn, _: styles.surprise(turn),
    "name": lambda turn, _: naming.ask(turn),
    "no-name": lambda turn, _: naming.none(turn),
    "each": lambda turn, _: album.each(turn),
    "together": lambda turn, _: album.together(turn),
    "cancel": orders.cancel_one,
    "files": results.files,
    "show": results.show,
    "again": results.again,
    "other": results.other_style,
    "remove": results.remove,
    "forget": lambda turn, _: results.forget(turn),
}
"""What each button does. The number is the order that the button belongs to, 0 for none. Styles have buttons too."""


async def hand_on(turn: Turn, event: KeptEvent) -> None:
    """Have the right flow answer. Raises what the flow raises."""
    match event:
        case Typed(text):
            await _read(turn, text[:LONGEST_TEXT].strip())
        case PhotoKept():
            await photo.arrived(turn, event)
        case PhotoLost(error):
            raise error
        case Pressed(button):
            await _press(turn, button)


async def _read(turn: Turn, text: str) -> None:
    if text.startswith("/"):
        await _command(turn, text[1:])
    elif turn.session.question is Question.NAME:
        await naming.answered(turn, text)
    else:
        await info.small_talk(turn)


async def _command(turn: Turn, text: str) -> None:
    word = (text.split() or [""])[0].partition("@")[0]
    command = catalogue.find(word)
    if command is None:
        await info.unknown_command(turn, word, catalogue.nearest(word))
        return
    turn.session.question = None
    await command.flow(turn)


async def _press(turn: Turn, button: str) -> None:
    name, _, order = button.partition(":")
    turn.session.question = None
    if name == "agree":
        await consent.agree(turn, version=order)
    elif name in BUTTONS:
        await BUTTONS[name](turn, int(order) if order.isdecimal() and len(order) < 19 else 0)
    elif name in all_styles():
        await styles.chosen(turn, name)
    else:
        await info.dead_button(turn)

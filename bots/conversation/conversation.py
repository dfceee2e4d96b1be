"""The conversation: every event of every platform comes in here, and is handed to the flow that answers it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, Self

from bots.conversation import catalogue
from bots.conversation.events import Chatter, Event, PhotoLost, PhotoSent, Pressed, Typed
from bots.conversation.flows import consent, info, naming, orders, photo, results, styles
from bots.conversation.services import Services
from bots.conversation.session import Question
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.errors import FigurineError
from core.generation.styles import styles as all_styles

log = logging.getLogger(__name__)

ButtonFlow = Callable[[Turn, int], Awaitable[None]]
LONGEST_TEXT: Final = 4_000  # characters that are looked at

BUTTONS: Final[Mapping[str, ButtonFlow]] = {
    "agree": lambda turn, _: consent.agree(turn),
    "details": lambda turn, _: consent.details(turn),
    "later": lambda turn, _: consent.later(turn),
    "surprise": lambda turn, _: styles.surprise(turn),
    "name": lambda turn, _: naming.ask(turn),
    "no-name": lambda turn, _: naming.none(turn),
    "cancel": orders.cancel_one,
    "files": results.files,
    "show": results.show,
    "again": results.again,
    "other": results.other_style,
    "forget": lambda turn, _: results.forget(turn),
}
"""What each button does. The number is the order that the button belongs to, 0 for none. Styles have buttons too."""


class Conversation:
    """One conversation with each of many people, over one platform. Use as `async with`.

    The events of one person must be handed in one after the other.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._services.followers.close()

    async def handle(self, chatter: Chatter, event: Event) -> None:
        """Answer one event. What goes on later, such as a figurine's progress, is told in the background.

        Raises:
            BrokenPipeError: the person has gone.
        """
        turn = await self._turn(chatter)
        with turn.session.in_use():
            await self._answer(turn, event)

    async def _answer(self, turn: Turn, event: Event) -> None:
        try:
            await _hand_on(turn, event)
        except FigurineError as error:
            await turn.apologise(error.code, error.fields)
        except BrokenPipeError:
            raise
        except Exception as error:  # one person's trouble is not everyone's; the text could hold personal data
            log.error("a %s failed with %s", type(event).__name__, type(error).__name__, exc_info=_debugging())
            await turn.apologise(FigurineError.code, {})

    async def settled(self, chatter: Chatter) -> None:
        """Wait until nothing of this person's is pending."""
        person = await self._services.people.find(chatter.platform, chatter.id)
        await self._services.followers.settled(person.id)

    async def _turn(self, chatter: Chatter) -> Turn:
        services = self._services
        person = await services.people.find(chatter.platform, chatter.id)
        session = services.sessions.of(person.id)
        session.forget_old(services.clock.now(), services.photo_life)
        return Turn(chatter, person, session, Texts(chatter.locale), services)


async def _hand_on(turn: Turn, event: Event) -> None:
    match event:
        case Typed(text):
            await _read(turn, text[:LONGEST_TEXT].strip())
        case PhotoSent():
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
    if name in BUTTONS:
        await BUTTONS[name](turn, int(order) if order.isdecimal() else 0)
    elif name in all_styles():
        await styles.chosen(turn, name)
    else:
        await info.dead_button(turn)


def _debugging() -> bool:
    return log.isEnabledFor(logging.DEBUG)

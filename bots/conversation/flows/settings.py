"""/settings: what a person has chosen once for all figurines, in one message that changes as they choose.

The buttons carry the number of the message that they stand under, so that it is the one that changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from babel import Locale

from bots.conversation.flows import styled
from bots.conversation.messages import Button
from bots.conversation.session import Question
from bots.conversation.texts import Texts, languages
from bots.conversation.turn import Turn
from bots.conversation.typed import engraving
from core.errors import InvalidEngraving
from core.generation.backdrops import BACKDROPS
from core.generation.styles import styles
from core.records import Preferences

SIZES: Final = (60, 80, 100, 150)
"""Heights in millimetres that are offered: for a keyring, a monitor, a desk and a shelf."""
AUTOMATIC: Final = "auto"


async def show(turn: Turn, _: str = "") -> None:
    """What is set, in a new message."""
    _tell(turn, turn.number)


async def back(turn: Turn, message: int) -> None:
    """What is set, in that message."""
    _tell(turn, message)


async def ask_language(turn: Turn, message: int) -> None:
    """Which language."""
    choices = [Button(f"language:{name}:{message}", _own_name(name), choice=True) for name in languages()]
    _ask(turn, message, "settings.language.question", choices)


async def language(turn: Turn, chosen: str, message: int) -> None:
    """Speak it from now on."""
    if chosen in languages():
        turn.prefer(language=chosen)
    _tell(turn, message)


async def ask_style(turn: Turn, message: int) -> None:
    """Which style is the favourite."""
    choices = [Button(f"style:{s.name}:{message}", turn.texts.label(s.label), choice=True) for s in styles().values()]
    none = Button(f"style:{AUTOMATIC}:{message}", turn.texts("settings.none"), choice=True)
    _ask(turn, message, "settings.style.question", [*choices, none])


async def style(turn: Turn, chosen: str, message: int) -> None:
    """Mark it from now on."""
    turn.prefer(style=chosen if chosen in styles() else "")
    _tell(turn, message)


async def ask_size(turn: Turn, message: int) -> None:
    """How tall."""
    choices = [Button(f"size:{size}:{message}", turn.texts("settings.mm", size=size), choice=True) for size in SIZES]
    _ask(turn, message, "settings.size.question", choices)


async def size(turn: Turn, chosen: str, message: int) -> None:
    """Make them so tall from now on."""
    if chosen in map(str, SIZES):
        turn.prefer(height_mm=float(chosen))
    _tell(turn, message)


async def ask_background(turn: Turn, message: int) -> None:
    """Which background."""
    choices = [
        Button(f"background:{name}:{message}", turn.texts(f"background.{name}"), choice=True)
        for name in (AUTOMATIC, *BACKDROPS)
    ]
    _ask(turn, message, "settings.background.question", choices)


async def background(turn: Turn, chosen: str, message: int) -> None:
    """Take it from now on."""
    turn.prefer(background=chosen if chosen in BACKDROPS else "")
    _tell(turn, message)


async def ask_name(turn: Turn, message: int) -> None:
    """Ask for the name; the next line of text is the answer."""
    turn.session.question = Question.SET_NAME
    limit = turn.services.settings.figurines.engraving_max
    turn.say(turn.texts("settings.name.question", limit=limit), turn.button("set-no-name", message))


async def named(turn: Turn, text: str, message: int = 0) -> None:
    """Engrave it from now on. If it can't be engraved, the question stays open."""
    try:
        name = engraving(text, turn.services.settings.figurines.engraving_max)
    except InvalidEngraving as error:
        turn.session.question = Question.SET_NAME
        turn.say(turn.texts(error.code, **error.fields), turn.button("set-no-name", message or turn.number))
        return
    turn.session.question = None
    turn.prefer(engraving=name)
    _tell(turn, message or turn.number)


async def no_name(turn: Turn, message: int) -> None:
    """Engrave none from now on."""
    turn.prefer(engraving="")
    _tell(turn, message)


async def share(turn: Turn, message: int) -> None:
    """Show results in groups."""
    turn.prefer(shared=True)
    _tell(turn, message)


async def unshare(turn: Turn, message: int) -> None:
    """Send results to the person alone."""
    turn.prefer(shared=False)
    _tell(turn, message)


async def remind(turn: Turn, message: int) -> None:
    """Tell before a figurine goes."""
    turn.prefer(reminders=True)
    _tell(turn, message)


async def unremind(turn: Turn, message: int) -> None:
    """Do not tell before a figurine goes."""
    turn.prefer(reminders=False)
    _tell(turn, message)


async def reset(turn: Turn, message: int) -> None:
    """As it was in the beginning, in the language that the platform tells."""
    here = await turn.services.store.people.contact(turn.person.id, turn.chatter.platform, chosen=False)
    turn.prefers = Preferences()
    turn.texts = Texts(here.locale if here else turn.chatter.locale)
    _tell(turn, message)


def _key(message: int) -> str:
    return f"settings:{message}"


def _tell(turn: Turn, message: int) -> None:
    texts, chosen = turn.texts, turn.preferences
    none = texts("settings.none")
    height = chosen.height_mm or turn.services.settings.figurines.height_mm
    style = styled.label(texts, chosen.style) if chosen.style else none
    lines = [
        texts("settings.title"),
        texts("settings.language", value=_language(texts, chosen.language)),
        texts("settings.style", value=style),
        texts("settings.name", value=chosen.engraving or none),
        texts("settings.size", value=texts("settings.mm", size=height)),
        texts("settings.background", value=texts(f"background.{_backdrop(chosen.background)}")),
        texts("settings.shared" if chosen.shared else "settings.unshared"),
        texts("settings.reminders" if chosen.reminders else "settings.no-reminders"),
    ]
    names = ["set-language", "set-style", "set-name", "set-size", "set-background"]
    names += ["unshare" if chosen.shared else "share", "unremind" if chosen.reminders else "remind", "set-reset"]
    turn.say("\n".join(lines), *[turn.button(name, message) for name in names], key=_key(message))


def _ask(turn: Turn, message: int, question: str, choices: Sequence[Button]) -> None:
    turn.say(turn.texts(question), *choices, turn.button("settings", message), key=_key(message))


def _language(texts: Texts, chosen: str) -> str:
    return _own_name(chosen) if chosen in languages() else texts("settings.automatic")


def _own_name(language: str) -> str:
    """A language's name in itself, as one writes it where it stands alone."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def _backdrop(chosen: str) -> str:
    return chosen if chosen in BACKDROPS else AUTOMATIC

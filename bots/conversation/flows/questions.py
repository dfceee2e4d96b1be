"""The questions that are asked at more than one place of the way."""

from __future__ import annotations

from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from core.generation.styles import styles


async def ask_consent(turn: Turn) -> None:
    """What happens to the photo, and whether that is all right."""
    rules = turn.services.consent
    text = turn.texts.plural("start.welcome", rules.photo_hours, age=rules.minimum_age)
    await turn.say(text, turn.button("agree"), turn.button("details"), turn.button("later"))


async def ask_style(turn: Turn, introduction: str = "") -> None:
    """Which style it shall be, for the photo in hand; without one, a photo is asked for."""
    hand, texts = turn.session.hand, turn.texts
    if hand is None:
        await turn.say(texts("photo.none"))
        return
    name = texts("styles.name", name=hand.engraving) if hand.engraving else texts("styles.no-name")
    question = " ".join(filter(None, [introduction, texts("styles.question")]))
    await turn.say(f"{question}\n{name}", *style_buttons(turn), turn.button("name"))


def style_buttons(turn: Turn) -> tuple[Button, ...]:
    """A button for every style, and one for any of them."""
    choices = [Button(style.name, turn.texts.label(style.label)) for style in styles().values()]
    return (*choices, turn.button("surprise"))


def style_label(turn: Turn, name: str) -> str:
    """A style's name as people read it, also for a style that there is no more."""
    declared = styles().get(name)
    return turn.texts.label(declared.label) if declared else name

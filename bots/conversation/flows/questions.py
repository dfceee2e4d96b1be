"""The questions that are asked at more than one place of the way."""

from __future__ import annotations

from bots.conversation.messages import Button
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.generation.styles import styles
from core.settings import ConsentSettings


def ask_consent(turn: Turn) -> None:
    """What happens to the photo, in five lines, and whether that is all right."""
    limits, rules = turn.services.settings.retention, turn.services.settings.consent
    key = "start.changed" if turn.person.consent else "start.welcome"
    text = turn.texts(
        "start.terms",
        greeting=turn.texts(key),
        hours=limits.photo_hours,
        days=limits.results_days,
        orders=limits.jobs_days,
        age=rules.minimum_age,
        version=rules.policy_version,
    )
    turn.say(text, *consent_buttons(turn))


def consent_buttons(turn: Turn) -> tuple[Button, ...]:
    """Agree, read on, not now, too young."""
    rules = turn.services.settings.consent
    agree = Button(f"agree:{terms_of(rules)}", turn.texts("button.agree"))
    young = Button("young", turn.texts("button.young", age=rules.minimum_age))
    return (agree, turn.button("details"), turn.button("later"), young)


def terms_of(rules: ConsentSettings) -> str:
    """What tells one set of terms from another: the policy's version and the age."""
    return f"{rules.policy_version}:{rules.minimum_age}"


def ask_style(turn: Turn, introduction: str = "") -> None:
    """Which style it shall be, for the photo in hand; without one, a photo is asked for."""
    hand, texts = turn.session.hand, turn.texts
    if hand is None:
        turn.say(texts("photo.none"))
        return
    if hand.together is None:
        ask_together(turn)
        return
    name = texts("styles.name", name=hand.engraving) if hand.engraving else texts("styles.no-name")
    question = " ".join(filter(None, [introduction, texts("styles.question")]))
    turn.say(f"{question}\n{name}", *style_buttons(turn), turn.button("name"))


def ask_together(turn: Turn) -> None:
    """Whether an album shall be one figurine of each photo, or one with everybody on it."""
    hand = turn.session.hand
    if hand:
        question = turn.texts.plural("album.question", len(hand.photos))
        wish = [turn.texts("photo.wish")] if hand.wish else []
        turn.say("\n".join([question, *wish]), turn.button("each"), turn.button("together"))


def style_buttons(turn: Turn) -> tuple[Button, ...]:
    """A button for every style, and one for any of them."""
    choices = [Button(style.name, turn.texts.label(style.label)) for style in styles().values()]
    return (*choices, turn.button("surprise"))


def style_label(texts: Texts, name: str) -> str:
    """A style's name as people read it, also for a style that there is no more."""
    declared = styles().get(name)
    return texts.label(declared.label) if declared else name

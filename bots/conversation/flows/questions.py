"""The questions that are asked at more than one place of the way."""

from __future__ import annotations

from bots.conversation.flows import pricing
from bots.conversation.messages import Button
from bots.conversation.session import InHand
from bots.conversation.turn import Turn
from core.generation.styles import styles
from core.model import SubjectKind
from core.settings import ConsentSettings

EXHIBITS = {SubjectKind.ANIMAL: "styles-animal", SubjectKind.THING: "styles-thing"}
PEOPLE = "styles-person"
"""The pictures of all styles, by what is in the photo."""


def ask_consent(turn: Turn, greeting: str = "") -> None:
    """What happens to the photo, in five lines, and whether that is all right. Nobody else reads it."""
    limits, rules = turn.services.settings.retention, turn.services.settings.consent
    if turn.session.early:  # It came before, perhaps in another place.
        greeting = greeting or turn.texts("photo.early")
    if turn.person.consent:
        greeting = "\n".join(filter(None, [greeting, turn.texts("start.changed")]))
    text = turn.texts(
        "start.terms",
        greeting=greeting or turn.texts("start.welcome"),
        hours=limits.photo_hours,
        days=limits.results_days,
        orders=limits.jobs_days,
        age=rules.minimum_age,
        version=rules.policy_version,
    )
    turn.say(text, *consent_buttons(turn), private=True)


def consent_buttons(turn: Turn) -> tuple[Button, ...]:
    """Agree, read on, not now, too young."""
    rules = turn.services.settings.consent
    agree = Button(f"agree:{terms_of(rules)}", turn.texts("button.agree"))
    young = Button("young", turn.texts("button.young", age=rules.minimum_age))
    return (agree, turn.button("details"), turn.button("later"), young)


def terms_of(rules: ConsentSettings) -> str:
    """What tells one set of terms from another: the policy's version and the age."""
    return f"{rules.policy_version}:{rules.minimum_age}"


async def ask_style(turn: Turn, introduction: str = "", fresh: bool = False) -> None:
    """Which style it shall be, for the photo in hand; without one, a photo is asked for.

    `fresh`: it is asked for the first time, so the styles are shown, and a wish is answered.
    """
    hand, texts = turn.session.hand, turn.texts
    if hand is None:
        turn.say(texts("photo.none"))
        return
    if hand.together is None:
        ask_together(turn)
        return
    question = texts.joined([introduction, texts("styles.question")])
    lines = [question, await _choices_so_far(turn, hand)]
    if fresh and hand.wish and not hand.placed:
        lines.append(texts("photo.wish"))
    buttons = (*style_buttons(turn), turn.button("name"), turn.button("wish"))
    turn.say("\n".join(lines), *buttons, exhibit=await exhibit(turn) if fresh else "")


def ask_together(turn: Turn) -> None:
    """Whether an album shall be one figurine of each photo, or one with everybody on it."""
    hand = turn.session.hand
    if hand:
        question = turn.texts.plural("album.question", len(hand.photos))
        turn.say(question, turn.button("each"), turn.button("together"))


async def exhibit(turn: Turn) -> str:
    """The picture of the styles that suits the photo in hand."""
    hand = turn.session.hand
    photo = await turn.services.store.photos.get(turn.person.id, hand.photos[0]) if hand else None
    return EXHIBITS.get(photo.subject.kind, PEOPLE) if photo else PEOPLE


def style_buttons(turn: Turn) -> tuple[Button, ...]:
    """A button for every style, and one for any of them.

    There is a star on the one that the person likes best, and its price on one that costs more or less than usual.
    """
    favourite, hand, texts = turn.preferences.style, turn.session.hand, turn.texts
    photo = f":{hand.photos[0]}" if hand else ""  # Under an older question, the buttons mean the older photo.
    labels = {style.name: texts.label(style.label) for style in styles().values()}
    for name, price in pricing.unusual(turn.services.shop).items():
        credits_ = texts.credits(price * (pricing.figurines(hand) if hand else 1))
        labels[name] = texts("styles.price", style=labels[name], price=credits_)
    if favourite in labels:
        labels[favourite] = texts("styles.mark", style=labels[favourite])
    choices = [Button(f"{name}{photo}", label, choice=True) for name, label in labels.items()]
    return (*choices, Button(f"surprise{photo}", texts("button.surprise"), choice=True))


async def _choices_so_far(turn: Turn, hand: InHand) -> str:
    """Name, wish and price on one line."""
    texts = turn.texts
    name = texts("styles.name", name=hand.engraving) if hand.engraving else texts("styles.no-name")
    wish = texts("styles.wish", wish=hand.wish) if hand.wish else texts("styles.no-wish")
    return " · ".join([name, wish, await pricing.told(turn, pricing.figurines(hand))])

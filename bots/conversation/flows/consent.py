"""First contact: what happens to a photo, and what a person agrees to before the first one is used."""

from __future__ import annotations

from bots.conversation.flows import photo, questions
from bots.conversation.turn import Turn
from core.intake.consent import agreement


async def start(turn: Turn) -> None:
    """Greet. Newcomers are asked, others are told what to do next."""
    if turn.must_agree:
        await questions.ask_consent(turn)
    else:
        await turn.say(turn.texts("start.again"))


async def details(turn: Turn) -> None:
    """What happens to the photo, at length."""
    rules = turn.services.consent
    text = turn.texts.plural("start.details", rules.photo_hours, age=rules.minimum_age, version=rules.policy_version)
    await turn.say(text, *((turn.button("agree"), turn.button("later")) if turn.must_agree else ()))


async def agree(turn: Turn) -> None:
    """Record the agreement; a photo that came before it goes on now."""
    services = turn.services
    if turn.must_agree:
        await services.people.agree(turn.person.id, agreement(services.consent.policy_version, services.clock.now()))
    early, turn.session.early = turn.session.early, None
    if early is None:
        await turn.say(turn.texts("start.agreed"))
    else:
        await turn.say(turn.texts("start.agreed.photo"))
        await photo.use(turn, *early)


async def later(turn: Turn) -> None:
    """Not now: nothing is kept."""
    turn.session.early = None
    await turn.say(turn.texts("start.later"))

"""First contact: what happens to a photo, and what a person agrees to before the first one is used."""

from __future__ import annotations

from dataclasses import replace

from bots.conversation.events import HOME, Chatter, Place
from bots.conversation.flows import inviting, linking, photo, pricing, questions, ways
from bots.conversation.kept import PhotoKept
from bots.conversation.services import Messenger
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn, tell_aside
from core.intake.consent import BARRED, agreement
from core.settings import ConsentSettings


async def start(turn: Turn, way: str = "") -> None:
    """Greet. Newcomers are asked, others are told what to do next. `way` is where they come from."""
    if way.startswith(ways.LINK):
        await linking.confirm(turn, way.removeprefix(ways.LINK))
    elif way.startswith(ways.INVITATION):
        await inviting.came(turn, way.removeprefix(ways.INVITATION))
    elif turn.must_agree:
        questions.ask_consent(turn)
    elif way.startswith(ways.FROM_SHOP):
        await _back_from_shop(turn)
    else:
        turn.say(turn.texts("start.again"))


async def _back_from_shop(turn: Turn) -> None:
    """Greet, and say what they have. That something is paid is told when it is known, which may be a little later."""
    texts, have = turn.texts, ""
    if turn.services.shop.is_open:
        turn.private = True
        have = texts("balance.have", credits=texts.credits((await pricing.purse(turn)).available))
    turn.say(texts.joined([texts("start.shop"), have]))


async def details(turn: Turn) -> None:
    """What happens to the photo, at length."""
    limits, rules = turn.services.settings.retention, turn.services.settings.consent
    text = turn.texts(
        "start.details",
        hours=limits.photo_hours,
        after=turn.texts.duration(limits.photo_minutes_after * 60),
        days=limits.results_days,
        orders=limits.jobs_days,
        age=rules.minimum_age,
        version=rules.policy_version,
    )
    turn.say(text, *(questions.consent_buttons(turn)[:1] if turn.must_agree else ()))


async def agree(turn: Turn, version: str) -> None:
    """Record the agreement; a photo that came before it goes on now.

    `version` is that of the words under which the button stood: an agreement to older ones is none to the present ones.
    """
    services, rules = turn.services, turn.services.settings.consent
    if turn.must_agree and version != questions.terms_of(rules):
        questions.ask_consent(turn)
        return
    if turn.must_agree:
        given = agreement(rules.policy_version, rules.minimum_age, services.clock.now())
        await services.store.people.agree(turn.person.id, given)
        turn.person = replace(turn.person, consent=given)
    begins, invited = await _begins_with(turn), await inviting.accepted(turn)
    early, turn.session.early = turn.session.early, None
    if early is None and turn.session.hand:
        await questions.ask_style(turn, turn.texts("talk.photo"), fresh=True)
    elif early is None:
        turn.say(turn.texts.joined([_agreed(turn, begins), invited]))
    elif early.platform not in ("", turn.chatter.platform):  # What another platform holds can't be fetched here.
        turn.spent.extend(photo.stored(early.uploads))
        turn.say(turn.texts.joined([_agreed(turn, begins), invited]))
    else:
        turn.say(turn.texts.joined([_agreed_photo(turn, begins), invited]))
        # It goes on where it was sent, unless they want to be told everything in private.
        turn.place, turn.private = early.place, early.place.shared and not turn.preferences.shared
        await photo.use(
            turn, PhotoKept(early.uploads, early.caption, early.style, early.engraving, early.album), early.came_at
        )


def _agreed(turn: Turn, begins: str) -> str:
    return turn.texts("start.agreed.shop", credits=begins) if begins else turn.texts("start.agreed")


def _agreed_photo(turn: Turn, begins: str) -> str:
    return turn.texts("start.agreed.photo.shop", credits=begins) if begins else turn.texts("start.agreed.photo")


async def _begins_with(turn: Turn) -> str:
    """What somebody begins with, in words; nothing where nothing is counted."""
    texts, shop = turn.texts, turn.services.shop
    if not shop.is_open:
        return ""
    given = await shop.welcome(turn.person.id, turn.chatter.contact)
    if not given:
        return texts("balance.have", credits=texts.credits((await shop.balance(turn.person.id)).available))
    if pricing.usual(shop) == 1 and not pricing.unusual(shop):
        return texts.plural("start.free.figurines", given)
    return texts("start.free.credits", credits=texts.credits(given))


async def later(turn: Turn) -> None:
    """Not now: nothing is kept."""
    if turn.session.early:
        turn.spent.extend(photo.stored(turn.session.early.uploads))
    turn.session.early = None
    turn.say(turn.texts("start.later" if turn.must_agree else "start.again"))


async def young(turn: Turn) -> None:
    """Too young: nothing is kept but a keyed hash, so that they are not asked again and again; then a kind word.

    The word comes last: a platform that does not answer must not keep anything from being deleted. What fails before
    that is made up for by the sweep.
    """
    services, person = turn.services, turn.person.id
    await services.store.people.bar(person, services.clock.now() + BARRED)
    for job in await services.orders.pending(person):
        await services.orders.cancel(person, job.id)
    await services.store.people.erase(person, services.clock.now())
    turn.erased = True
    await too_young(services.messenger, turn.chatter, services.settings.consent, turn.place)


async def too_young(messenger: Messenger, chatter: Chatter, rules: ConsentSettings, place: Place = HOME) -> None:
    """Tell somebody who is too young that this is not for them yet. Nothing is kept, so nothing waits in the outbox."""
    await tell_aside(messenger, chatter, Texts(chatter.locale)("start.young", age=rules.minimum_age), place)

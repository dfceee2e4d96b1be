"""One account on several platforms."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from bots.conversation.events import chatter_of
from bots.conversation.flows import info
from bots.conversation.messages import Answer, Button
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn, tell_aside
from core.errors import FigurineError, LinkUsed
from core.intake.linking import LIFE, digits_of, written
from core.records import Contact


async def link(turn: Turn, text: str) -> None:
    """With a code, ask whether the account that it was made for shall be linked; without one, make a code."""
    if text:
        if await _succeeds(turn, turn.services.linking.whose(turn.person.id, text)):
            await confirm(turn, text)
        return
    code = await turn.services.linking.code(turn.person.id)
    duration = turn.texts.duration(LIFE.total_seconds())
    lines = [turn.texts("link.code", code=written(code), duration=duration)]
    platforms = await turn.services.store.people.platforms(turn.person.id)
    if len(platforms) > 1:
        lines.append(turn.texts("link.already", platforms=info.platform_names(turn.texts, platforms)))
    turn.say("\n".join(lines))


async def confirm(turn: Turn, code: str) -> None:
    """Ask first: a code may come from somebody who wants to get at the account."""
    turn.say(turn.texts("link.confirm"), Button(f"link:{digits_of(code)}", turn.texts("button.link")))


async def redeem(turn: Turn, code: str) -> None:
    """Take in the account whose code this is. What the account is now is told on both sides."""
    if not await _succeeds(turn, turn.services.linking.redeem(turn.person.id, code), or_did=turn.repeated):
        return
    people, here = turn.services.store.people, turn.chatter.platform
    platforms = await people.platforms(turn.person.id)
    turn.say(turn.texts("link.done", platforms=info.platform_names(turn.texts, platforms)))
    for platform in platforms:
        contact = await people.contact(turn.person.id, platform) if platform != here else None
        if contact:
            text = Texts(contact.locale)("link.told", platform=here.capitalize())
            turn.told.append((platform, turn.person.id, Answer(text, private=True)))


async def _succeeds(turn: Turn, work: Coroutine[Any, Any, object], or_did: bool = False) -> bool:
    """Whether it does; what is wrong with a code is told. `or_did`: it may have, just before the service died."""
    try:
        await work
    except LinkUsed as error:
        if not or_did:
            platforms = await turn.services.store.people.platforms(turn.person.id)
            turn.say(turn.texts(error.code, platforms=info.platform_names(turn.texts, platforms)))
        return or_did
    except FigurineError as error:
        if not error.code.startswith("error.link"):
            raise
        turn.say(turn.texts(error.code))
        return False
    return True


async def unlink(turn: Turn, _: str = "") -> None:
    """Ask which platform shall leave the account."""
    platforms = await turn.services.store.people.platforms(turn.person.id)
    if len(platforms) < 2:
        turn.say(turn.texts("unlink.none"))
        return
    buttons = [Button(f"unlink:{platform}", platform.capitalize()) for platform in platforms]
    turn.say(turn.texts("unlink.question", platforms=info.platform_names(turn.texts, platforms)), *buttons)


async def leave(turn: Turn, platform: str) -> None:
    """A platform leaves the account. If it is this one, nothing that is said here later would arrive: it is told first.

    The word goes past the outbox, and what fails about it does not keep the accounts together.
    """
    here = platform == turn.chatter.platform
    contact = await turn.services.store.people.contact(turn.person.id, platform, chosen=False)
    if contact is None or not await turn.services.linking.unlink(turn.person.id, platform):
        gone = turn.repeated and bool(platform)  # Done just before the service died, and nobody was told.
        turn.say(turn.texts("unlink.done", platform=platform.capitalize()) if gone else turn.texts("unlink.none"))
        return
    if not here:
        turn.say(turn.texts("unlink.done", platform=platform.capitalize()))
        await _tell_who_left(turn, contact)
        return
    rest = await turn.services.store.people.platforms(turn.person.id)
    text = turn.texts("unlink.left", platforms=info.platform_names(turn.texts, rest))
    turn.left = True
    await tell_aside(turn.services.messenger, chatter_of(contact), text, turn.place)


async def _tell_who_left(turn: Turn, contact: Contact) -> None:
    """Tell the chat that was put out of the account what stayed where. Whoever is there is a newcomer from now on."""
    people = turn.services.store.people
    newcomer = await people.find(contact)
    rest = await people.platforms(turn.person.id)
    text = Texts(turn.preferences.language or contact.locale)(
        "unlink.told", platform=turn.chatter.platform.capitalize(), platforms=info.platform_names(turn.texts, rest)
    )
    turn.told.append((contact.platform, newcomer.id, Answer(text, private=True)))

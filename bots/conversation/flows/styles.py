"""The choice of a style, which places the order."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from bots.conversation.events import Place
from bots.conversation.flows import lacking, orders, pricing, questions, styled
from bots.conversation.session import InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.generation.backdrops import BACKDROPS
from core.generation.styles import Style, styles
from core.records import Job, JobStatus, Wanted


async def listing(turn: Turn, _: str = "") -> None:
    """Every style in a line, with a picture of all; with a photo in hand they can be chosen at once."""
    texts = turn.texts
    lines = [texts("styles.line", style=texts.label(s.label), summary=texts.label(s.summary)) for s in all_styles()]
    text = "\n".join([texts("styles.title"), *lines, await pricing.told(turn)])
    exhibit = await questions.exhibit(turn)
    if turn.session.hand and turn.session.hand.together is not None:
        turn.say(text, *questions.style_buttons(turn), exhibit=exhibit)
    else:
        turn.say(f"{text}\n\n{texts('styles.no-photo')}", exhibit=exhibit)


def all_styles() -> Sequence[Style]:
    """The styles in the menu's order."""
    return list(styles().values())


def named(texts: Texts, words: str) -> str | None:
    """The style that is called so, in the code or in the person's language."""
    wanted = words.strip().casefold()
    found = (s.name for s in all_styles() if wanted in (s.name, s.label.casefold(), texts.label(s.label).casefold()))
    return next(found, None)


async def surprise(turn: Turn, photo: int = 0) -> None:
    """Any style. For `photo` see chosen."""
    await chosen(turn, secrets.choice(list(styles())), photo)


async def chosen(turn: Turn, style: str, photo: int = 0) -> None:
    """Order the photos in hand in that style: one order of all, or one of each.

    `photo` is the one under whose question the style was chosen; 0 where none was asked.
    """
    if photo and not await _take_in_hand(turn, photo):
        turn.say(turn.texts("photo.gone"))
        return
    hand = turn.session.hand
    if hand is None:
        turn.say(turn.texts("photo.none"))
        return
    if turn.must_agree:
        questions.ask_consent(turn)
        return
    if hand.together is None:
        questions.ask_together(turn)
        return
    choice = f"{style}\n{hand.engraving}\n{hand.together}"
    known = await _under_way(turn, hand.placed.get(choice, 0))
    if known:
        if known.status is JobStatus.ACCEPTED:
            await lacking.offer(turn, [known.id])
        else:
            turn.say(turn.texts("order.twice"))
        return
    await _place(turn, hand, choice, _wanted(turn, style, hand))


async def _take_in_hand(turn: Turn, photo: int) -> bool:
    """Go back to an earlier photo, unless it is the one in hand; whether it is still held."""
    if turn.session.hand and turn.session.hand.photos[0] == photo:
        return True
    if await turn.services.store.photos.get(turn.person.id, photo) is None:
        return False
    turn.session.hand = InHand((photo,), engraving=turn.preferences.engraving, shared=turn.is_public)
    return True


async def _place(turn: Turn, hand: InHand, choice: str, wanted: Wanted) -> None:
    groups = [hand.photos] if hand.together else [(photo,) for photo in hand.photos]
    where = replace(turn.place, address=wanted.place)
    if len(groups) > 1 and wanted.place and turn.place.shared:
        where = await _thread(turn, wanted, len(groups))
    unpaid: list[int] = []
    for number, photos in enumerate(groups):  # If one is refused, those before it count as placed.
        placed = await orders.place(turn, photos, replace(wanted, place=where.address), number)
        turn.session.hand = replace(hand, placed={**hand.placed, choice: placed.order})
        unpaid += [] if placed.paid else [placed.order]
    await lacking.offer(turn, unpaid)


async def _thread(turn: Turn, wanted: Wanted, count: int) -> Place:
    """A place of its own for the orders of an album, where the platform has such a thing."""
    title = styled.label(turn.texts, wanted.style)
    address = await turn.services.messenger.thread(turn.chatter, turn.place.address, title)
    if address != turn.place.address:
        turn.say(turn.texts.plural("album.placed", count))
    return replace(turn.place, address=address)


def _wanted(turn: Turn, style: str, hand: InHand) -> Wanted:
    chosen = turn.preferences
    return Wanted(
        style=style,
        engraving=hand.engraving,
        box_title=turn.texts("figurine.box"),
        wish=hand.wish,
        height_mm=chosen.height_mm or turn.services.settings.figurines.height_mm,
        background=chosen.background if chosen.background in BACKDROPS else "",
        place=turn.result_place,
    )


async def _under_way(turn: Turn, order: int) -> Job | None:
    return next((job for job in await turn.services.orders.pending(turn.person.id) if job.id == order), None)

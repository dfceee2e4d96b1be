"""What can be done with a finished figurine."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bots.conversation.flows import delivery, lacking, orders, photo, questions
from bots.conversation.messages import Button
from bots.conversation.session import InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.model import FileKind
from core.records import Piece

LISTED = 10  # figurines that /history shows


async def files(turn: Turn, order: int) -> None:
    """The files to print and to view."""
    piece = await _piece(turn, order)
    if piece is None:
        turn.say(turn.texts("result.gone"))
        return
    rest = tuple(kind for kind in FileKind if kind not in delivery.SHOWN)
    turn.say(turn.texts("result.files"), enclosed=delivery.enclosed(turn.texts, piece, rest))


async def show(turn: Turn, order: int) -> None:
    """A figurine once more, or one that could not be sent before."""
    piece = await _piece(turn, order)
    if piece is None:
        turn.say(turn.texts("result.gone"))
    else:
        await _show(turn, piece)


async def history(turn: Turn, _: str = "") -> None:
    """The figurines that are still held. What never arrived is shown at once."""
    texts, pieces = turn.texts, await turn.services.store.pieces.all_of(turn.person.id)
    if not pieces:
        turn.say(texts("history.empty"))
        return
    lines, buttons = [texts("history.title")], []
    for number, piece in enumerate(pieces[:LISTED], start=1):
        lines.append(texts("history.line", number=number, what=described(texts, piece), day=_kept(turn, piece)))
        buttons.append(Button(f"show:{piece.job.id}", texts("button.show.one", number=number)))
        buttons.append(Button(f"remove:{piece.job.id}", texts("button.remove.one", number=number)))
    if len(pieces) > LISTED:
        lines.append(texts.plural("history.more", len(pieces) - LISTED))
    turn.say("\n".join(lines), *buttons)
    waiting = {job.id for job in await turn.services.store.jobs.open(turn.person.id)}
    for piece in pieces:
        if piece.job.id in waiting and not await turn.services.store.outbox.waiting(turn.person.id):
            await _show(turn, piece)


async def again(turn: Turn, order: int) -> None:
    """The same photo and style once more, with another seed."""
    piece = await _piece(turn, order)
    if piece is None:
        turn.say(turn.texts("result.gone"))
        return
    if turn.must_agree:
        questions.ask_consent(turn)
        return
    wanted = replace(piece.wanted, seed=piece.wanted.seed + 1, place=turn.result_place)
    placed = await orders.place(turn, piece.photos, wanted)
    await lacking.offer(turn, [] if placed.paid else [placed.order])


async def other_style(turn: Turn, order: int) -> None:
    """The same photo in another style."""
    store = turn.services.store
    photos, wanted = await store.jobs.asked(turn.person.id, order) if order else ((), None)
    held = [await store.photos.get(turn.person.id, number) for number in photos]
    if wanted and held and all(held):
        turn.session.hand = InHand(
            photos, wanted.wish, wanted.engraving, together=len(photos) > 1, shared=turn.is_public
        )
    if (wanted and not (held and all(held))) or turn.session.hand is None:
        turn.say(turn.texts("photo.gone"))
    else:
        await questions.ask_style(turn, fresh=True)


async def remove(turn: Turn, order: int) -> None:
    """Delete a figurine now."""
    gone = await turn.services.store.pieces.forget(turn.person.id, order)
    turn.say(turn.texts("result.removed" if gone else "result.gone"))


async def forget(turn: Turn) -> None:
    """Delete the photos now."""
    if await turn.services.orders.pending(turn.person.id):
        turn.say(turn.texts("photo.in-use"))
        return
    if turn.session.early:
        turn.spent.extend(photo.stored(turn.session.early.uploads))
    turn.session.early = turn.session.hand = turn.session.question = None
    await turn.services.store.photos.forget(turn.person.id)
    turn.say(turn.texts("photo.forgotten"))


async def _show(turn: Turn, piece: Piece) -> None:
    store = turn.services.store
    held = [await store.photos.get(turn.person.id, number) for number in piece.photos]
    until = max((photo.due_at for photo in held if photo and photo.due_at), default=None)
    picture = replace(delivery.picture(turn.texts, piece), key="")
    turntable = delivery.turntable(turn.texts, turn.chatter, piece, until, turn.services.shop.price(piece.job.style))
    for answer in (picture, replace(turntable, buttons=(*turntable.buttons, turn.button("remove", piece.job.id)))):
        turn.say(answer.text, *answer.buttons, enclosed=answer.enclosed, timings=answer.timings)


async def _piece(turn: Turn, order: int) -> Piece | None:
    """The figurine of that order; the newest if no order is named."""
    pieces = turn.services.store.pieces
    if order:
        return await pieces.get(turn.person.id, order)
    return next(iter(await pieces.all_of(turn.person.id)), None)


def described(texts: Texts, piece: Piece) -> str:
    """What a figurine is called: its style, and the name on its base."""
    return orders.called(texts, piece.job.style, piece.wanted.engraving)


def _kept(turn: Turn, piece: Piece) -> str:
    """Until when, in words: today, tomorrow, or a day."""
    zone, until = turn.chatter.timezone, piece.job.kept_until or piece.job.changed_at
    left = until.astimezone(zone or dt.UTC).date() - turn.services.clock.now().astimezone(zone or dt.UTC).date()
    words = {0: "day.today", 1: "day.tomorrow"}.get(left.days)
    return turn.texts(words) if words else turn.texts.day(until, zone)

"""A photo arrives, or several."""

from __future__ import annotations

import datetime as dt

from bots.conversation.flows import album, questions
from bots.conversation.kept import PhotoKept
from bots.conversation.session import Early, InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_WISH, one_line
from core.errors import PhotoError
from core.model import Subject
from core.records import HeldPhoto


async def arrived(turn: Turn, sent: PhotoKept) -> None:
    """Use the photo, or keep it until the person has agreed."""
    turn.session.question = None
    if turn.must_agree:
        if turn.session.early:
            turn.spent.extend(turn.session.early.uploads)
        turn.session.early = Early(sent.uploads, one_line(sent.caption, LONGEST_WISH), turn.came_at)
        turn.say(turn.texts("photo.early"))
        questions.ask_consent(turn)
    else:
        await use(turn, sent, turn.came_at)


async def use(turn: Turn, sent: PhotoKept, came_at: dt.datetime) -> None:
    """Look at the photos and ask for the style. `came_at` starts the time after which they are deleted.

    Raises:
        PhotoError, EngineFailed, Gone: the photo of before stays in hand.
    """
    turn.spent.extend(sent.uploads)
    held = await _accepted(turn, sent.uploads, came_at)
    wish = one_line(sent.caption, LONGEST_WISH)
    turn.session.hand = InHand(tuple(photo.id for photo in held), wish)
    if len(held) > 1:
        album.begin(turn)
    else:
        questions.ask_style(turn, _recognised(turn.texts, held[0].subject, wish))


async def _accepted(turn: Turn, uploads: tuple[str, ...], came_at: dt.datetime) -> list[HeldPhoto]:
    """Those photos that can be used. What is wrong with the others is told.

    Raises:
        PhotoError: none can be used.
    """
    services = turn.services
    most = services.settings.photos.album_max
    if len(uploads) > most:
        turn.say(turn.texts("album.many", limit=most))
    held: list[HeldPhoto] = []
    refused: list[PhotoError] = []
    for upload in uploads[:most]:
        await services.messenger.typing(turn.chatter)
        data = await services.store.uploads.load(turn.person.id, upload)
        try:
            held.append(await services.intake.accept(turn.person.id, data, came_at))
        except PhotoError as error:
            refused.append(error)
    if not held:
        raise refused[0]
    for reason in refused:
        turn.say(turn.texts("album.refused", reason=turn.texts(reason.code, **reason.fields)))
    return held


def _recognised(texts: Texts, subject: Subject, wish: str) -> str:
    """What was seen in the photo, and what becomes of its caption."""
    key = f"subject.{subject.kind}"
    if not subject.whole and texts.has(f"{key}.cut"):
        key = f"{key}.cut"
    seen = texts("photo.seen", subject=texts.plural(key, max(subject.count, 1)))
    return f"{seen}\n{texts('photo.wish')}" if wish else seen

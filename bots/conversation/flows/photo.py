"""A photo arrives, or several."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bots.conversation.events import FileRef
from bots.conversation.flows import album, questions, styles
from bots.conversation.kept import PhotoKept
from bots.conversation.session import Early, InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_WISH, engraving, one_line
from core.errors import InvalidEngraving, PhotoError, PhotoGone, UnknownStyle
from core.model import Subject
from core.records import HeldPhoto

MEGA = 1_000_000


async def arrived(turn: Turn, sent: PhotoKept) -> None:
    """Use the photo, or keep it until the person has agreed. Before that nothing is fetched."""
    if not _is_late(turn, sent):  # Else a name that is being typed is still one.
        turn.session.question = None
    if not turn.must_agree:
        await use(turn, sent, turn.came_at)
        return
    early, uploads, caption = turn.session.early, sent.uploads, sent.caption
    if early and sent.album and early.album == sent.album:  # A part of the album that comes late.
        uploads, caption = (*early.uploads, *uploads), early.caption or caption
    elif early:
        turn.spent.extend(stored(early.uploads))
    wish, where = one_line(caption, LONGEST_WISH), (replace(turn.place, waits=False), turn.chatter.platform)
    turn.session.early = Early(uploads, wish, turn.came_at, sent.style, sent.engraving, *where, sent.album)
    questions.ask_consent(turn, turn.texts("photo.early"))


async def use(turn: Turn, sent: PhotoKept, came_at: dt.datetime) -> None:
    """Look at the photos and ask for the style, or make them at once in the style that was named.

    `came_at` starts the time after which they are deleted.

    Raises:
        PhotoError, PhotoGone, EngineFailed, Gone: the photo of before stays in hand.
        TryLater: the platform asks to wait; what was accepted so far is deleted in its time.
    """
    turn.spent.extend(stored(sent.uploads))
    before, late = turn.session.hand, _is_late(turn, sent)
    if before and late and not before.placed:
        await _join(turn, before, sent, came_at)
        return
    held = await _accepted(turn, sent.uploads, came_at)
    wish = one_line(sent.caption, LONGEST_WISH)
    name, unfit = _name(turn, sent.engraving)
    photos = tuple(photo.id for photo in held)
    turn.session.hand = InHand(photos, wish, name, shared=turn.is_public, album=sent.album)
    if late:
        turn.say(turn.texts("album.late"))
    style = styles.named(turn.texts, sent.style)
    if sent.style and style is None:
        known = turn.texts.listed([turn.texts.label(each.label) for each in styles.all_styles()])
        turn.say(turn.texts(UnknownStyle.code, style=one_line(sent.style, 40), known=known))
    if style and not unfit:
        await styles.chosen(turn, style)
    elif len(held) > 1:
        await album.begin(turn)
    else:
        await questions.ask_style(turn, _recognised(turn.texts, held[0].subject), fresh=True)


def _is_late(turn: Turn, sent: PhotoKept) -> bool:
    """Whether it belongs to the album in hand, whose other photos have come before."""
    return bool(turn.session.hand and sent.album and turn.session.hand.album == sent.album)


async def _join(turn: Turn, hand: InHand, sent: PhotoKept, came_at: dt.datetime) -> None:
    """What comes late of the album in hand joins it, and the last question is asked anew. Raises what `use` does."""
    most = turn.services.settings.photos.album_max
    room = max(most - len(hand.photos), 0)
    if len(sent.uploads) > room:
        turn.say(turn.texts("album.many", limit=most))
    if not room:
        return
    held = await _accepted(turn, sent.uploads[:room], came_at)
    wish = hand.wish or one_line(sent.caption, LONGEST_WISH)
    photos = (*hand.photos, *(photo.id for photo in held))
    turn.session.hand = replace(hand, photos=photos, wish=wish)
    await album.joined(turn, was_one=len(hand.photos) == 1)


def stored(uploads: tuple[str | FileRef, ...]) -> list[str]:
    """Those files that are in the store."""
    return [upload for upload in uploads if isinstance(upload, str)]


def _name(turn: Turn, wanted: str) -> tuple[str, bool]:
    """The name for the base, and whether the one that was wanted can't be engraved, which is told."""
    most = turn.services.settings.figurines.engraving_max
    if not wanted.strip():
        return turn.preferences.engraving, False
    try:
        return engraving(wanted, most), False
    except InvalidEngraving as error:
        turn.say(turn.texts(error.code, **error.fields))
        return "", True


async def _accepted(turn: Turn, uploads: tuple[str | FileRef, ...], came_at: dt.datetime) -> list[HeldPhoto]:
    """Those photos that can be used. What is wrong with the others is told.

    Raises:
        PhotoError, PhotoGone: none can be used.
    """
    services = turn.services
    most = services.settings.photos.album_max
    if len(uploads) > most:
        turn.say(turn.texts("album.many", limit=most))
    held: list[HeldPhoto] = []
    refused: list[PhotoError | PhotoGone] = []
    for upload in uploads[:most]:
        await services.messenger.typing(turn.chatter, turn.place.address)
        try:
            async with services.files:
                held.append(await services.intake.accept(turn.person.id, await _loaded(turn, upload), came_at))
        except (PhotoError, PhotoGone) as error:
            refused.append(error)
    if not held:
        raise refused[0]
    for reason in refused:
        turn.say(turn.texts("album.refused", reason=turn.texts(reason.code, **reason.fields)))
    return held


async def _loaded(turn: Turn, upload: str | FileRef) -> bytes:
    """The file's bytes, from the store or from the platform. Raises what Uploads.load and Messenger.fetch do."""
    services = turn.services
    if isinstance(upload, str):
        return await services.store.uploads.load(turn.person.id, upload)
    return await services.messenger.fetch(upload, services.settings.photos.max_mb * MEGA)


def _recognised(texts: Texts, subject: Subject) -> str:
    """What was seen in the photo."""
    key = f"subject.{subject.kind}"
    if not subject.whole and texts.has(f"{key}.cut"):
        key = f"{key}.cut"
    return texts("photo.seen", subject=texts.plural(key, max(subject.count, 1)))

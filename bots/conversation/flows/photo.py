"""A photo arrives."""

from __future__ import annotations

import datetime as dt

from bots.conversation.events import PhotoSent
from bots.conversation.flows import questions
from bots.conversation.session import InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_WISH, one_line


async def arrived(turn: Turn, sent: PhotoSent) -> None:
    """Use the photo, or keep it until the person has agreed."""
    now = turn.services.clock.now()
    turn.session.question = None
    if turn.must_agree:
        turn.session.early = (sent, now)
        await turn.say(turn.texts("photo.early"))
        await questions.ask_consent(turn)
    else:
        await use(turn, sent, now)


async def use(turn: Turn, sent: PhotoSent, came_at: dt.datetime) -> None:
    """Look at the photo and ask for the style. `came_at` starts the time after which it is let go.

    Raises:
        PhotoError, EngineFailed: the photo of before stays in hand.
    """
    services = turn.services
    await services.messenger.typing(turn.chatter)
    photo = await services.engine.decode(sent.data)
    subject = await services.engine.look(photo)
    wish = one_line(sent.caption, LONGEST_WISH)
    turn.session.hand = InHand(photo, subject, came_at + services.photo_life, wish)
    await questions.ask_style(turn, _recognised(turn.texts, turn.session.hand))


def _recognised(texts: Texts, hand: InHand) -> str:
    """What was seen in the photo, and what becomes of its caption."""
    subject = hand.subject
    key = f"subject.{subject.kind}"
    if not subject.whole and texts.has(f"{key}.cut"):
        key = f"{key}.cut"
    seen = texts("photo.seen", subject=texts.plural(key, max(subject.count, 1)))
    return f"{seen}\n{texts('photo.wish')}" if hand.wish else seen

"""The finished figurine is shown."""

from __future__ import annotations

from typing import Final

from bots.conversation import progress
from bots.conversation.messages import Attachment, file_name
from bots.conversation.session import Made
from bots.conversation.turn import Turn
from core.model import Figurine, FileKind

SHOWN: Final = (FileKind.PICTURE, FileKind.TURNTABLE)
"""What is sent at once; all other kinds are the files to ask for."""


async def deliver(turn: Turn, job_id: int, key: str, figurine: Figurine) -> None:
    """Keep the result, show it in the place of the progress, and record that it was received.

    Raises:
        FigurineError: the platform could not take it; it can be shown later.
    """
    ordered = turn.session.ordered[job_id]
    made = Made(figurine, ordered.request, ordered.until)
    turn.session.keep(job_id, made)
    await show(turn, job_id, key, made)
    await turn.services.orders.delivered(job_id)


async def show(turn: Turn, job_id: int, key: str, made: Made) -> None:
    """The picture, then the turntable with what can be done next.

    Raises:
        FigurineError: the platform could not take it.
    """
    figurine = made.figurine
    timings = progress.timings(turn.texts, figurine.seconds)
    name = made.request.engraving if made.request else ""
    await turn.say(_announcement(turn, figurine, name), files=picked(turn, figurine, SHOWN[:1]), key=key)
    buttons = [turn.button(name, job_id) for name in ("files", "again", "other", "forget")]
    text = turn.texts("result.back", moment=turn.texts.moment(made.until, turn.chatter.timezone))
    await turn.say(text, *buttons, files=picked(turn, figurine, SHOWN[1:]), timings=timings)


def _announcement(turn: Turn, figurine: Figurine, name: str) -> str:
    texts, facts = turn.texts, figurine.facts
    height = texts.number(facts.size_mm[2] / 10)
    ready = "result.ready" if facts.watertight and facts.bodies == 1 else "result.check"
    here = texts("result.named", name=name) if name else texts("result.here")
    return f"{here} {texts(ready, height=height)}"


def picked(turn: Turn, figurine: Figurine, kinds: tuple[FileKind, ...]) -> tuple[Attachment, ...]:
    """The figurine's files of these kinds, in this order."""
    return tuple(
        Attachment(file.kind, file_name(f"figurine-{figurine.style}", file), file.data, turn.texts.purpose(file.kind))
        for kind in kinds
        for file in figurine.files
        if file.kind is kind
    )

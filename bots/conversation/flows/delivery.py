"""The finished figurine is shown."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from bots.conversation import progress
from bots.conversation.messages import Attachment
from bots.conversation.session import Made
from bots.conversation.turn import Turn
from core.model import Figurine, FileKind

SHOWN: Final = (FileKind.PICTURE, FileKind.TURNTABLE)
"""What is sent at once; all other kinds are the files to ask for."""


async def deliver(turn: Turn, job_id: int, key: str, figurine: Figurine) -> None:
    """Show the picture in the place of the progress, then the turntable with what can be done next.

    Raises:
        FigurineError: the platform could not take it; the files can still be asked for.
    """
    session, services = turn.session, turn.services
    ordered = session.ordered[job_id]
    session.keep(job_id, Made(figurine, ordered.request, ordered.until))
    timings = {progress.stage(turn.texts, stage): seconds for stage, seconds in figurine.seconds.items()}
    await turn.say(_announcement(turn, figurine, ordered.request.engraving), files=picked(turn, figurine, SHOWN[:1]), key=key)
    buttons = [turn.button(name, job_id) for name in ("files", "again", "other", "forget")]
    text = turn.texts("result.back", moment=turn.texts.moment(ordered.until, turn.chatter.timezone))
    await turn.say(text, *buttons, files=picked(turn, figurine, SHOWN[1:]), timings=timings)
    await services.orders.delivered(job_id)


def _announcement(turn: Turn, figurine: Figurine, name: str) -> str:
    texts, facts = turn.texts, figurine.facts
    height = texts.number(facts.size_mm[2] / 10)
    ready = "result.ready" if facts.watertight and facts.bodies == 1 else "result.check"
    here = texts("result.named", name=name) if name else texts("result.here")
    return f"{here} {texts(ready, height=height)}"


def picked(turn: Turn, figurine: Figurine, kinds: tuple[FileKind, ...]) -> tuple[Attachment, ...]:
    """The figurine's files of these kinds, in this order."""
    return tuple(
        Attachment(file.kind, _name(figurine.style, file.kind, file.name), file.data, turn.texts.purpose(file.kind))
        for kind in kinds
        for file in figurine.files
        if file.kind is kind
    )


def _name(style: str, kind: FileKind, name: str) -> str:
    """A file name that tells the style, and the kind where the ending does not."""
    ending = PurePath(name).suffix.lower()
    tells = kind in (FileKind.PICTURE, FileKind.GLB, FileKind.STL, FileKind.THREEMF)
    return f"figurine-{style}{ending}" if tells else f"figurine-{style}-{kind}{ending}"

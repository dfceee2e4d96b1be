"""Orders: placed, looked at, taken back."""

from __future__ import annotations

import datetime as dt

from bots.conversation import progress
from bots.conversation.flows import questions
from bots.conversation.flows.telling import Telling
from bots.conversation.messages import Button
from bots.conversation.session import Ordered
from bots.conversation.turn import Turn
from core.model import FigurineRequest, Job, JobStatus


async def place(turn: Turn, request: FigurineRequest, until: dt.datetime) -> None:
    """Place the order, tell its place, and go on telling in the background. `until` is when the photo is let go.

    Raises:
        NotEnoughCredits
    """
    if turn.must_agree:
        await questions.ask_consent(turn)
        return
    if any(request == ordered.request for ordered in turn.session.ordered.values()):
        await turn.say(turn.texts("order.twice"))
        return
    job = await turn.services.orders.place(turn.person, request)
    turn.session.ordered[job.id] = Ordered(request, until)
    events = turn.services.orders.watch(job.id)
    telling = Telling(turn, job.id)
    try:
        await telling.try_to_tell(await anext(events))
    finally:  # Nobody else lets go of the photo.
        turn.services.followers.start(turn.person.id, telling.follow(events))


async def queue(turn: Turn) -> None:
    """The person's orders that have not ended."""
    lines, buttons = [], []
    for job in await _unmade(turn):
        event = await anext(turn.services.orders.watch(job.id))
        state = progress.line(turn.texts, event)
        lines.append(turn.texts("queue.line", style=questions.style_label(turn, job.style), state=state))
        buttons.append(_cancel_button(turn, job))
    await turn.say("\n".join(lines) or turn.texts("queue.empty"), *buttons)


async def cancel(turn: Turn) -> None:
    """Cancel the one order that there is, or ask which."""
    jobs = await _unmade(turn)
    if len(jobs) == 1:
        await cancel_one(turn, jobs[0].id)
    elif jobs:
        await turn.say(turn.texts("cancel.which"), *[_cancel_button(turn, job) for job in jobs])
    else:
        await turn.say(turn.texts("cancel.none"))


async def cancel_one(turn: Turn, order: int) -> None:
    """Cancel an order. That it is cancelled is told by whoever follows it."""
    if not await turn.services.orders.cancel(turn.person.id, order):
        await turn.say(turn.texts("cancel.late"))


async def _unmade(turn: Turn) -> list[Job]:
    """What can still be cancelled."""
    return [job for job in await turn.services.orders.pending(turn.person.id) if job.status is not JobStatus.MADE]


def _cancel_button(turn: Turn, job: Job) -> Button:
    return Button(f"cancel:{job.id}", turn.texts("button.cancel.style", style=questions.style_label(turn, job.style)))

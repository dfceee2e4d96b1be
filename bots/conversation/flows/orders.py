"""Orders: placed, looked at, taken back."""

from __future__ import annotations

from bots.conversation import progress
from bots.conversation.flows import questions
from bots.conversation.flows.telling import order_key
from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from core.records import Job, Wanted


async def place(turn: Turn, photos: tuple[int, ...], wanted: Wanted, number: int = 0) -> int:
    """Place the order that the present message asks for as its `number`-th, and tell its place; the order's number.

    Raises:
        PhotoGone, NotEnoughCredits, TooManyWaiting, TooManyToday
    """
    orders = turn.services.orders
    job = await orders.place(turn.person.id, photos, wanted, f"update:{turn.number}:{number}")
    text = progress.line(turn.texts, await orders.state(job))
    turn.say(text, turn.button("cancel", job.id), key=order_key(job.id))
    return job.id


async def queue(turn: Turn) -> None:
    """The person's orders that have not ended."""
    lines, buttons = [], []
    for job in await turn.services.orders.pending(turn.person.id):
        state = progress.line(turn.texts, await turn.services.orders.state(job))
        lines.append(turn.texts("queue.line", style=questions.style_label(turn.texts, job.style), state=state))
        buttons.append(_cancel_button(turn, job))
    turn.say("\n".join(lines) or turn.texts("queue.empty"), *buttons)


async def cancel(turn: Turn) -> None:
    """Cancel the one order that there is, or ask which."""
    jobs = await turn.services.orders.pending(turn.person.id)
    if len(jobs) == 1:
        await cancel_one(turn, jobs[0].id)
    elif jobs:
        turn.say(turn.texts("cancel.which"), *[_cancel_button(turn, job) for job in jobs])
    else:
        turn.say(turn.texts("cancel.none"))


async def cancel_one(turn: Turn, order: int) -> None:
    """Cancel an order. That it is cancelled is told as the end of its own message."""
    if not await turn.services.orders.cancel(turn.person.id, order):
        turn.say(turn.texts("cancel.late"))


def _cancel_button(turn: Turn, job: Job) -> Button:
    style = questions.style_label(turn.texts, job.style)
    return Button(f"cancel:{job.id}", turn.texts("button.cancel.style", style=style))

"""Orders: placed, looked at, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bots.conversation import progress
from bots.conversation.events import HOME, kept_place, place_here
from bots.conversation.flows import styled
from bots.conversation.flows.telling import order_key
from bots.conversation.messages import Button
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.errors import NotEnoughCredits
from core.records import Job, JobStatus, Wanted

LONGEST_NAME: Final = 20  # letters of a name on a button


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed: its number. If it is not `paid`, it waits until there are credits for it."""

    order: int
    paid: bool = True


async def place(turn: Turn, photos: tuple[int, ...], wanted: Wanted, number: int = 0) -> Placed:
    """Place the order that the present message asks for as its `number`-th, and tell its place if it is paid.

    Its messages go to `wanted.place`, an address of this platform.

    Raises:
        PhotoGone, TooManyWaiting, TooManyToday
    """
    shop, person = turn.services.shop, turn.person.id
    origin = f"update:{turn.number}:{number}"
    platform = turn.chatter.platform
    kept = replace(wanted, place=kept_place(platform, wanted.place))
    price, priority = shop.price(wanted.style), await shop.priority(person)
    try:
        job = await turn.services.orders.place(person, photos, kept, origin, price, priority, platform)
    except NotEnoughCredits as error:
        return Placed(int(error.fields["order"]), paid=False)
    await _tell(turn, job, wanted.place)
    if turn.place.shared and not wanted.place:
        turn.point_home()
    return Placed(job.id)


async def go_on(turn: Turn) -> None:
    """Go on with orders that waited for credits, as far as there are enough now, and tell their places."""
    jobs = await turn.services.orders.pending(turn.person.id)
    unpaid = {job.id for job in jobs if job.status is JobStatus.ACCEPTED}
    if not unpaid or not await turn.services.orders.resume(turn.person.id):
        return
    platform = turn.chatter.platform
    for job in await turn.services.orders.pending(turn.person.id):
        if job.id in unpaid and job.status is not JobStatus.ACCEPTED and job.platform == platform:
            _, wanted = await turn.services.store.jobs.asked(turn.person.id, job.id)
            await _tell(turn, job, place_here(platform, wanted.place) if wanted else "")


async def _tell(turn: Turn, job: Job, address: str) -> None:
    """Begin the one message about an order, at that address of this platform."""
    text = progress.line(turn.texts, await turn.services.orders.state(job))
    where = replace(turn.place, address=address) if address else HOME
    turn.say(text, turn.button("cancel", job.id), key=order_key(job.id), private=False, place=where)


async def queue(turn: Turn, _: str = "") -> None:
    """The person's orders that have not ended."""
    jobs = await _under_way(turn)
    await _list(turn, jobs, await _called(turn, jobs), turn.number)


async def _state(turn: Turn, job: Job) -> str:
    if job.status is JobStatus.ACCEPTED:
        return turn.texts("queue.unpaid", price=turn.texts.credits(job.price))
    return progress.line(turn.texts, await turn.services.orders.state(job))


async def cancel(turn: Turn, _: str = "") -> None:
    """Cancel the one order that there is, or ask which."""
    jobs = await _under_way(turn)
    if len(jobs) == 1:
        if await turn.services.orders.cancel(turn.person.id, jobs[0].id):
            turn.say(turn.texts("cancel.asked"))
        else:
            turn.say(turn.texts("cancel.late"))
    elif jobs:
        turn.say(
            turn.texts("cancel.which"),
            *_cancel_buttons(turn, await _called(turn, jobs), turn.number),
            key=_key(turn.number),
        )
    else:
        turn.say(turn.texts("cancel.none"))


async def cancel_one(turn: Turn, order: int, listed: int = 0) -> None:
    """Cancel an order. That it is cancelled is told as the end of its own message.

    `listed` is the number of the list that it was chosen from, 0 for none. It changes at once, and says so, too.
    """
    jobs = await _under_way(turn) if listed else []
    called = await _called(turn, jobs)
    done = await turn.services.orders.cancel(turn.person.id, order)
    if listed:
        what = called.get(order, "")
        above = turn.texts("queue.taken", what=what) if done and what else turn.texts("cancel.late")
        await _list(turn, [job for job in jobs if job.id != order], called, listed, above)
    elif not done:
        turn.say(turn.texts("cancel.late"))


def called(texts: Texts, style: str, name: str) -> str:
    """What a figurine is called: its style, and the name on its base."""
    label = styled.label(texts, style)
    return texts("history.named", style=label, name=name) if name else label


async def _under_way(turn: Turn) -> list[Job]:
    """The person's orders that have not ended, without those that are being taken back."""
    return [job for job in await turn.services.orders.pending(turn.person.id) if not job.cancel_asked]


async def _list(turn: Turn, jobs: Sequence[Job], called: dict[int, str], listed: int, above: str = "") -> None:
    """The orders in one message, which changes in place; `above` is a line before them."""
    lines = [turn.texts("queue.line", style=called[job.id], state=await _state(turn, job)) for job in jobs]
    text = "\n".join(filter(None, [above, *(lines or [turn.texts("queue.empty")])]))
    buy = [turn.button("buy")] if any(job.status is JobStatus.ACCEPTED for job in jobs) else []
    buttons = [*buy, *_cancel_buttons(turn, {job.id: called[job.id] for job in jobs}, listed)]
    turn.say(text, *buttons, key=_key(listed))


def _key(listed: int) -> str:
    return f"queue:{listed}"


async def _called(turn: Turn, jobs: Sequence[Job]) -> dict[int, str]:
    """What each order is called; those that would be called the same are numbered."""
    names: dict[int, str] = {}
    for job in jobs:
        _, wanted = await turn.services.store.jobs.asked(turn.person.id, job.id)
        name = wanted.engraving if wanted else ""
        names[job.id] = called(turn.texts, job.style, name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…")
    same, seen = Counter(names.values()), Counter[str]()
    for order, what in names.items():
        if same[what] > 1:
            seen[what] += 1
            names[order] = turn.texts("queue.number", what=what, number=seen[what])
    return names


def _cancel_buttons(turn: Turn, named: dict[int, str], listed: int) -> list[Button]:
    """A button for each order; it says on which list it stands."""
    texts = {order: turn.texts("button.cancel.style", style=what) for order, what in named.items()}
    return [Button(f"cancel-listed:{order}:{listed}", text) for order, text in texts.items()]

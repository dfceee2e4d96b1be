"""Out of credits: what is needed, that everything is kept meanwhile, and what can be bought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bots.conversation.flows import buying, orders, pricing
from bots.conversation.turn import Turn
from core.records import Job, JobStatus


async def offer(turn: Turn, unpaid: Sequence[int]) -> None:
    """Offer credits for orders that wait for them, unless there are enough by now. Nobody else reads it."""
    if not unpaid:
        return
    await pricing.purse(turn)
    await orders.go_on(turn)
    jobs = [job for job in await turn.services.orders.pending(turn.person.id) if job.id in unpaid]
    waiting = [job for job in jobs if job.status is JobStatus.ACCEPTED]
    if waiting:
        have = await turn.services.shop.balance(turn.person.id)
        await _tell(turn, waiting, have.available)


async def _tell(turn: Turn, waiting: Sequence[Job], available: int) -> None:
    texts, shop, who = turn.texts, turn.services.shop, buying.buyer(turn)
    price = texts.credits(sum(job.price for job in waiting))
    until = await _kept_until(turn, waiting)
    kept = texts("lack.until", moment=texts.moment(until, turn.chatter.timezone)) if until else texts("lack.kept")
    plans = () if await shop.subscription(turn.person.id) else shop.plans(who)
    buttons = [
        *buying.pack_buttons(turn, shop.packs(who), turn.number),
        *buying.plan_buttons(turn, plans, turn.number),
        *([turn.button("cancel", waiting[0].id)] if len(waiting) == 1 else []),
    ]
    text = texts.joined([texts("lack", price=price, available=available), kept])
    turn.say(text, *buttons, key=buying.key_of(turn.number), private=True)


async def _kept_until(turn: Turn, waiting: Sequence[Job]) -> dt.datetime | None:
    """When the first of their photos goes; None if that is not known yet."""
    times: list[dt.datetime] = []
    for job in waiting:
        photos, _ = await turn.services.store.jobs.asked(turn.person.id, job.id)
        held = [await turn.services.store.photos.get(turn.person.id, photo) for photo in photos]
        times += [photo.due_at for photo in held if photo and photo.due_at]
    return min(times, default=None)

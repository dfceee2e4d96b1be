"""Lets go of photos and figurines whose time is over, also of people who say nothing more."""

from __future__ import annotations

import asyncio
from typing import Final

from bots.conversation.services import Services

PAUSE: Final = 60.0  # seconds between two rounds


async def keep_forgetting(services: Services) -> None:
    """A service: runs until it is cancelled. An order that would outlive its photo is cancelled."""
    while True:
        await asyncio.sleep(PAUSE)
        now = services.clock.now()
        services.sessions.forget_old(now, services.photo_life)
        for person_id, job_id in services.sessions.overdue(now):
            await services.orders.cancel(person_id, job_id)

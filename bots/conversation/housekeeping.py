"""Lets go of photos and figurines whose time is over, also of people who say nothing more."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Final

from bots.conversation.session import Sessions
from core.ports import Clock

PAUSE: Final = 60.0  # seconds between two rounds


async def keep_forgetting(sessions: Sessions, clock: Clock, photo_life: dt.timedelta) -> None:
    """A service: runs until it is cancelled."""
    while True:
        await asyncio.sleep(PAUSE)
        sessions.forget_old(clock.now(), photo_life)

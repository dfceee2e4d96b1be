"""What is said beside the intake, to one person alone: nothing of what they did was kept, and why."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bots.conversation.events import Chatter, Place
from bots.conversation.seldom import Seldom
from bots.conversation.services import Messenger
from bots.conversation.turn import tell_aside
from core.errors import FigurineError
from core.supervision import in_background, stop

log = logging.getLogger(__name__)

SLOWEST: Final = 30.0  # seconds; it is a courtesy
AT_ONCE_MOST: Final = 50  # that are on their way; who comes on top of them is not told


class Asides:
    """Says it in the background, and to each person now and then only. Nobody waits for it."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._seldom = Seldom()
        self._saying: set[asyncio.Task[None]] = set()

    def say(self, chatter: Chatter, text: str, place: Place) -> None:
        """Say it, unless this person was told something like it within the last minute."""
        if len(self._saying) >= AT_ONCE_MOST or not self._seldom.may(chatter.id):
            return
        task = in_background(self._say(chatter, text, place), "a word beside the intake")
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _say(self, chatter: Chatter, text: str, place: Place) -> None:
        try:
            async with asyncio.timeout(SLOWEST):
                await tell_aside(self._messenger, chatter, text, place)
        except (FigurineError, OSError, TimeoutError):  # What nobody takes is not said.
            pass
        except Exception as error:  # noqa: BLE001 -- the text could hold personal data
            log.error("a word beside the intake failed with %s", type(error).__name__)

    async def close(self) -> None:
        """Leave unsaid what has not been said."""
        for task in list(self._saying):
            await stop(task)

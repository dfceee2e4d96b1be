"""How far an order is, told in one message that is edited, and that becomes the result."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing

from bots.conversation import progress
from bots.conversation.events import Chatter
from bots.conversation.messages import Button, Reply
from bots.conversation.services import Services
from bots.conversation.texts import Texts
from bots.conversation.turn import button, owned
from core.errors import TryLater, Undeliverable, Unreachable
from core.records import Ended, JobEvent

log = logging.getLogger(__name__)

_PREFIX = "order:"


def order_key(order: int) -> str:
    """The key of the one message about an order."""
    return f"{_PREFIX}{order}"


def order_of(key: str) -> int | None:
    """The order that a message with that key is about."""
    return int(key.removeprefix(_PREFIX)) if key.startswith(_PREFIX) else None


class Telling:
    """Tells a person about one order, as long as it is under way. What came of it is told by the outbox."""

    def __init__(self, services: Services, chatter: Chatter, person_id: int, order: int, place: str = "") -> None:
        self._place = place
        self._services = services
        self._chatter = chatter
        self._person_id = person_id
        self._order = order
        self._texts = Texts(chatter.locale)
        self._told = ""
        self._told_at = 0.0

    async def follow(self) -> None:
        """Tell every change until the order's end. Progress that can't be sent is made up for by what comes next."""
        async with aclosing(self._services.orders.watch(self._order)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Ended):
                    return
                try:
                    await self._tell(event)
                except (BrokenPipeError, Unreachable, Undeliverable):  # Whoever sends the result finds that out, too.
                    return
                except TryLater:  # There is no room for it just now; one of the next looks tells more.
                    continue
                except Exception as error:  # noqa: BLE001 -- the text could hold personal data
                    log.error("telling of order %d failed with %s", self._order, type(error).__name__)

    async def _tell(self, event: JobEvent) -> None:
        now = asyncio.get_running_loop().time()
        text = progress.line(self._texts, event)
        early = self._told and now - self._told_at < self._services.messenger.edit_pause
        if text == self._told or early:  # What is held back now is told at one of the next looks.
            return
        self._told_at = now
        buttons: tuple[Button, ...] = (button(self._texts, "cancel", self._order),)
        if self._place:
            buttons = owned(buttons, self._person_id)
        key = order_key(self._order)
        reply = Reply(text, buttons, key=key, place=self._place, person=self._person_id, passing=True)
        await self._services.messenger.send(self._chatter, reply)
        self._told = text

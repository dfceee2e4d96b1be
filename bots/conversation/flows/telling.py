"""What a person hears of an order: one message, edited, that becomes the result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from bots.conversation import progress
from bots.conversation.flows import delivery
from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from core.errors import FigurineError
from core.model import Cancelled, Failed, Finished, JobEvent, Waiting, Working

log = logging.getLogger(__name__)


class Telling:
    """Tells a person about one order: one message, edited, that becomes the result."""

    def __init__(self, turn: Turn, job_id: int) -> None:
        self._turn = turn
        self._job_id = job_id
        self._key = f"order:{job_id}"
        self._told = ""
        self._told_at = 0.0

    async def follow(self, events: AsyncIterator[JobEvent]) -> None:
        """Tell every event to the end, or until the person has gone."""
        try:
            with suppress(BrokenPipeError):
                async for event in events:
                    await self.try_to_tell(event)
        finally:
            self._turn.session.ordered.pop(self._job_id, None)

    async def try_to_tell(self, event: JobEvent) -> None:
        """Tell one event. Progress that can't be sent is made up for by what comes next, an end by an apology.

        Raises:
            BrokenPipeError: the person has gone.
        """
        try:
            await self._tell(event)
        except BrokenPipeError:
            raise
        except FigurineError as error:
            await self._regret(event, error)
        except Exception as error:  # noqa: BLE001 -- the person must not be left waiting; the text could hold personal data
            log.error("telling of order %d failed with %s", self._job_id, type(error).__name__)
            await self._regret(event, FigurineError())

    async def _regret(self, event: JobEvent, error: FigurineError) -> None:
        if not isinstance(event, Waiting | Working):
            await self._turn.apologise(error.code, error.fields, self._turn.button("show", self._job_id))

    async def _tell(self, event: JobEvent) -> None:
        match event:
            case Waiting():
                await self._edit(progress.line(self._turn.texts, event))
            case Working():
                if self._now() - self._told_at >= self._turn.services.messenger.edit_pause:
                    await self._edit(progress.line(self._turn.texts, event))
            case Finished(figurine):
                await delivery.deliver(self._turn, self._job_id, self._key, figurine)
            case Failed(code, fields):
                text = self._turn.complaint(code, fields)
                await self._turn.say(text, *self._next(), key=self._key)
            case Cancelled():
                await self._turn.say(self._turn.texts("cancel.done"), *self._next(), key=self._key)

    async def _edit(self, text: str) -> None:
        if text != self._told:
            self._told_at = self._now()
            await self._turn.say(text, self._turn.button("cancel", self._job_id), key=self._key)
            self._told = text

    def _next(self) -> tuple[Button, ...]:
        return (self._turn.button("other"),) if self._turn.session.hand else ()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

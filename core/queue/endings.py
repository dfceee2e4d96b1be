"""How an order ends without a figurine: the row, the credits and the message to the person in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from core.bells import OUTBOX, Bells
from core.queue.board import Board
from core.queue.desk import Desk
from core.records import Job, JobStatus, NewParcel, Notice
from core.stores import Outbox

ASKED: Final = "asked by the person"
PAID: Final = frozenset({JobStatus.RESERVED, JobStatus.QUEUED, JobStatus.RUNNING})
"""The steps at which an order's credits are set aside."""


class Endings:
    """Ends orders. Whatever an order has set aside is given back in full."""

    def __init__(self, desk: Desk, outbox: Outbox, bells: Bells, board: Board) -> None:
        self._desk = desk
        self._outbox = outbox
        self._bells = bells
        self._board = board

    async def end(
        self,
        job_id: int,
        status: JobStatus,
        reason: str,
        fields: Mapping[str, str | int | float] | None = None,
        fence: int | None = None,
    ) -> Job:
        """End an order as failed, cancelled or expired; `reason` is an error's code where it failed.

        The person is told `fields`, and as "returned" the credits that they get back.

        Raises:
            IllegalTransition: it can't end so, most likely because it has ended already.
            LeaseLost: the claim does not hold any more.
        """
        now = self._desk.clock.now()
        async with self._desk.transactions.transaction() as tx:
            before = await self._desk.jobs.get(job_id)
            job = await self._desk.jobs.move(tx, job_id, status, now, reason, fence)
            await self._desk.credits.release(tx, job_id)
            returned = job.price if before and before.status in PAID else 0
            told = json.dumps({**(fields or {}), **({"returned": returned} if returned else {})}).encode()
            parcel = NewParcel(job.person_id, Notice.ENDED, f"job:{job_id}:ended", job_id, told)
            await self._outbox.add(tx, parcel, now)
        self._board.changed(job_id)
        self._bells.ring(OUTBOX)
        return job

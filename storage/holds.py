"""What becomes of each order's credits: set aside, spent or given back, once each."""

from __future__ import annotations

from storage.sql import Tx


class HoldRows:
    """One row for each order. A step that was taken before is not taken again."""

    async def reserve(self, tx: Tx, person_id: int, job_id: int, amount: int) -> bool:
        """Set `amount` credits aside for a job; whether this was the time that did it."""
        row = await tx.one(
            "INSERT INTO hold (job_id, person_id, amount, state) VALUES ($1, $2, $3, 'reserved')"
            " ON CONFLICT (job_id) DO NOTHING RETURNING job_id",
            *(job_id, person_id, amount),
        )
        return row is not None

    async def undo(self, tx: Tx, job_id: int) -> None:
        """Nothing is set aside after all, in the transaction that would have."""
        await tx.query("DELETE FROM hold WHERE job_id = $1 AND state = 'reserved'", job_id)

    async def whose(self, tx: Tx, job_id: int) -> int:
        """Whose credits they are; 0 where there are none."""
        row = await tx.one("SELECT person_id FROM hold WHERE job_id = $1", job_id)
        return int(row["person_id"]) if row else 0

    async def capture(self, tx: Tx, job_id: int) -> bool:
        """Spend what is set aside; whether this was the time that did it."""
        return await self._step(tx, job_id, "captured")

    async def release(self, tx: Tx, job_id: int) -> bool:
        """Give back what is set aside; whether this was the time that did it."""
        return await self._step(tx, job_id, "released")

    async def _step(self, tx: Tx, job_id: int, state: str) -> bool:
        row = await tx.one(
            "UPDATE hold SET state = $2 WHERE job_id = $1 AND state = 'reserved' RETURNING job_id", job_id, state
        )
        return row is not None

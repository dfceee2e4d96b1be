"""Credits of orders, with what follows from a figurine that is made."""

from __future__ import annotations

from core.stores import Credits
from payments.inviting import Giving
from storage.holds import HoldRows
from storage.sql import Tx


class RewardingCredits:
    """core.stores.Credits that reward an invitation in the transaction that spends the guest's first credits."""

    def __init__(self, credits_: Credits, giving: Giving, holds: HoldRows | None = None) -> None:
        self._credits = credits_
        self._giving = giving
        self._holds = holds or HoldRows()

    async def reserve(self, tx: Tx, person_id: int, job_id: int, amount: int) -> bool:
        """See core.stores.Credits."""
        return await self._credits.reserve(tx, person_id, job_id, amount)

    async def capture(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._credits.capture(tx, job_id)
        if person_id := await self._holds.whose(tx, job_id):
            await self._giving.made(tx, person_id)

    async def release(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._credits.release(tx, job_id)

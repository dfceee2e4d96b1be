"""Credits for as long as there is no shop: everyone can afford everything, and each order is still counted once."""

from __future__ import annotations

from storage.holds import HoldRows
from storage.sql import Tx


class FreeCredits:
    """core.stores.Credits that never run out."""

    def __init__(self, holds: HoldRows | None = None) -> None:
        self._holds = holds or HoldRows()

    async def reserve(self, tx: Tx, person_id: int, job_id: int, amount: int) -> bool:
        """See core.stores.Credits."""
        await self._holds.reserve(tx, person_id, job_id, amount)
        return True

    async def capture(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._holds.capture(tx, job_id)

    async def release(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._holds.release(tx, job_id)

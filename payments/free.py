"""Credits for as long as there is no shop: everyone can afford everything, and each order is still counted once."""

from __future__ import annotations


class FreeCredits:
    """core.ports.Credits that never run out. It remembers only what is set aside at the moment."""

    def __init__(self) -> None:
        self._reserved: set[int] = set()

    async def reserve(self, person_id: int, job_id: int, amount: int) -> bool:  # noqa: ARG002 -- the port's signature
        """See core.ports.Credits."""
        self._reserved.add(job_id)
        return True

    async def capture(self, job_id: int) -> None:
        """See core.ports.Credits."""
        self._reserved.discard(job_id)

    async def release(self, job_id: int) -> None:
        """See core.ports.Credits."""
        self._reserved.discard(job_id)

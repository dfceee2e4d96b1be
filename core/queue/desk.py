"""What orders are kept in and counted with."""

from __future__ import annotations

from dataclasses import dataclass

from core.ports import Clock
from core.stores import Credits, Jobs, Transactions


@dataclass(frozen=True, slots=True)
class Desk:
    """Rows, credits, and the transactions that change both together."""

    transactions: Transactions
    jobs: Jobs
    credits: Credits
    clock: Clock

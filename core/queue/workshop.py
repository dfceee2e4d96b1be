"""The queue as a whole: what takes orders and what works on them, over the same rows."""

from __future__ import annotations

from dataclasses import dataclass

from core.bells import Bells
from core.queue.board import Board
from core.queue.desk import Desk
from core.queue.dispatch import Bench, Dispatcher
from core.queue.endings import Endings
from core.queue.estimates import DurationEstimate
from core.queue.orders import Orders
from core.settings import QueueSettings


@dataclass(frozen=True, slots=True)
class Workshop:
    """The parts of the queue that share what they know in this process."""

    orders: Orders
    dispatcher: Dispatcher
    endings: Endings


def workshop(desk: Desk, bench: Bench, bells: Bells, limits: QueueSettings, workers: int) -> Workshop:
    """Put the queue together. `workers` is how many orders are worked on at the same time."""
    board, duration = Board(bells), DurationEstimate()
    endings = Endings(desk, bench.outbox, bells, board)
    orders = Orders(desk, endings, duration, bells, board, limits, workers)
    return Workshop(orders, Dispatcher(desk, bench, endings, duration, bells, board, limits), endings)

"""The fair order: round robin between persons, weighted by what their orders cost.

Start-time fair queueing (Goyal, Vin and Cheng, 1996). An order gets a start tag, the larger of two numbers: the lowest tag
that waits (the virtual time) and the tag at which its person's earlier orders end. Orders go by tag, so the second order
of an album stands one order's cost behind the first, and whoever comes meanwhile with a single photo goes before it.

Among equal tags, whoever came first goes first, subscribers as if they had come HEAD_START earlier. So a waiting order is
overtaken by nobody who comes later, but by subscribers within HEAD_START; and an album's k-th order by at most k orders
of every other person, WEIGHT * k of a subscriber. Nobody waits for ever, however many subscribers there are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

WEIGHT: Final = 3  # of a subscriber's turn against anyone else's
HEAD_START: Final = dt.timedelta(minutes=2)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the fair order, compared in this order; the row's number decides what is left. All in milliseconds."""

    tag: int
    rank_at: int
    finish: int


def place(
    lowest_waiting: int | None, highest: int, own_finish: int, cost_ms: int, priority: int, now: dt.datetime
) -> Place:
    """The place of a new order.

    Args:
        lowest_waiting: the lowest tag that waits, None if nothing does.
        highest: the highest finish tag of all persons.
        own_finish: that of this person, 0 for a newcomer.
        cost_ms: what the order is expected to take.
        priority: 1 for a subscriber, 0 otherwise.
        now: when the order is placed, timezone-aware.

    Returns:
        The place, with the person's new finish tag.
    """
    virtual = highest if lowest_waiting is None else lowest_waiting
    tag = max(virtual, own_finish)
    came = now - HEAD_START if priority else now
    return Place(tag, (came - _EPOCH) // dt.timedelta(milliseconds=1), tag + share(cost_ms, priority))


def share(cost_ms: int, priority: int) -> int:
    """What an order costs its person's turn, in milliseconds; at least 1."""
    return max(cost_ms // (WEIGHT if priority else 1), 1)

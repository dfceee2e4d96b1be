"""The fair order: round robin between persons, weighted by what their orders cost, with some regard to age.

After start-time fair queueing (Goyal, Vin and Cheng, 1996). An order gets a start tag, the larger of two numbers: the
lowest tag that waits (the virtual time) and the tag at which its person's earlier orders end. So the second order of an
album stands one order's cost behind the first, and whoever comes meanwhile with a single photo goes before it.

Orders go by rank: PATIENCE times the tag, plus the moment at which they came, subscribers as if they had come
HEAD_START earlier. What holds (tests/core/queue/test_fairness.py):

- Somebody whose earlier orders are done is overtaken by nobody who comes later, but by subscribers within HEAD_START.
- An album's k-th order is overtaken by at most k - 1 later orders of every other person, WEIGHT * k of a subscriber,
  where all cost the same. In general, by those of one person whose shares, but for the last one's, add up to the
  shares of the album's orders before it.
- An album delays a single photo by one order that waits, and by one more for each PATIENCE * share that it has waited
  already: one of fifty that is alone with one worker is done before that.
- Nobody waits for ever, however many new people and subscribers come: an order is overtaken by those only who come
  within HEAD_START and PATIENCE times the shares of its person's orders before it.
- A person's own orders keep their order.

An order that goes back into the queue keeps its place, and does not count for the virtual time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

WEIGHT: Final = 3  # of a subscriber's turn against anyone else's
HEAD_START: Final = dt.timedelta(minutes=2)
PATIENCE: Final = 200  # A second order of 25 seconds lets those go first who come within 83 minutes.
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the fair order, and where the person's next one begins. Orders go by `rank`, then by their number.

    `tag` and `finish` are in milliseconds of work, `rank` in milliseconds of time.
    """

    tag: int
    rank: int
    finish: int


def place(
    lowest_waiting: int | None, highest: int, own_finish: int, cost_ms: int, priority: int, now: dt.datetime
) -> Place:
    """The place of a new order.

    Args:
        lowest_waiting: the lowest tag of those that wait for their first time, None if none does.
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
    return Place(tag, PATIENCE * tag + (came - _EPOCH) // _MILLISECOND, tag + share(cost_ms, priority))


def given_back(own_finish: int, cost_ms: int, priority: int, remaining: int) -> int:
    """Where a person's next order begins after one was taken back that never ran.

    Args:
        own_finish: the person's finish tag until now.
        cost_ms: what the order was expected to take.
        priority: as it was placed with.
        remaining: the highest tag at which one of the person's orders ends that wait or are worked on; 0 if none is.
    """
    return max(own_finish - share(cost_ms, priority), remaining)


def horizon(rank: int, lowest_waiting: int, now: dt.datetime) -> int:
    """For how many milliseconds from now on newcomers still go before an order, if the virtual time stood still.

    Negative where none does. Subscribers go before it for HEAD_START longer.

    Args:
        rank: the order's own.
        lowest_waiting: as for `place`.
        now: timezone-aware.
    """
    return rank - PATIENCE * lowest_waiting - (now - _EPOCH) // _MILLISECOND


def share(cost_ms: int, priority: int) -> int:
    """What an order costs its person's turn, in milliseconds; at least 1."""
    return max(cost_ms // (WEIGHT if priority else 1), 1)

"""The one table of what may happen to an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import IllegalTransition
from core.records import JobStatus as S

ALLOWED: Final[Mapping[S, frozenset[S]]] = {
    S.ACCEPTED: frozenset({S.RESERVED, S.FAILED, S.CANCELLED, S.EXPIRED}),
    S.RESERVED: frozenset({S.QUEUED, S.FAILED, S.CANCELLED, S.EXPIRED}),
    S.QUEUED: frozenset({S.RUNNING, S.FAILED, S.CANCELLED, S.EXPIRED}),
    S.RUNNING: frozenset({S.MADE, S.QUEUED, S.FAILED, S.CANCELLED, S.EXPIRED}),
    S.MADE: frozenset({S.DELIVERED, S.EXPIRED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}

ENDED: Final = frozenset(status for status, following in ALLOWED.items() if not following)
OPEN: Final = frozenset(ALLOWED) - ENDED


def before(status: S) -> frozenset[S]:
    """The statuses from which a job may come to this one."""
    return frozenset(present for present, following in ALLOWED.items() if status in following)


def check_transition(present: S, following: S) -> None:
    """Nothing, if `following` may come after `present`.

    Raises:
        IllegalTransition: it may not.
    """
    if following not in ALLOWED[present]:
        raise IllegalTransition(f"{present} -> {following}")

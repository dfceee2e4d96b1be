"""What becomes of an update that could not be kept: one that never can be must not hold up the others."""

from __future__ import annotations

import logging
from collections import OrderedDict
from enum import Enum
from typing import Final

from core.errors import Gone, Tampered

log = logging.getLogger(__name__)

TRIES: Final = 3
FEW: Final = 3  # people; if more of them are in trouble and nobody's updates are kept, the updates are not to blame
REMEMBERED: Final = 1_000  # updates that failed; one that a webhook brought may never come again


class NotUnderstood(Exception):
    """Something in an update is not as it should be; to see it again would not help."""


NEVER: Final = (NotUnderstood, Tampered, Gone)
"""To try again would not help: it is understood the same way again, or its person's row stays as it is."""

ITS_OWN: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""Of these, something in the update is mostly the cause; of whatever else is raised, mostly the store."""


class Fate(Enum):
    """What becomes of one update: LATER means that it is tried again, WAITS that those behind it wait with it."""

    KEPT = "kept"
    LEFT_OUT = "left out"
    LATER = "later"
    WAITS = "waits"

    @property
    def is_over(self) -> bool:
        """Telegram may forget it."""
        return self in (Fate.KEPT, Fate.LEFT_OUT)


class GivingUp:
    """Counts how often updates failed. `trouble` is the name of the error with which one was not kept last."""

    def __init__(self) -> None:
        self.trouble = ""
        self._kept = 0
        self._troubled: set[int] = set()  # people, FEW and one more at most, since something was kept
        self._tries: OrderedDict[int, tuple[int, int]] = OrderedDict()  # how often, and what was kept until then

    def fate(self, person: int, number: int, failure: Exception | None) -> Fate:
        """What becomes of a person's update now."""
        if failure is None:
            self._kept += 1
            self._troubled.clear()
            self._tries.pop(number, None)
            return Fate.KEPT
        self.trouble = type(failure).__name__
        log.debug("update %d was not kept: %s", number, self.trouble)
        if len(self._troubled) <= FEW:
            self._troubled.add(person)
        its_own = isinstance(failure, ITS_OWN) and len(self._troubled) <= FEW
        if not (isinstance(failure, NEVER) or self._has_failed_enough(number, its_own)):
            return Fate.LATER if its_own else Fate.WAITS
        log.error("update %d is left out: it can't be kept", number)
        self._tries.pop(number, None)
        return Fate.LEFT_OUT

    def _has_failed_enough(self, number: int, its_own: bool) -> bool:
        """It failed TRIES times, and not since nothing can be kept: others were meanwhile, or it is its own trouble."""
        tries, kept = self._tries.get(number, (0, -1))
        tries += its_own or self._kept != kept
        self._tries[number] = tries, self._kept
        self._tries.move_to_end(number)
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return tries >= TRIES

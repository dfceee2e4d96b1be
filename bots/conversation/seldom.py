"""Says at most now and then to one person what is not worth saying each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

PAUSE: Final = 60.0  # seconds
REMEMBERED: Final = 1_000  # people; who has not been told anything for longest is forgotten first


class Seldom:
    """Who was told something lately."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, float] = OrderedDict()

    def may(self, person: str) -> bool:
        """Whether that person, by any name that is theirs alone, may be told now; if so, they count as told."""
        now = time.monotonic()
        if now - self._told.get(person, -PAUSE) < PAUSE:
            return False
        self._told[person] = now
        self._told.move_to_end(person)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True

"""The clock that the running service is given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


class SystemClock:
    """The machine's own clock, as core.ports.Clock."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still at one moment (aware), for work that is done as of then."""

    at: dt.datetime

    def now(self) -> dt.datetime:
        """That moment, in UTC."""
        return self.at.astimezone(dt.UTC)

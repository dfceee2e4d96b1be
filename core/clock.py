"""The clock that the running service is given."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """The machine's own clock, as core.ports.Clock."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)

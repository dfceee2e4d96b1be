"""What an operator has to look at: money that does not fit what was asked for, and the like."""

from __future__ import annotations

import logging
from typing import Final

from core.ports import Alerts

log = logging.getLogger(__name__)

MOST: Final = 200  # lines that are kept in memory, and characters of an alert


class Reports:
    """Lines for operators: in the log, as an alert, and in `lines` as long as the process lives. Each is told once."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts
        self.lines: list[str] = []

    async def add(self, name: str, line: str) -> None:
        """Tell one. `name` is the alert's, of 30 characters at most; the line says nothing of a person."""
        if line in self.lines:
            return
        self.lines.append(line)
        del self.lines[:-MOST]
        log.warning("shop: %s", line)
        await self._alerts.raise_alert(f"shop.{name}", line[:MOST])

    async def clear(self, name: str) -> None:
        """What was told under that name is over."""
        await self._alerts.clear(f"shop.{name}")

"""Alerts that stop nobody who raises them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

from core.ports import Alerts

log = logging.getLogger(__name__)

TELL_SECONDS = 5.0  # for which telling an alert may take
DETAIL_MAX = 200


class Alarms:
    """One that can't be told is logged, and one that can't be cleared is cleared at the next occasion."""

    def __init__(self, alerts: Alerts, names: Iterable[str]) -> None:
        """`names` are those that an earlier process may have left up."""
        self._alerts = alerts
        self._to_clear = set(names)
        self._up: set[str] = set()

    async def put_up(self, name: str, detail: str, *, once: bool = False) -> None:
        """Raise an alert; with `once`, only if it is not up already."""
        if once and name in self._up:
            return
        if await self._told(name, self._alerts.raise_alert(name, detail[:DETAIL_MAX])):
            self._up.add(name)
        self._to_clear.add(name)  # An alert that timed out may be up nevertheless.

    async def take_down(self, name: str) -> None:
        """Clear an alert that may be up."""
        if name in self._to_clear and await self._told(name, self._alerts.clear(name)):
            self._to_clear.discard(name)
            self._up.discard(name)

    async def _told(self, name: str, call: Coroutine[Any, Any, None]) -> bool:
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await call
        except Exception as error:  # noqa: BLE001 -- the schedule goes on without
            log.error("the alert %s can't be changed: %s", name, type(error).__name__)
            return False
        return True

"""What `check` finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bots.app import Parts
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `fine` is None for an optional part that is not there, and for what is worth a thought."""

    fine: bool | None
    sentence: str


Check = Callable[[Settings, Parts], Awaitable[Finding]]

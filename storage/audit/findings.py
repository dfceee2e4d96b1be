"""What an audit says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Area(StrEnum):
    """What is looked at, in the order in which it is told."""

    OVERDUE = "overdue"
    ORPHANED = "orphaned"
    UNDECLARED = "undeclared"
    READABLE = "readable"
    TEMPORARY = "temporary files"
    SWEEP = "sweep"
    ALERTS = "alerts"
    ORDERS = "orders"
    MESSAGES = "messages"
    CREDITS = "credits"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be so. `remedy` is a sentence that says what to do; neither names a person."""

    area: Area
    what: str
    remedy: str


SWEEP_NOW: Final = "Run `python -m bots sweep`."
REPORT: Final = "This is a fault of the program: please report it."


def some(names: list[str], most: int = 3) -> str:
    """A few of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

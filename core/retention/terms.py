"""Moments and lengths of time, as the retention policy counts them: in UTC, and in months of the calendar."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Times:
    """What has happened to one thing so far. Any timezone may be given; UTC is kept.

    `since` is when it came, was made or was written; `changed` its last change; `first` the end of the first figurine
    that was made from it. `ended` is when that was over for which it is kept: it was handled, sent or closed, its order
    ended, or for a photo, the last figurine that was made from it did.

    Raises:
        ValueError: a time has no timezone.
    """

    since: dt.datetime
    changed: dt.datetime | None = None
    first: dt.datetime | None = None
    ended: dt.datetime | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            moment: dt.datetime | None = getattr(self, field.name)
            if moment is not None:
                object.__setattr__(self, field.name, in_utc(moment))


class Unit(StrEnum):
    """What a length is counted in. Months are those of the calendar."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


STEPS: Final[Mapping[Unit, dt.timedelta]] = {
    Unit.MINUTE: dt.timedelta(minutes=1),
    Unit.HOUR: dt.timedelta(hours=1),
    Unit.DAY: dt.timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Length:
    """For how long: a whole number of units."""

    count: int
    unit: Unit

    def after(self, moment: dt.datetime) -> dt.datetime:
        """The end of this length when it begins at `moment`, both in UTC."""
        if self.unit is Unit.MONTH:
            return _months_after(moment, self.count)
        return moment + self.count * STEPS[self.unit]

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}" if self.count else "at once"


def in_utc(moment: dt.datetime) -> dt.datetime:
    """The same moment in UTC.

    Raises:
        ValueError: it has no timezone.
    """
    if moment.utcoffset() is None:
        raise ValueError("a time without a timezone says nothing")
    return moment.astimezone(dt.UTC)


def _months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time of a later month; the end of that month if it is too short for the day.

    Its end, not the same time on its last day: otherwise what is written later would be gone earlier.
    """
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    if moment.day <= last:
        return moment.replace(year=year, month=month + 1)
    return dt.datetime(year, month + 1, last, tzinfo=dt.UTC) + dt.timedelta(days=1)

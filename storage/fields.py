"""Columns that behave the same however a row is written."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tortoise import Model
from tortoise.fields import DatetimeField


class UtcDatetimeField(DatetimeField[dt.datetime]):
    """A moment, stored in UTC. The stock field keeps the offset's text on updates, and comparisons then go wrong."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """The moment in UTC.

        Raises:
            ValueError: it has no timezone.
        """
        if isinstance(value, dt.datetime):
            if value.tzinfo is None:
                raise ValueError("a moment without a timezone")
            value = value.astimezone(dt.UTC)
        return super().to_db_value(value, instance)

"""What every table holds of a person, and what the rights of that person come to there.

A table without a declaration does not pass the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Erasure(Enum):
    """What becomes of a table's rows when a person is erased."""

    DELETED = "the person's row is deleted"
    CASCADES = "deleted by the database together with the row that it belongs to"
    NOT_PERSONAL = "holds nothing about anyone"


@dataclass(frozen=True, slots=True)
class TableDeclaration:
    """One table. `exported` and `corrected` name columns; what is not exported is internal or a hash."""

    holds: str
    erasure: Erasure
    exported: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


DECLARATIONS: Final[Mapping[str, TableDeclaration]] = {
    "person": TableDeclaration(
        "the platform, a keyed hash of the id there, and the first contact",
        Erasure.DELETED,
        exported=("platform", "created_at"),
    ),
    "consent": TableDeclaration(
        "which policy was agreed to, and when",
        Erasure.CASCADES,
        exported=("policy_version", "given_at"),
    ),
    "job": TableDeclaration(
        "an order: its style, its state and its times; never the photo, a name or a wish",
        Erasure.CASCADES,
        exported=("style", "status", "created_at", "changed_at", "reason"),
    ),
    "job_step": TableDeclaration(
        "the history of an order",
        Erasure.CASCADES,
        exported=("status", "at", "reason"),
    ),
    "tortoise_migrations": TableDeclaration("which migrations were applied", Erasure.NOT_PERSONAL),
    "sqlite_sequence": TableDeclaration("the last number given to a row of each table", Erasure.NOT_PERSONAL),
}

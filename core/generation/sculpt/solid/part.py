"""A part of the figure: a soft volume over a mask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from core.generation.sculpt.shapes import Mask, Plane


class PartKind(Enum):
    """What a part is."""

    BODY = "body"
    HEAD = "head"
    LIMB = "limb"


@dataclass(frozen=True, slots=True)
class Part:
    """The cells with |z - middle| < sqrt(half-depth squared), z towards the viewer, all in cells.

    `front` and `back` are the squared half-depths before and behind the middle surface; `softness` is the width over
    which the part melts into what was there before.
    """

    kind: PartKind
    mask: Mask
    front: Plane
    back: Plane
    middle: Plane
    softness: float

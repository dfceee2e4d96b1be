"""Backdrops: colours of the paper behind a figurine that a person may choose instead of the style's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BACKDROPS: Final[Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "white": (0.97, 0.96, 0.95),
        "grey": (0.62, 0.63, 0.65),
        "night": (0.21, 0.24, 0.36),
        "sky": (0.66, 0.80, 0.93),
        "mint": (0.70, 0.87, 0.78),
        "rose": (0.95, 0.74, 0.76),
        "sand": (0.90, 0.80, 0.64),
    }
)
"""Name → sRGB, 0 to 1. In the menu's order."""

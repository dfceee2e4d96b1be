"""What may stand on a base."""

from __future__ import annotations

from core.intake.lines import clean_name

MOST_CHARACTERS = 40


def clean_engraving(text: str) -> str:
    """The text in normal form NFC, on one line, without control characters and directional overrides.

    Raises:
        InvalidEngraving: more than 40 characters are left.
    """
    return clean_name(text, MOST_CHARACTERS)

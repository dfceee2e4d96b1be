"""What may stand on a base."""

from __future__ import annotations

import unicodedata

from core.errors import InvalidEngraving

MOST_CHARACTERS = 40
JOINERS = {"\u200c", "\u200d"}
"""Zero-width (non-)joiners are spelling in Persian and in Indic scripts; all other control characters are not."""


def clean_engraving(text: str) -> str:
    """The text in normal form NFC, on one line, without control characters and directional overrides.

    Raises:
        InvalidEngraving: more than 40 characters are left.
    """
    if len(text) > 100 * MOST_CHARACTERS:  # Don't normalise a book.
        raise InvalidEngraving("too long", limit=MOST_CHARACTERS)
    spaced = "".join(" " if character.isspace() else character for character in text)
    kept = (c for c in spaced if c in JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    line = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    if len(line) > MOST_CHARACTERS:
        raise InvalidEngraving("too long", limit=MOST_CHARACTERS)
    return line

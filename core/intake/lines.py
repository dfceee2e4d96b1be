"""What people type is data: one line in one spelling, without characters that control how the rest is shown."""

from __future__ import annotations

import unicodedata
from typing import Final

from core.errors import InvalidEngraving

JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners are spelling in Persian and in Indic scripts; all other control characters are not."""
UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of control characters, surrogates, and of characters that mean nothing to others."""
LONGEST_READ: Final = 100  # times the allowed length; nobody's book is normalised


def is_control(character: str) -> bool:
    """Whether the character is dropped from a line."""
    return character not in JOINERS and unicodedata.category(character) in UNWANTED


def clean_line(text: str) -> str:
    """The text in normal form NFC, on one line, without control characters and directional overrides."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(character for character in spaced if not is_control(character))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def clean_name(text: str, most: int) -> str:
    """A clean line of at most `most` characters, for the base; it may be empty.

    Raises:
        InvalidEngraving: more than `most` characters are left. Fields: limit.
    """
    line = clean_line(text) if len(text) <= LONGEST_READ * most else None
    if line is None or len(line) > most:
        raise InvalidEngraving("too long", limit=most)
    return line

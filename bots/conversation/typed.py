"""What people type is data: one clean line of limited length."""

from __future__ import annotations

import unicodedata

from core.errors import InvalidEngraving

LONGEST_WISH = 300  # characters
JOINERS = {"\u200c", "\u200d"}
"""Zero-width (non-)joiners are spelling in Persian and in Indic scripts; all other control characters are not."""


def one_line(text: str, most: int) -> str:
    """At most `most` characters of the text, on one line, without control characters."""
    spaced = "".join(" " if character.isspace() else character for character in text[: 4 * most])
    return " ".join("".join(character for character in spaced if not _is_control(character)).split())[:most].rstrip()


def engraving(text: str, most: int) -> str:
    """A name for the base, cleaned.

    Raises:
        InvalidEngraving: nothing is left, or more than `most` characters. Fields: limit.
    """
    name = one_line(text, most + 1)
    if not name or len(name) > most:
        raise InvalidEngraving(limit=most)
    return name


def strict_engraving(text: str, most: int) -> str:
    """A name for the base that needs no cleaning but at its ends; empty for none.

    Raises:
        InvalidEngraving: more than `most` characters, or a control character. Fields: limit.
    """
    if any(_is_control(character) for character in text):
        raise InvalidEngraving(limit=most)
    return engraving(text, most) if text.strip() else ""


def _is_control(character: str) -> bool:
    return character not in JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}

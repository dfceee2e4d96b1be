"""What people type is cleaned and limited before anything is done with it."""

from __future__ import annotations

from core.errors import InvalidEngraving
from core.intake.lines import clean_line, clean_name, is_control

LONGEST_WISH = 300  # characters
LONGEST_CODE = 64  # characters
READ = 4  # times as many characters are looked at, since some are dropped


def one_line(text: str, most: int) -> str:
    """At most `most` characters of the text, on one line, without control characters."""
    return clean_line(text[: READ * most])[:most].rstrip()


def engraving(text: str, most: int) -> str:
    """A name for the base, cleaned.

    Raises:
        InvalidEngraving: nothing is left, or more than `most` characters. Fields: limit.
    """
    name = clean_name(text, most)
    if not name:
        raise InvalidEngraving(limit=most)
    return name


def strict_engraving(text: str, most: int) -> str:
    """A name for the base that needs no cleaning but at its ends; empty for none.

    Raises:
        InvalidEngraving: more than `most` characters, or a control character. Fields: limit.
    """
    if any(is_control(character) for character in text):
        raise InvalidEngraving(limit=most)
    return clean_name(text, most)

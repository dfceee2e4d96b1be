"""The bundled fonts, and which of them has which character."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import uharfbuzz as hb

FONT_FILES = (
    "NotoSans-Bold.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "DroidSansFallback.ttf",
)
"""In the order in which they are asked for a character."""
SYNTHETIC_BOLD = {"DroidSansFallback.ttf": 0.03}
"""Emboldening in em of fonts that have no bold cut: their strokes would be too thin to print."""


@dataclass(frozen=True)
class Typeface:
    """A font and the characters that it has."""

    name: str
    font: hb.Font
    characters: frozenset[int]
    units: int

    def has(self, character: str) -> bool:
        """Whether the font can show the character; joiners and selectors show as nothing in any font."""
        return ord(character) in self.characters or is_invisible(character)


def is_invisible(character: str) -> bool:
    """Joiners and variation selectors, which steer the shaping and have no shape of their own."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


@cache
def typefaces() -> tuple[Typeface, ...]:
    """All fonts. They are read once and never changed."""
    return tuple(_load(name) for name in FONT_FILES)


def _load(name: str) -> Typeface:
    data = (resources.files(__package__) / "fonts" / name).read_bytes()
    face = hb.Face(hb.Blob(data))
    font = hb.Font(face)
    bold = SYNTHETIC_BOLD.get(name, 0.0)
    if bold:
        font.synthetic_bold = (bold, bold, False)
    return Typeface(name, font, frozenset(face.unicodes), face.upem)

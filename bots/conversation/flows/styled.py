"""Styles in words."""

from __future__ import annotations

from bots.conversation.texts import Texts
from core.generation.styles import styles


def label(texts: Texts, name: str) -> str:
    """A style's name as people read it, also for a style that there is no more."""
    declared = styles().get(name)
    return texts.label(declared.label) if declared else name

"""Backdrops: every one is a colour, and one that nobody knows any more leaves the style as it is."""

from __future__ import annotations

from core.generation.backdrops import BACKDROPS
from core.generation.sculpt.engine import _before
from core.generation.styles import styles


def test_every_backdrop_is_a_colour_of_its_own() -> None:
    assert 6 <= len(BACKDROPS) == len(set(BACKDROPS.values()))
    assert all(0 <= channel <= 1 for colour in BACKDROPS.values() for channel in colour)


def test_a_backdrop_takes_the_place_of_the_styles_background_and_changes_nothing_else() -> None:
    for style in styles().values():
        chosen = _before(style.sculpt, "night")
        assert chosen.scene.background == BACKDROPS["night"]
        assert chosen.scene.set == style.sculpt.scene.set
        assert chosen.model_copy(update={"scene": style.sculpt.scene}) == style.sculpt


def test_no_backdrop_and_an_unknown_one_leave_it_to_the_style() -> None:
    for style in styles().values():
        assert _before(style.sculpt, "") == _before(style.sculpt, "of another time") == style.sculpt

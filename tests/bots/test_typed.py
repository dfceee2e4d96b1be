"""What people type is cleaned and limited before anything is done with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.conversation.typed import engraving, one_line, strict_engraving
from core.errors import InvalidEngraving
from core.generation.sculpt.stand.engraving import clean_engraving


@given(st.text(max_size=200))
def test_one_line_is_short_and_holds_nothing_that_controls(text):
    line = one_line(text, 20)
    assert len(line) <= 20
    assert line == line.strip()
    assert "\n" not in line
    assert "\x1b" not in line
    assert "\u202e" not in line


def test_names_in_every_script_stay_as_they_are():
    for name in ("Zoë", "Ñandú", "Алёна", "Ελένη", "مريم", "さくら", "क्ष"):
        assert engraving(name, 24) == name


@pytest.mark.parametrize("text", ["", " \n ", "\x07", "x" * 25, "x" * 500])
def test_a_name_that_is_empty_or_too_long_is_refused_with_the_limit(text):
    with pytest.raises(InvalidEngraving) as caught:
        engraving(text, 24)
    assert caught.value.fields == {"limit": 24}


@pytest.mark.parametrize("text", ["a\x07b", "a\nb", "a\u202eb", "x" * 500])
def test_the_command_line_refuses_control_characters_instead_of_dropping_them(text):
    with pytest.raises(InvalidEngraving):
        strict_engraving(text, 24)


def test_no_name_is_no_name():
    assert strict_engraving("", 24) == ""
    assert strict_engraving(" Ada ", 24) == "Ada"


def test_a_name_is_counted_as_it_is_engraved_however_it_was_typed():
    assert engraving("e\u0301" * 24, 24) == strict_engraving("e\u0301" * 24, 24) == "é" * 24


@given(st.text(max_size=40))
def test_what_the_conversation_takes_for_a_name_is_what_stands_on_the_base(text):
    try:
        name = engraving(text, 40)
    except InvalidEngraving:
        assert clean_engraving(text) == ""
    else:
        assert name == clean_engraving(text) == clean_engraving(name)


@pytest.mark.parametrize("unwanted", ["\x07", "\u202e", "\u2066", "\ue000", "\uffff"])
def test_the_conversation_and_the_base_drop_the_same_characters(unwanted):
    assert engraving(f"A{unwanted}da", 24) == clean_engraving(f"A{unwanted}da") == "Ada"

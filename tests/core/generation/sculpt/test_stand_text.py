"""Names in any script: what is let through, how it is ordered, how it is shaped."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import InvalidEngraving
from core.generation.sculpt.stand.bidi import levels, visual_order
from core.generation.sculpt.stand.engraving import clean_engraving
from core.generation.sculpt.stand.lettering import draw_text
from core.generation.sculpt.stand.shaping import shape_text, text_bounds
from core.generation.sculpt.stand.typefaces import typefaces

SCRIPTS = ["José Ñandú", "Ёжик", "Ώρα", "محمد", "שלום", "क्षत्रिय", "น้ำ", "山田", "さくら", "김철수"]


def width(text: str) -> float:
    left, _, right, _ = text_bounds(shape_text(text))
    return right - left


@pytest.mark.parametrize("text", SCRIPTS)
def test_every_script_has_letters(text: str) -> None:
    polygons = shape_text(text)
    _, bottom, _, top = text_bounds(polygons)
    assert len(polygons) >= 2 and 0.4 < top - bottom < 1.6 and width(text) > 0.2 * len(text)


def test_a_letter_with_a_hole_has_a_contour_that_runs_the_other_way() -> None:
    areas = [float(np.cross(p, np.roll(p, -1, 0)).sum()) if p.shape[1] == 3 else _area(p) for p in shape_text("O")]
    assert len(areas) == 2 and max(areas) > 0 > min(areas)


def _area(points: np.ndarray) -> float:
    x, y = points.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def test_arabic_letters_are_joined() -> None:
    assert len(shape_text("سلم")) < sum(len(shape_text(letter)) for letter in "سلم")
    assert width("سلم") < 0.8 * sum(width(letter) for letter in "سلم")


def test_right_to_left_runs_are_mirrored_in_order() -> None:
    alef, rest = shape_text("א")[0], shape_text("אבג")
    last = max(rest, key=lambda contour: contour[:, 0].max())
    assert np.ptp(last[:, 0]) == pytest.approx(np.ptp(alef[:, 0]), abs=1e-3)


def test_an_accent_does_not_depend_on_how_it_was_typed() -> None:
    assert width(clean_engraving("José")) == width(clean_engraving("Jose\u0301"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", [0, 0, 0]),
        ("אב", [1, 1]),
        ("a אב c", [0, 0, 1, 1, 0, 0]),
        ("אב 12", [1, 1, 1, 2, 2]),
        ("אב c", [1, 1, 1, 2]),
        ("12 אב", [2, 2, 1, 1, 1]),
        ("c 1,5", [0, 0, 0, 0, 0]),
        ("א 1,5", [1, 1, 2, 2, 2]),
    ],
)
def test_levels_are_those_of_the_bidirectional_algorithm(text: str, expected: list[int]) -> None:
    assert levels(text) == expected


def test_runs_are_reversed_from_the_innermost_outwards() -> None:
    assert visual_order([0, 1, 0]) == [0, 1, 2]
    assert visual_order([1, 2, 1]) == [2, 1, 0]
    assert visual_order([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]


def test_control_characters_and_overrides_are_stripped() -> None:
    assert clean_engraving(" Ada\u202e\x00\n\tLove\u2066lace\u200f ") == "Ada Lovelace"
    assert clean_engraving("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_engraving("\x07\u202d") == ""


def test_forty_characters_fit_and_forty_one_do_not() -> None:
    assert len(clean_engraving("a" * 40)) == 40
    with pytest.raises(InvalidEngraving) as raised:
        clean_engraving("a" * 41)
    assert raised.value.fields["limit"] == 40


def test_a_long_text_of_accents_is_counted_after_composing() -> None:
    assert len(clean_engraving("e\u0301" * 40)) == 40


@pytest.mark.parametrize("text", ["🦝", "a\ue000", "𒀀"])
def test_a_character_without_a_font_is_refused(text: str) -> None:
    with pytest.raises(InvalidEngraving):
        shape_text(text)


def test_every_bundled_font_is_needed() -> None:
    used = {face.name for text in SCRIPTS for face in typefaces() if any(face.has(c) for c in text)}
    assert used == {face.name for face in typefaces()}


def test_drawn_text_is_centred_and_fits() -> None:
    image = np.zeros((80, 300, 3), np.uint8)
    draw_text(image, "A long name that shrinks", (150, 40), 30, 200, (255, 255, 255))
    ys, xs = np.where(image[..., 0] > 64)
    assert 192 < np.ptp(xs) < 204
    assert xs.mean() == pytest.approx(150, abs=12) and (ys.min() + ys.max()) / 2 == pytest.approx(40, abs=2)
    assert len(np.unique(image)) > 20  # Anti-aliased.
    before = image.copy()
    draw_text(image, "", (150, 40), 30, 200, (255, 255, 255))
    assert np.array_equal(image, before) and cv2.countNonZero(image[..., 0]) > 0

"""The message catalogues: nothing is missing, nothing is left over, and what is filled in fits."""

from __future__ import annotations

import ast
import datetime as dt
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bots.conversation.catalogue import COMMANDS
from bots.conversation.routing import BUTTONS
from bots.conversation.texts import FOLDER, Texts, languages
from bots.files import FolderError
from core.errors import FigurineError, NoClearSubject
from core.generation.sculpt.engine import USUAL_SECONDS
from core.generation.styles import styles
from core.model import FileKind, SubjectKind

BOTS = Path(__file__).resolve().parents[2] / "bots"
CALLS = ("texts", "_texts", "plural", "button", "first", "Texts")
LONGEST_BUTTON = 40  # characters; Discord takes 80, but Telegram cuts what does not fit on a phone


def calls() -> Iterator[tuple[str, set[str]]]:
    """Every key that the source asks for by a constant, with the names of what it fills in."""
    for file in BOTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in CALLS and node.args:
                given = {keyword.arg or "" for keyword in node.keywords} | (
                    {"count"} if _name(node.func) == "plural" else set()
                )
                for key in _constants(node.args[0]):
                    yield (f"button.{key}" if _name(node.func) == "button" else key), given


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Call):  # Texts()("key")
        return _name(function.func)
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _constants(node: ast.expr) -> list[str]:
    branches = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
    return [branch.value for branch in branches if isinstance(branch, ast.Constant) and isinstance(branch.value, str)]


def error_codes(base: type[FigurineError] = FigurineError) -> set[str]:
    return {base.code}.union(*(error_codes(each) for each in base.__subclasses__()))


def families() -> set[str]:
    """The keys that the source puts together."""
    return (
        {f"button.{name}" for name in BUTTONS}
        | {f"command.{command.name}" for command in COMMANDS}
        | {f"file.{kind}" for kind in FileKind}
        | {f"subject.{kind}" for kind in SubjectKind}
        | {f"stage.{stage}" for stage in (*USUAL_SECONDS, "other")}
        | error_codes()
    )


def messages(language: str) -> dict[str, list[str]]:
    """Key → every plural form of its text."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        found[key] = forms
    return {key: forms for key, forms in found.items() if key}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", languages())
def test_every_key_that_is_asked_for_has_a_text_in_every_form(language):
    known = messages(language)
    wanted = families() | {key for key, _ in calls()}
    assert wanted <= set(known)
    assert all(form for forms in known.values() for form in forms)


def test_no_text_is_left_over():
    constants = {
        node.value
        for file in BOTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    cut = {f"subject.{kind}.cut" for kind in SubjectKind}
    assert set(messages("en")) - families() - constants - cut == set()


def test_every_placeholder_is_filled_in_by_those_who_ask_for_the_text():
    known = messages("en")
    wrong = {
        key: (placeholders(form), given)
        for key, given in calls()
        for form in known[key]
        if "" not in given and not placeholders(form) <= given
    }
    assert not wrong


@pytest.mark.parametrize("language", languages())
def test_a_translation_fills_in_what_the_english_text_does(language):
    english, other = messages("en"), messages(language)
    assert {key: set().union(*map(placeholders, forms)) for key, forms in english.items()} == {
        key: set().union(*map(placeholders, forms)) for key, forms in other.items()
    }


@pytest.mark.parametrize("language", languages())
def test_buttons_fit_on_a_phone(language):
    assert all(
        len(form) <= LONGEST_BUTTON
        for key, forms in messages(language).items()
        if key.startswith("button.")
        for form in forms
        if key != "button.dead"
    )


def test_the_check_of_keys_sees_the_source():
    """Otherwise the tests above would hold for a catalogue of nothing."""
    assert len({key for key, _ in calls()}) > 60
    assert {NoClearSubject.code, FolderError.code} <= error_codes()


def test_styles_speak_for_themselves_without_an_entry_in_the_catalogue():
    assert all(Texts().label(style.label) for style in styles().values())
    assert Texts().label("Gingerbread") == "Gingerbread"


def test_no_style_has_the_name_of_another_button():
    assert not set(styles()) & set(BUTTONS)


@pytest.mark.parametrize(
    ("locale", "number"),
    [("en", "1,234.5"), ("de", "1,234.5"), ("en-IN", "1,234.5"), ("xx", "1,234.5"), ("", "1,234.5")],
)
def test_any_locale_that_a_platform_tells_is_spoken_to(locale, number):
    texts = Texts(locale)
    assert texts("button.agree") == "I agree"
    assert texts.number(1234.5) == number


def test_waiting_times_are_told_as_one_says_them():
    texts = Texts()
    assert [texts.duration(seconds) for seconds in (0, 3, 38, 90, 91, 150, 4000)] == [
        "5 seconds",
        "5 seconds",
        "40 seconds",
        "90 seconds",
        "2 minutes",
        "2 minutes",
        "67 minutes",
    ]


def test_a_moment_is_told_in_the_persons_own_time_zone():
    moment = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert Texts().moment(moment, dt.timezone(dt.timedelta(hours=2))) == "Mon 01:30"


def test_what_a_person_typed_is_never_taken_for_a_placeholder():
    assert "{limit}" in Texts()("styles.name", name="{limit}")

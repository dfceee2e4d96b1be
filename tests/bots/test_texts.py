"""The message catalogues: nothing is missing, nothing is left over, and what is filled in fits."""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from PIL import Image

from bots.conversation.catalogue import COMMANDS
from bots.conversation.flows.questions import EXHIBITS, PEOPLE
from bots.conversation.forms import FORMS
from bots.conversation.routing import BUTTONS, CHOICES
from bots.conversation.texts import FOLDER, Texts, languages
from bots.files import FolderError
from core.errors import FigurineError, NoClearSubject
from core.generation.backdrops import BACKDROPS
from core.generation.sculpt.engine import USUAL_SECONDS
from core.generation.styles import styles
from core.model import FileKind, SubjectKind

BOTS = Path(__file__).resolve().parents[2] / "bots"
CALLS = ("texts", "_texts", "plural", "button", "first", "Texts")
MOST = {
    "button.": 64,  # Discord takes 80, but Telegram cuts what does not fit on a phone
    "command.": 100,  # Discord; Telegram takes 256
    "argument.": 100,
    "form.": 45,
    "file.": 1_024,  # the texts for those who can't see a picture
    "exhibit.": 1_024,
    "bot.description": 512,
    "bot.short": 120,
    "menu.": 32,
    "choose": 150,
    "": 4_000,
}
"""The most characters of messages whose keys begin so, as the strictest platform has it."""
SENTENCES = {"button.dead", "button.other-person", "command.meant", "command.unknown"}
"""Messages that are said, in spite of their keys."""
LANGUAGES = {"en", "es", "pt", "fr", "de", "it", "ru", "ar", "ja"}


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
        | {f"argument.{argument.name}" for command in COMMANDS for argument in command.arguments}
        | {key for form in FORMS.values() for key in (form.title, form.field)}
        | {f"background.{name}" for name in ("auto", *BACKDROPS)}
        | {f"exhibit.{name}" for name in (*EXHIBITS.values(), PEOPLE)}
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
    of_styles = {words for style in styles().values() for words in (style.label, style.summary)}
    asked_by_adapters = {"bot.description", "bot.short"}
    assert set(messages("en")) - families() - constants - cut - of_styles - asked_by_adapters == set()


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
def test_a_translation_has_every_message_and_no_other_in_every_form_of_its_language(language):
    english, other = messages("en"), messages(language)
    assert set(english) == set(other)
    plurals = {key for key, forms in english.items() if len(forms) > 1}
    forms = len(messages(language)[min(plurals)])
    with (FOLDER / f"{language}.po").open("rb") as file:
        assert read_po(file, locale=language).num_plurals == forms
    assert {len(other[key]) for key in plurals} == {forms}
    assert all(len(other[key]) == 1 for key in set(other) - plurals)
    assert all(form.strip() for each in other.values() for form in each)


@pytest.mark.parametrize("language", languages())
def test_every_plural_form_of_a_language_is_the_one_that_its_numbers_take(language):
    """Where a catalogue's own rule differs from the language's, a number would be followed by the wrong word."""
    texts, plural = Texts(language), Locale.parse(language).plural_form
    spoken: dict[str, set[str]] = {}
    for count in range(1, 200):
        form = texts.plural("privacy.figurines", count).replace(texts.number(count), "#")
        spoken.setdefault(plural(count), set()).add(form)
    assert all(len(forms) == 1 for forms in spoken.values())


@pytest.mark.parametrize("language", languages())
def test_nothing_is_longer_than_a_platform_takes(language):
    for key, forms in messages(language).items():
        most = MOST[""] if key in SENTENCES else next(most for start, most in MOST.items() if key.startswith(start))
        assert all(len(form) <= most for form in forms), key


@pytest.mark.parametrize("language", languages())
def test_the_names_of_styles_fit_on_a_button(language):
    known = messages(language)
    assert all(len(known[style.label][0]) <= 24 for style in styles().values() if style.label in known)


def test_the_languages_are_those_that_were_promised():
    assert set(languages()) <= LANGUAGES
    assert Texts("pt-BR")("button.agree")
    assert Texts("zh")("button.agree") == Texts("en")("button.agree")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_has_a_name_that_every_platform_takes(command):
    assert all(re.fullmatch("[a-z_]{1,32}", name) for name in (command.name, *command.aliases))


def test_no_two_commands_have_the_same_name():
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", sorted({*EXHIBITS.values(), PEOPLE}))
def test_a_picture_of_the_styles_is_small_enough_to_be_sent_with_every_question(name):
    data = (FOLDER.parent / "pictures" / f"{name}.jpg").read_bytes()
    assert len(data) <= 200_000
    assert Image.open(io.BytesIO(data)).width >= 800


def test_the_check_of_keys_sees_the_source():
    """Otherwise the tests above would hold for a catalogue of nothing."""
    assert len({key for key, _ in calls()}) > 60
    assert {NoClearSubject.code, FolderError.code} <= error_codes()


def test_styles_speak_for_themselves_without_an_entry_in_the_catalogue():
    assert all(Texts().label(style.label) for style in styles().values())
    assert Texts().label("Gingerbread") == "Gingerbread"


def test_no_style_has_the_name_of_another_button():
    assert not set(styles()) & {*BUTTONS, *CHOICES, *FORMS}


@pytest.mark.parametrize(
    ("locale", "number"),
    [("en", "1,234.5"), ("en-IN", "1,234.5"), ("xx", "1,234.5"), ("", "1,234.5")],
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


def test_a_moment_is_told_in_utc_and_says_so_where_the_time_zone_is_not_known():
    moment = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert Texts().moment(moment, None) == "Sun 23:30 UTC"
    assert Texts().day(moment, None) == "March 1"


def test_texts_are_read_anew_when_that_is_asked_for():
    before = Texts()
    Texts.reload()
    assert Texts()("done") == before("done")
    assert vars(Texts())["_catalogue"] is not vars(before)["_catalogue"]


def test_what_a_person_typed_is_never_taken_for_a_placeholder():
    assert "{limit}" in Texts()("styles.name", name="{limit}")

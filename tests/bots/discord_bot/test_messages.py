"""Messages as Discord takes them."""

from __future__ import annotations

import pytest

from bots.conversation.forms import FORMS
from bots.conversation.messages import Attachment, Button, Reply
from bots.conversation.texts import Texts, languages
from bots.discord_bot import places
from bots.discord_bot.components import modal, name_of, rows
from bots.discord_bot.places import Address, Post
from bots.discord_bot.rendering import LONGEST_TEXT, cut, parts, plain
from core.model import FileKind

TEXTS = Texts()


def file(size: int, name: str = "a.stl") -> Attachment:
    return Attachment(FileKind.STL, name, bytes(size), "for printing")


def test_a_long_text_is_cut_at_the_ends_of_lines() -> None:
    text = "\n".join(f"line {number} " + "x" * 90 for number in range(60))
    pieces = cut(text)
    assert all(len(piece) <= LONGEST_TEXT for piece in pieces)
    assert "\n".join(pieces) == text


def test_a_text_without_any_space_is_cut_all_the_same() -> None:
    assert [len(piece) for piece in cut("x" * 4_500)] == [2_000, 2_000, 500]


def test_the_buttons_stand_under_the_last_of_several_messages() -> None:
    made = parts(Reply("word " * 900, (Button("agree", "I agree"),)), TEXTS)
    assert [bool(part.buttons) for part in made] == [False, False, True]


def test_more_files_than_a_message_takes_go_into_a_second_one() -> None:
    made = parts(Reply("Here", files=tuple(file(10, f"{n}.stl") for n in range(12))), TEXTS)
    assert [len(part.files) for part in made] == [10, 2]
    assert [part.text for part in made] == ["Here", ""]


def test_files_that_are_too_much_together_go_into_messages_of_their_own() -> None:
    made = parts(Reply("Here", files=(file(600), file(600), file(300))), TEXTS, most=1_000)
    assert [len(part.files) for part in made] == [1, 2]


def test_a_file_that_is_too_large_is_left_out_and_the_message_says_so() -> None:
    [made] = parts(Reply("Here", files=(file(2_000, "big.stl"), file(10))), TEXTS, most=1_000)
    assert [kept.name for kept in made.files] == ["a.stl"]
    assert made.text.startswith("Here\n")


def test_many_choices_become_a_list_and_everything_else_buttons() -> None:
    styles = [Button(f"style-{n}", f"Style {n}", choice=True) for n in range(8)]
    first, second = rows(
        [*styles, Button("agree", "I agree"), Button("home", "Home", url="https://example.org")], TEXTS
    )
    [select] = first["components"]
    assert [option["value"] for option in select["options"]] == [style.id for style in styles]
    assert [part.get("custom_id", part.get("url")) for part in second["components"]] == [
        "f:agree",
        "https://example.org",
    ]


def test_a_few_choices_stay_buttons() -> None:
    [row] = rows([Button(f"style-{n}", f"Style {n}", choice=True) for n in range(5)], TEXTS)
    assert [part["type"] for part in row["components"]] == [2] * 5


def test_what_cannot_be_undone_is_red_and_agreeing_is_green() -> None:
    [row] = rows([Button("agree:1", "I agree"), Button("remove:4@7", "Delete"), Button("files:4", "Files")], TEXTS)
    assert [part["style"] for part in row["components"]] == [3, 4, 2]


def test_thirty_buttons_fill_five_rows_and_no_more() -> None:
    made = rows([Button(f"b{number}", str(number)) for number in range(30)], TEXTS)
    assert [len(row["components"]) for row in made] == [5] * 5


async def test_a_form_carries_in_its_id_what_it_is_for() -> None:
    made = modal("name:4@7", FORMS["name"], TEXTS, 24).to_dict()
    assert made["custom_id"] == "f:form:name:4@7"
    assert name_of("name:4@7") == "name"


@pytest.mark.parametrize("language", languages())
async def test_a_form_for_a_name_takes_as_many_letters_as_are_engraved_and_says_so(language: str) -> None:
    for form in ("name", "set-name"):
        label = modal(form, FORMS[form], Texts(language), 24).to_dict()["components"][0]
        assert label["component"]["max_length"] == 24
        assert "24" in label["label"]
        assert len(label["label"]) < 45  # Else it may have been cut.


def test_an_address_comes_back_as_it_was_packed_and_its_token_is_not_shown() -> None:
    address = Address("1", "2", "3", "secret", 4.5, True, "6", True, True, 7, 8, True)
    assert places.address(address.pack()) == address
    assert Address().pack() == ""
    assert places.address("") == Address()
    assert "secret" not in repr(address)


def test_a_post_of_a_later_version_can_still_be_read() -> None:
    assert places.post(b'{"channel":"1","message":"2","colour":"red"}') == Post("1", "2")


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (869, True), (871, False)])
def test_a_token_is_used_for_fourteen_and_a_half_minutes(age: int, fresh: bool) -> None:
    assert Address(token="t", at=1_000.0).is_fresh(1_000.0 + age) is fresh
    assert not Address(at=1_000.0).is_fresh(1_000.0)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[a](https://e.org/x_y) [b](http://d.org)", r"\[a\](https://e.org/x_y) \[b\](http://d.org)"),
        ("**Ada** _L_ ~~x~~ ||y|| `z`", r"\*\*Ada\*\* \_L\_ \~\~x\~\~ \|\|y\|\| \`z\`"),
        ("<@17> <#18> <t:0>", r"\<@17> \<#18> \<t:0>"),
        ("# Ada\n> says\n-# so", "\\# Ada\n\\> says\n\\-\\# so"),
        ("\\[a](b)", "\\\\\\[a\\](b)"),
        ("figurine-1.glb (3.5 MB) #1", "figurine-1.glb (3.5 MB) #1"),
    ],
)
def test_peoples_own_words_are_shown_as_they_are_and_never_as_markdown(said: str, shown: str) -> None:
    assert plain(said) == shown
    assert parts(Reply(said), TEXTS)[0].text == shown


def test_what_is_escaped_is_never_cut_from_what_escapes_it() -> None:
    pieces = cut(plain("x" + "*" * 3_000))
    assert all(len(piece) <= LONGEST_TEXT for piece in pieces)
    assert "".join(pieces) == "x" + r"\*" * 3_000
    assert not any(piece.startswith("*") for piece in pieces)

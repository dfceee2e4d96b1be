"""The adapter's small parts: rows of buttons, long texts, films, the pace, a log without secrets."""

from __future__ import annotations

import io
import logging
import time
from unittest.mock import MagicMock

import aiohttp
import av
import numpy as np
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bots.conversation.messages import Button
from bots.conversation.texts import Texts, languages
from bots.telegram_bot.films import Film, film
from bots.telegram_bot.keyboards import keyboard
from bots.telegram_bot.lengths import length, split
from bots.telegram_bot.pace import GROUP, Bucket, Limit, Pace, Window
from bots.telegram_bot.quiet import hushed
from bots.telegram_bot.refusals import (
    Moved,
    NoAnswer,
    NoThread,
    NotModified,
    Refusal,
    Shut,
    TooBig,
    Uneditable,
    meaning,
)
from core.errors import TryLater, Undeliverable, Unreachable
from core.generation.backdrops import BACKDROPS

TOKEN = "123456789:AAsecretsecretsecretsecretsecret"


def rows(*buttons: Button) -> list[list[str]]:
    markup = keyboard(buttons)
    return [[key.text for key in row] for row in markup.inline_keyboard] if markup else []


def test_short_choices_stand_three_in_a_row_and_long_ones_two() -> None:
    assert rows(*(Button(word, word, choice=True) for word in ("Chibi", "Clay", "Wood", "Vinyl", "Bronze"))) == [
        ["Chibi", "Clay", "Wood"],
        ["Vinyl", "Bronze"],
    ]
    assert rows(*(Button(word, word, choice=True) for word in ("Collector on a desk", "Clay", "Wood"))) == [
        ["Collector on a desk", "Clay"],
        ["Wood"],
    ]


def test_a_long_choice_has_a_row_of_its_own_and_the_others_stand_together_evenly() -> None:
    for language in languages():
        names = [Texts(language)(f"background.{name}") for name in ("auto", *BACKDROPS)]
        stand = [len(row) for row in rows(*(Button(name, name, choice=True) for name in names))]
        assert stand.count(1) <= 2, language
        assert len(stand) <= 5, language
    assert rows(*(Button(word, word, choice=True) for word in ("as it suits the style", "a", "b", "c", "d"))) == [
        ["as it suits the style"],
        ["a", "b"],
        ["c", "d"],
    ]


def test_wide_signs_need_more_room() -> None:
    assert rows(*(Button(word, word, choice=True) for word in ("コレクター風", "大理石", "木"))) == [
        ["コレクター風", "大理石"],
        ["木"],
    ]


def test_other_buttons_stand_below_the_choices_and_a_long_one_has_a_row_of_its_own() -> None:
    buttons = [Button("clay", "Clay", choice=True), Button("name", "Name"), Button("wish", "Wish")]
    assert rows(*buttons) == [["Clay"], ["Name", "Wish"]]
    under_a_result = ("Files: STL · 3MF · GLB", "Again", "Other style", "Delete photo now")
    assert rows(*(Button(word, word) for word in under_a_result)) == [
        ["Files: STL · 3MF · GLB"],
        ["Again", "Other style"],
        ["Delete photo now"],
    ]
    assert rows(Button("a", "Delete my photo and everything"), Button("b", "No")) == [
        ["Delete my photo and everything"],
        ["No"],
    ]


def test_a_button_may_lead_to_an_address() -> None:
    markup = keyboard([Button("home", "To our chat", url="https://t.me/x?start=photo")])
    assert markup is not None
    assert markup.inline_keyboard[0][0].url == "https://t.me/x?start=photo"
    assert markup.inline_keyboard[0][0].callback_data is None


def test_a_button_that_telegram_would_refuse_does_not_take_the_others_with_it(caplog: pytest.LogCaptureFixture) -> None:
    assert rows(Button("x" * 65, "Long"), Button("ok", "Good")) == [["Good"]]
    assert "left out" in caplog.text


def test_a_long_text_is_cut_at_the_ends_of_lines() -> None:
    text = "\n".join(f"{number} " + "word " * 20 for number in range(100))
    parts = split(text)
    assert all(length(part) <= 4096 for part in parts)
    assert all(part.split()[0].isdecimal() for part in parts)
    assert " ".join(" ".join(parts).split()) == " ".join(text.split())


def test_a_text_without_an_end_is_cut_between_characters() -> None:
    parts = split("🦄" * 5000)
    assert "".join(parts) == "🦄" * 5000
    assert all(length(part) <= 4096 for part in parts)


def test_half_a_character_is_replaced() -> None:
    assert split("a\ud800b") == ["a\ufffdb"]


def test_a_films_shape_is_read_from_its_beginning() -> None:
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as made:
        track = made.add_stream("libx264", rate=8)
        track.width, track.height, track.pix_fmt = 96, 64, "yuv420p"
        for _ in range(16):
            made.mux(track.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8))))
        made.mux(track.encode())
    assert film(stream.getvalue()) == Film(96, 64, 2)


@pytest.mark.parametrize(
    "data", [b"", b"no film", b"\0\0\0\x08moov", b"\0\0\0\x01moov\0\0\0\0\0\0\0\0", b"GIF89a" * 20]
)
def test_what_is_no_film_has_no_shape(data: bytes) -> None:
    assert film(data) is None


# ---- the pace


def test_a_window_says_how_long_until_there_is_room() -> None:
    window = Window(Limit(3, 10.0, 1))
    window.add(100.0, 2)
    assert window.wait(101.0) == 0
    assert window.wait(101.0, spare=True) == pytest.approx(9.0)
    window.add(101.0)
    assert window.wait(104.0) == pytest.approx(6.0)
    assert window.wait(110.0) == 0


def test_a_bucket_leaks_evenly_and_knows_what_is_on_its_way() -> None:
    bucket = Bucket(Limit(4, 4.0, 1))
    bucket.add(100.0, 4)
    assert bucket.wait(100.0) == pytest.approx(1.0)
    assert bucket.wait(100.0, spare=True) == pytest.approx(2.0)
    bucket.add(101.0)
    assert bucket.wait(100.0) == pytest.approx(2.0)
    assert bucket.wait(102.0) == 0


def test_more_at_once_than_ever_fit_go_when_the_window_is_empty() -> None:
    window = Window(Limit(3, 10.0, 1))
    assert window.wait(100.0, 5) == 0
    window.add(100.0, 5)
    assert window.wait(100.0, 5) == pytest.approx(10.0)


async def test_in_a_group_edits_are_rare_and_leave_room_for_messages() -> None:
    pace = Pace()
    await pace.edit(-1)
    with pytest.raises(TryLater):
        await pace.edit(-1)
    await pace.turn(-1, GROUP.most - 1, patient=True)
    with pytest.raises(TryLater) as wish:
        await pace.turn(-1)
    assert 50 < wish.value.seconds <= 61
    await pace.turn(-2)


async def test_a_chat_that_telegram_wants_left_alone_is_left_alone_and_no_other() -> None:
    pace = Pace()
    pace.hold(5, 30.0)
    with pytest.raises(TryLater):
        await pace.turn(5)
    assert not pace.spare(5)
    await pace.turn(6)


async def test_a_short_wait_is_waited_on_the_spot() -> None:
    pace = Pace()
    pace.hold(5, 0.05)
    begun = time.monotonic()
    await pace.turn(5)
    assert time.monotonic() - begun >= 0.05


# ---- refusals


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Unreachable),
        (Forbidden("Forbidden: user is deactivated"), Unreachable),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Undeliverable),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Shut),
        (BadRequest("Chat not found"), Shut),
        (BadRequest("Not enough rights to send text messages to the chat"), Shut),
        (BadRequest("Message is not modified: specified new message content is exactly the same"), NotModified),
        (BadRequest("Message to edit not found"), Uneditable),
        (BadRequest("Message can't be edited"), Uneditable),
        (BadRequest("There is no text in the message to edit"), Uneditable),
        (BadRequest("Message thread not found"), NoThread),
        (BadRequest("File is too big"), TooBig),
        (NetworkError("Request Entity Too Large"), TooBig),
        (BadRequest("BUTTON_DATA_INVALID"), Refusal),
        (ChatMigrated(-1001), Moved),
        (InvalidToken(f"The token `{TOKEN}` was rejected by the server."), TryLater),
        (TimedOut(), NoAnswer),
        (NetworkError("Bad Gateway"), NoAnswer),
        (caused(NetworkError("unreachable"), aiohttp.ClientConnectorError(MagicMock(), OSError(TOKEN))), TryLater),
        (caused(TimedOut(), aiohttp.ConnectionTimeoutError()), TryLater),
        (caused(TimedOut(), aiohttp.SocketTimeoutError()), NoAnswer),
        (caused(NetworkError("gone"), aiohttp.ServerDisconnectedError()), NoAnswer),
    ],
)
def test_every_error_of_telegrams_has_a_meaning_without_its_text(error: TelegramError, kind: type[Exception]) -> None:
    found = meaning(error)
    assert type(found) is kind
    assert TOKEN not in repr(found)


def test_a_flood_is_waited_out_and_a_bit_more() -> None:
    found = meaning(RetryAfter(7))
    assert isinstance(found, TryLater)
    assert found.seconds == 7.5


# ---- the log


def test_no_logger_writes_the_token(caplog: pytest.LogCaptureFixture) -> None:
    address = f"https://api.telegram.org/bot{TOKEN}/getMe"
    before = logging.getLogger("httpx").level
    with hushed(TOKEN), caplog.at_level(logging.DEBUG):
        logging.getLogger("anything").warning("asked %s", address)
        logging.getLogger("httpx").info("HTTP Request: %s", address)
        logging.getLogger("telegram.ext.Application").critical("Error while parsing %s", {"text": "my secret"})
        try:
            raise ValueError(address)
        except ValueError:
            logging.getLogger("anything").exception("oh")
    assert TOKEN.partition(":")[2] not in caplog.text
    assert "HTTP Request" not in caplog.text
    assert "my secret" not in caplog.text
    assert "ValueError" in caplog.text
    assert logging.getLogger("httpx").level == before

"""What people do on Telegram, in the conversation's words."""

from __future__ import annotations

from typing import Any

import pytest

from bots.conversation.events import HOME, Event, FileRef, PhotoLost, PhotoSent, Place, Pressed, Typed
from bots.telegram_bot.translating import Happening, Translator, press
from core.errors import NotAPicture
from tests.bots.telegram_bot import messages
from tests.bots.telegram_bot.messages import (
    ADA,
    BOB,
    GROUP,
    ME,
    PHOTO,
    STICKER,
    VIDEO,
    document,
    earlier,
    message,
    pressed,
    said_by_me,
)

AT = f"@{ME.username}"
OTHERS_TOO = ("/help", "/stop", "/cancel", "/language", "/settings", "/reload", "/make")  # Several bots have these.
IN_GROUP = Place(f"{GROUP['id']}:55:0", shared=True)


def understood(**fields: Any) -> Happening | None:
    return Translator().message(message(**fields), ME)


def event(**fields: Any) -> Event | None:
    happening = understood(**fields)
    return happening.event if happening else None


def test_a_line_comes_with_the_persons_language_and_no_timezone() -> None:
    happening = understood(text="Hello")
    assert happening is not None
    assert (happening.event, happening.place, happening.group) == (Typed("Hello"), HOME, "")
    assert (happening.chatter.platform, happening.chatter.id) == ("telegram", str(ADA["id"]))
    assert (happening.chatter.locale, happening.chatter.timezone) == ("de", None)


def test_a_deep_link_comes_as_the_command_with_what_it_carries() -> None:
    assert event(text="/start link-482177") == Typed("/start link-482177")


@pytest.mark.parametrize("text", ["/", "/\x85", "/ \u2003", "/\n"])
def test_a_slash_without_a_word_is_a_line_like_any_other(text: str) -> None:
    assert event(text=text) == Typed(text)
    assert event(**PHOTO, caption=text) == PhotoSent(FileRef("large", 200_000), "")


def test_a_photo_comes_in_its_largest_size_with_the_caption_as_the_wish() -> None:
    assert event(**PHOTO, caption="in a red cape") == PhotoSent(FileRef("large", 200_000), "in a red cape")


def test_a_wish_ends_after_three_hundred_characters() -> None:
    sent = event(**PHOTO, caption="x" * 400)
    assert isinstance(sent, PhotoSent)
    assert len(sent.caption) == 300


@pytest.mark.parametrize(
    "caption", ["/figurine in a red cape", f"/figurine@{ME.username} in a red cape", "in a red cape"]
)
def test_a_caption_may_be_the_command(caption: str) -> None:
    assert event(**PHOTO, caption=caption) == PhotoSent(FileRef("large", 200_000), "in a red cape")


@pytest.mark.parametrize(
    ("name", "mime"),
    [("IMG_1.HEIC", "image/heic"), ("IMG_1.HEIC", "application/octet-stream"), ("cat.png", ""), ("x", "image/jpeg")],
)
def test_a_picture_sent_as_a_file_is_a_photo(name: str, mime: str) -> None:
    assert event(**document(name, mime)) == PhotoSent(FileRef("file", 3_000_000))


def test_a_still_sticker_is_a_photo() -> None:
    assert event(sticker=STICKER) == PhotoSent(FileRef("sticker", 0))


def test_a_forwarded_photo_is_a_photo() -> None:
    origin = {"type": "user", "date": 1_790_000_000, "sender_user": BOB}
    assert event(**PHOTO, forward_origin=origin) == PhotoSent(FileRef("large", 200_000))


def test_the_still_picture_of_a_live_photo_is_taken() -> None:
    live = {**VIDEO, "photo": PHOTO["photo"]}
    assert event(live_photo=live) == PhotoSent(FileRef("large", 200_000))


@pytest.mark.parametrize(
    "fields",
    [
        document("notes.pdf", "application/pdf"),
        {"video": VIDEO},
        {"animation": VIDEO, **document("dance.gif", "image/gif")},
        {"sticker": {**STICKER, "is_animated": True}},
        {"sticker": {**STICKER, "is_video": True}},
        {"voice": {"file_id": "voice", "file_unique_id": "o", "duration": 2}},
        {"location": {"longitude": 1.0, "latitude": 2.0}},
    ],
)
def test_what_is_no_picture_is_told_so(fields: dict[str, Any]) -> None:
    lost = event(**fields)
    assert isinstance(lost, PhotoLost)
    assert isinstance(lost.error, NotAPicture)


def test_the_command_in_reply_to_a_photo_is_as_good_as_the_photo() -> None:
    sent = event(text="/figurine in a red cape", reply_to_message=earlier(**PHOTO))
    assert sent == PhotoSent(FileRef("large", 200_000), "in a red cape")


def test_an_alias_of_the_command_does_the_same() -> None:
    assert event(text="/make", reply_to_message=earlier(**PHOTO)) == PhotoSent(FileRef("large", 200_000))


def test_the_command_in_reply_to_a_film_says_that_it_is_no_picture() -> None:
    assert isinstance(event(text="/figurine", reply_to_message=earlier(video=VIDEO)), PhotoLost)


def test_the_command_in_reply_to_words_is_just_the_command() -> None:
    assert event(text="/figurine", reply_to_message=earlier(text="hi")) == Typed("/figurine")


def test_other_words_in_reply_to_a_photo_are_just_words() -> None:
    assert event(text="/styles", reply_to_message=earlier(**PHOTO)) == Typed("/styles")


def test_the_photos_of_an_album_belong_together_and_its_film_does_not() -> None:
    first, film = understood(**PHOTO, media_group_id="77"), understood(video=VIDEO, media_group_id="77")
    assert first is not None
    assert film is not None
    assert (first.group, film.group) == ("77", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"pinned_message": earlier(text="hi")},
        {"text": "hi", "sender": {**BOB, "is_bot": True}},
        {"text": "hi", "sender_chat": GROUP},
        {**PHOTO, "via_bot": ME.to_dict()},
    ],
)
def test_bots_channels_and_service_messages_are_ignored(fields: dict[str, Any]) -> None:
    assert understood(**fields) is None


# ---- groups


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/styles", "/styles"),
        ("/start", "/start"),
        ("/figurine as a king", "/figurine as a king"),
        (f"/help{AT}", "/help"),
        (f"/stop{AT}", "/stop"),
        (f"/styles{AT}", "/styles"),
        (f"/unheard_of{AT}", "/unheard_of"),
        (f"{AT} hello", "hello"),
        (f"I say 🦄 {AT.upper()}, hello", "I say 🦄 , hello"),
    ],
)
def test_in_a_group_the_bot_listens_when_it_is_spoken_to(text: str, words: str) -> None:
    happening = understood(chat=GROUP, text=text)
    assert happening is not None
    assert (happening.event, happening.place) == (Typed(words), IN_GROUP)


@pytest.mark.parametrize("text", [*OTHERS_TOO, "hello", "/styles@other_bot", "/unheard_of", "/\x85", "@somebody hello"])
def test_in_a_group_everything_else_is_none_of_its_business(text: str) -> None:
    assert understood(chat=GROUP, text=text) is None


def test_in_a_group_a_photo_needs_the_bots_name_in_its_caption() -> None:
    assert understood(chat=GROUP, **PHOTO) is None
    assert event(chat=GROUP, **PHOTO, caption=f"{AT} as a king") == PhotoSent(FileRef("large", 200_000), "as a king")


def test_a_reply_to_the_bot_is_for_the_bot() -> None:
    assert event(chat=GROUP, text="Ada", reply_to_message=said_by_me()) == Typed("Ada")


def test_a_line_in_a_topic_that_the_bot_opened_is_not_for_the_bot() -> None:
    opened = said_by_me(text=None, forum_topic_created={"name": "Cats", "icon_color": 1})
    assert (
        understood(chat=GROUP, text="hi", reply_to_message=opened, is_topic_message=True, message_thread_id=9) is None
    )


def test_the_other_photos_of_an_album_for_the_bot_are_for_it_too() -> None:
    translator = Translator()
    first = translator.message(message(chat=GROUP, **PHOTO, caption=AT, media_group_id="77"), ME)
    second = translator.message(message(chat=GROUP, **PHOTO, media_group_id="77"), ME)
    other = translator.message(message(chat=GROUP, **PHOTO, media_group_id="78"), ME)
    assert first is not None
    assert second is not None
    assert other is None


def test_a_topic_is_part_of_the_place() -> None:
    happening = understood(chat=GROUP, text=f"{AT} hi", is_topic_message=True, message_thread_id=9)
    assert happening is not None
    assert happening.place.address == f"{GROUP['id']}:55:9"


# ---- buttons


def test_a_button_in_the_own_chat_is_pressed_at_home() -> None:
    happening = press(pressed("files:17", message=said_by_me(chat=messages.PRIVATE)))
    assert happening is not None
    assert (happening.event, happening.place) == (Pressed("files:17"), HOME)


def test_a_button_in_a_group_is_answered_to_whoever_pressed_it() -> None:
    own = earlier(chat=GROUP, text=f"{AT} hi")
    happening = press(pressed("marble@3", message=said_by_me(reply_to_message=own)))
    assert happening is not None
    assert happening.place == Place(f"{GROUP['id']}:51:0", shared=True)


def test_a_button_under_a_message_too_old_to_be_read_still_says_where_it_is() -> None:
    happening = press(pressed("marble@3", message={"chat": GROUP, "message_id": 12, "date": 0}))
    assert happening is not None
    assert happening.place == Place(f"{GROUP['id']}:12:0", shared=True)

"""An album whose photos come one by one, some of them late."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.conversation.events import PhotoSent
from bots.conversation.messages import Reply
from tests.talking import Friend, a_grey, opened, quick_parts, some_photo


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.conversation.conversation.ALBUM_PAUSE", 0.02)


async def brings(friend: Friend, key: str, photo: bytes = b"", caption: str = "", album: str = "theirs") -> list[Reply]:
    """One photo of an album comes, and is answered."""
    before = len(friend.recorder.sent)
    await friend.does_as(PhotoSent(photo or some_photo(), caption), key, album)
    await friend.waits()
    return friend.recorder.sent[before:]


def made(replies: list[Reply]) -> int:
    return sum("ready to print" in reply.text for reply in replies)


async def test_a_photo_that_comes_after_its_album_was_asked_about_joins_it(friend: Friend):
    await friend.agrees()
    (style,) = await brings(friend, "1")
    assert "Which style?" in style.text
    (asked,) = await brings(friend, "2", caption="in a red cape")
    assert "2 photos" in asked.text
    (asked,) = await brings(friend, "3")
    assert "3 photos" in asked.text
    await friend.presses("each")
    (style,) = await brings(friend, "4")
    assert "put it with the rest" in style.text
    assert "Wish: in a red cape" in style.text
    assert made(await friend.presses("vinyl") + await friend.waits()) == 4


async def test_a_late_photo_joins_those_that_stand_together_until_there_is_no_room(friend: Friend):
    await friend.agrees()
    for key in "12":
        await brings(friend, key)
    await friend.presses("together")
    for key in "34":
        (style,) = await brings(friend, key)
        assert "put it with the rest" in style.text
    (each,) = await brings(friend, "5")
    assert "5 photos, and I'll make a figurine of each" in each.text
    assert made(await friend.presses("vinyl") + await friend.waits()) == 5


async def test_a_photo_that_comes_after_its_album_was_ordered_is_said_to_be_late(friend: Friend):
    await friend.agrees()
    for key in "12":
        await brings(friend, key)
    await friend.presses("together")
    await friend.presses("vinyl")
    await friend.waits()
    late, style = await brings(friend, "3")
    assert "came late" in late.text
    assert "Got it" in style.text
    assert made(await friend.presses("vinyl") + await friend.waits()) == 1


async def test_a_late_photo_leaves_a_name_that_is_being_typed_and_an_unusable_one_changes_nothing(friend: Friend):
    await friend.agrees()
    for key in "12":
        await brings(friend, key)
    await friend.presses("together")
    await friend.presses("name")
    await brings(friend, "3")
    (style,) = await friend.types("Ada")
    assert "Name on the base: Ada" in style.text
    (refused,) = await brings(friend, "4", a_grey())
    assert "one clear subject" in refused.text
    replies = await friend.presses("vinyl") + await friend.waits()
    assert any("Here is “Ada”!" in reply.text for reply in replies)


async def test_a_late_photo_waits_with_its_album_for_the_consent(friend: Friend):
    await brings(friend, "1", caption="in a red cape")
    await brings(friend, "2")
    assert "2 photos" in (await friend.presses("agree"))[-1].text


async def test_a_photo_of_another_album_is_another_one(friend: Friend):
    await friend.agrees()
    await brings(friend, "1")
    (style,) = await brings(friend, "2", album="another")
    assert "Which style?" in style.text
    assert made(await friend.presses("vinyl") + await friend.waits()) == 1


async def test_what_is_beyond_the_most_of_an_album_is_said(tmp_path: Path):
    async with opened(tmp_path, quick_parts(), photos={"album_max": 2}) as friend:
        await friend.agrees()
        for key in "12":
            await brings(friend, key)
        (many,) = await brings(friend, "3")
        assert "up to 2 photos at once" in many.text
        await friend.presses("each")
        assert made(await friend.presses("vinyl") + await friend.waits()) == 2

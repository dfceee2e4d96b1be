"""Where answers go: to where something happened, or to one person alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bots.conversation.events import FileRef, PhotoSent, Place, Pressed, Typed, kept_place, place_here
from core.errors import FileTooHeavy, TryLater
from core.model import FileKind
from tests.talking import Friend, Recorder, a_grey, opened, quick_parts, some_photo

GROUP = Place("the group", shared=True)
ASKED = Place("the group/17", shared=True, waits=True)


async def test_a_figurine_is_made_where_it_was_asked_for_and_its_buttons_are_its_persons_own(friend: Friend):
    await friend.agrees()
    there = friend.at(GROUP)
    await there.sends(some_photo())
    replies = await there.presses("collector") + await there.waits()
    shown = [reply for reply in replies if any(not file.own for file in reply.files)]
    assert [file.kind for reply in shown for file in reply.files] == [FileKind.PICTURE, FileKind.TURNTABLE]
    assert {reply.place for reply in replies} == {GROUP.address}
    assert not any(reply.private for reply in replies)
    assert all("@" in button.id for reply in replies for button in reply.buttons)
    eve = there.meets("eve").at(GROUP)
    (refused,) = await eve.presses("again")
    assert "somebody else" in refused.text
    assert refused.private
    (files,) = await there.presses("files")
    assert {file.kind for file in files.files} == {FileKind.GLB, FileKind.STL, FileKind.THREEMF}


async def test_what_is_personal_is_told_to_nobody_else_where_a_platform_can_whisper(friend: Friend):
    await friend.agrees()
    there = friend.at(GROUP)
    for line in ("/settings", "/privacy", "/history", "/queue", "/balance", "/link", "/support"):
        for reply in await there.types(line):
            assert (reply.private, reply.place) == (True, GROUP.address)
    (changed,) = await there.presses("unremind")
    assert changed.private
    assert changed.key.startswith("settings:")
    (listed,) = await there.types("/styles")
    assert not listed.private


async def test_what_is_personal_goes_to_the_own_chat_where_a_platform_can_not_whisper(tmp_path: Path):
    recorder = Recorder(whispers=False, address="https://chat.example/bot")
    async with opened(tmp_path, quick_parts(), recorder) as friend:
        await friend.agrees()
        hint, told = await friend.at(GROUP).types("/privacy")
        assert (hint.place, told.place) == (GROUP.address, "")
        assert "our own chat" in hint.text
        assert hint.buttons[0].url == "https://chat.example/bot"
        assert "What I hold" in told.text


async def test_a_newcomer_in_a_group_is_asked_alone_and_the_photo_goes_on_in_the_group(tmp_path: Path):
    recorder = Recorder(whispers=False)
    recorder.files["a photo"] = some_photo()
    async with opened(tmp_path, quick_parts(), recorder) as friend:
        told = await friend.at(GROUP).sends(FileRef("a photo"), caption="in red", style="vinyl", engraving="Ada")
        assert [reply.place for reply in told if "agree" in str(reply.buttons)] == [""]
        assert recorder.fetched == []
        await friend.presses("agree")
        told = await friend.waits()
        assert recorder.fetched == ["a photo"]
        assert any("Here is “Ada”!" in reply.text and reply.place == GROUP.address for reply in recorder.sent)


async def test_somebody_who_shares_nothing_gets_the_figurine_alone(friend: Friend):
    await friend.agrees()
    await friend.types("/settings")
    await friend.presses("unshare")
    there = friend.at(ASKED)
    (asked,) = await there.sends(some_photo())
    assert asked.private
    assert asked.first
    replies = await there.presses("collector") + await there.waits()
    assert {reply.place for reply in replies if reply.key} == {""}
    assert {reply.place for reply in replies if any(not file.own for file in reply.files)} == {""}
    assert any("our own chat" in reply.text and reply.first and reply.private for reply in replies)


async def test_a_platform_that_waits_gets_exactly_one_first_answer(friend: Friend):
    await friend.agrees()
    there = friend.at(ASKED)
    for line in ("/help", "/styles", "hello", "/history"):
        assert [reply.first for reply in await there.types(line)][:1] == [True]
    await there.sends(some_photo())
    replies = await there.presses("collector")
    assert sum(reply.first for reply in replies) == 1
    replies = await there.presses("cancel")
    assert any(reply.text == "Done." and reply.first for reply in replies) or "already ended" in friend.last


async def test_an_album_gets_a_thread_of_its_own_where_there_are_such_things(tmp_path: Path):
    async with opened(tmp_path, quick_parts(), Recorder(threads=True)) as friend:
        await friend.agrees()
        there = friend.at(GROUP)
        told = await there.sends(some_photo(), more=(some_photo(),), style="vinyl")
        told += await there.waits()
        assert "2 figurines are on their way" in told[0].text
        assert {reply.place for reply in told if reply.key} == {"the group/Vinyl"}
        assert sum("ready to print" in reply.text for reply in told) == 2


async def test_a_file_that_is_too_heavy_gone_or_late_is_told_kindly_and_the_rest_is_used(tmp_path: Path):
    recorder = Recorder()
    recorder.files = {"heavy": FileTooHeavy(size=31, limit=20), "good": some_photo(), "grey": a_grey()}
    async with opened(tmp_path, quick_parts(), recorder) as friend:
        await friend.agrees()
        (reply,) = await friend.sends(FileRef("heavy"))
        assert "That file is 31 MB; I can only fetch 20 here." in reply.text
        (reply,) = await friend.sends(FileRef("gone"))
        assert "no longer have that photo" in reply.text
        *refused, asked = await friend.sends(FileRef("heavy"), more=(FileRef("gone"), FileRef("good")))
        assert len(refused) == 2
        assert "Which style?" in asked.text


async def test_a_style_that_is_named_at_once_needs_no_question(friend: Friend):
    await friend.agrees()
    for more in ((), (some_photo(),)):
        replies = await friend.sends(some_photo(), more=more, style="Low Poly", engraving="Ada")
        replies += await friend.waits()
        assert not any("Which style?" in reply.text for reply in replies)
        assert sum("Here is “Ada”!" in reply.text for reply in replies) == 1 + len(more)


async def test_a_style_that_there_is_not_and_a_name_that_is_too_long_are_said_and_asked_for(friend: Friend):
    await friend.agrees()
    unknown, asked = await friend.sends(some_photo(), style="gingerbread")
    assert "no style called “gingerbread”" in unknown.text
    assert "Collector, Chibi" in unknown.text
    assert "Which style?" in asked.text
    wrong, asked = await friend.sends(some_photo(), style="vinyl", engraving="x" * 99)
    assert "up to 24" in wrong.text
    assert "Name on the base: none" in asked.text


async def test_figurine_typed_alone_says_how_and_with_a_photo_in_hand_goes_on(friend: Friend):
    await friend.agrees()
    assert "Send me a photo" in (await friend.types("/figurine"))[0].text
    await friend.sends(some_photo())
    (asked,) = await friend.types("/figurine with a red cape")
    assert "Wish: with a red cape" in asked.text
    assert asked.files[0].own
    placed, *_ = await friend.types("/figurine vinyl")
    assert placed.text.startswith("You're next")


async def test_names_and_wishes_can_be_filled_in(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    (named,) = await friend.fills("name", "Ada")
    assert "Name on the base: Ada" in named.text
    (wished,) = await friend.fills("wish", "with a hat")
    assert "Wish: with a hat" in wished.text
    assert "can't follow words yet" in wished.text
    (emptied,) = await friend.fills("name", "  ")
    assert "Name on the base: none" in emptied.text


async def test_a_question_stays_open_while_something_is_looked_up(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("name")
    await friend.types("/help")
    assert "Name on the base: Ada" in (await friend.types("Ada"))[0].text
    await friend.presses("wish")
    await friend.types("/styles")
    assert "Wish: a hat" in (await friend.types("a hat"))[0].text
    assert "Wish: none" in (await friend.presses("wish"), await friend.presses("no-wish"))[1][0].text


async def test_orders_of_one_style_are_told_apart(tmp_path: Path):
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await friend.agrees()
        await friend.sends(some_photo(), more=(some_photo(),), style="vinyl")
        await friend.sends(some_photo(), style="vinyl", engraving="Ada")
        (which,) = await friend.types("/cancel")
        texts = [button.text for button in which.buttons]
        assert texts == ["Cancel Vinyl (1)", "Cancel Vinyl (2)", "Cancel Vinyl “Ada”"]
        for button in which.buttons:
            await friend.presses(button.id)


async def test_a_platform_that_asks_to_wait_before_it_hands_over_a_photo_is_asked_again(tmp_path: Path):
    recorder = Recorder()
    recorder.files["late"] = TryLater(0.2)
    async with opened(tmp_path, quick_parts(), recorder) as friend:
        await friend.agrees()
        await friend.does_as(PhotoSent(FileRef("late")), "1")
        while not recorder.fetched:  # noqa: ASYNC110 -- the recorder tells nobody
            await asyncio.sleep(0.01)
        recorder.files["late"] = some_photo()
        await friend.waits()
        assert "Which style?" in friend.last
        assert recorder.fetched == ["late", "late"]


def test_an_address_is_for_its_own_platform_only():
    kept = kept_place("telegram", "-100:3:0")
    assert place_here("telegram", kept) == "-100:3:0"
    assert place_here("discord", kept) == kept_place("telegram", "") == place_here("telegram", "") == ""


async def test_what_was_sent_in_private_is_not_spoken_of_where_others_read_along(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as ada:
        await ada.agrees()
        await ada.sends(some_photo(), caption="for my secret love")
        there = ada.at(GROUP)
        for event in (Typed("hello"), Typed("/styles"), Typed("/figurine"), Pressed("wish")):
            for reply in await there.does(event):
                assert not (reply.place and "secret" in reply.text and not reply.private)
        await ada.presses("marble")
        await ada.waits()
        assert not [reply for reply in ada.recorder.sent if reply.files and reply.place and not reply.private]


async def test_who_wants_figurines_in_private_gets_them_so_also_when_they_agree_late(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as ada:
        await ada.agrees()
        await ada.types("/settings")
        await ada.presses("unshare")
    async with opened(tmp_path, quick_parts(), consent={"policy_version": "2"}) as ada:
        await ada.at(GROUP).sends(some_photo(), caption="for my secret love")
        await ada.presses("agree")
        assert any("secret" in reply.text for reply in ada.recorder.sent)
        assert not [
            reply for reply in ada.recorder.sent if "secret" in reply.text and reply.place and not reply.private
        ]

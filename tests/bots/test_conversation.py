"""What the bot answers, over the real queue, database and worker process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.app import Parts
from bots.conversation.catalogue import offered
from bots.conversation.events import PhotoLost, PhotoSent, Pressed, Typed
from bots.conversation.texts import Texts
from core.errors import DiskFull, PhotoTooLarge, UnsafePhoto
from core.generation.styles import styles
from core.intake.safety.unchecked import Unchecked
from core.model import FileKind, Photo
from tests.talking import Friend, a_grey, opened, quick_parts, some_photo


async def test_a_newcomer_is_told_what_happens_to_the_photo_and_asked_once(friend: Friend):
    (welcome,) = await friend.types("/start")
    assert "24 hours" in welcome.text
    assert "13 or older" in welcome.text
    assert [button.id for button in welcome.buttons] == ["agree:1:13", "details", "later", "young"]
    await friend.presses("agree")
    (again,) = await friend.types("/start")
    assert not again.buttons


async def test_the_details_are_told_and_can_be_agreed_to(friend: Friend):
    await friend.types("/start")
    (details,) = await friend.presses("details")
    assert "version 1" in details.text
    assert details.buttons[0].id == "agree:1:13"


async def test_a_photo_out_of_the_blue_waits_for_the_answer_and_goes_on_by_itself(friend: Friend):
    replies = await friend.sends(some_photo())
    assert replies[-1].buttons[0].id == "agree:1:13"
    replies = await friend.presses("agree")
    assert [button.id.partition(":")[0] for button in replies[-1].buttons][: len(styles())] == list(styles())


async def test_not_now_lets_go_of_the_photo(friend: Friend):
    await friend.sends(some_photo())
    await friend.presses("later")
    replies = await friend.presses("agree")
    assert "Send a photo" in replies[-1].text


async def test_an_order_is_one_message_that_becomes_the_result(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    replies = await friend.presses("collector") + await friend.waits()
    (key,) = {reply.key for reply in replies if reply.key}
    told = [reply for reply in replies if reply.key == key]
    assert told[0].text.startswith("You're next. About")
    assert told[0].buttons[0].text == "Cancel"
    assert any("▓" in reply.text and "%" in reply.text for reply in told)
    assert told[-1].files[0].kind is FileKind.PICTURE
    assert "10 cm tall, ready to print" in told[-1].text
    turntable = replies[-1]
    assert turntable.files[0].kind is FileKind.TURNTABLE
    assert "The back is invented" in turntable.text
    assert sum(turntable.timings.values()) > 0


async def test_the_files_come_when_they_are_asked_for(friend: Friend):
    await _make(friend)
    (reply,) = await friend.presses("files")
    assert {file.kind for file in reply.files} == {FileKind.GLB, FileKind.STL, FileKind.THREEMF}
    assert all(file.alt and file.data for file in reply.files)


async def test_again_makes_another_one_and_other_style_asks_for_it(friend: Friend):
    await _make(friend)
    await friend.presses("again")
    await friend.waits()
    assert "The back is invented" in friend.last
    (reply,) = await friend.presses("other")
    assert reply.buttons[0].id.startswith("collector:")


async def test_the_same_order_twice_in_a_row_is_one_order(tmp_path):
    async with opened(tmp_path, quick_parts(pause=0.2)) as friend:
        await friend.agrees()
        await friend.sends(some_photo())
        await friend.presses("vinyl")
        replies = await friend.presses("vinyl")
        assert any("already on its way" in reply.text for reply in replies)
        await friend.waits()
        assert sum("ready to print" in reply.text for reply in friend.recorder.sent) == 1


async def test_a_name_is_asked_for_cleaned_and_engraved(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("name")
    (reply,) = await friend.types(" Zo\x07ë \n the  Great ")
    assert "Name on the base: Zoë the Great" in reply.text
    replies = await friend.presses("bronze") + await friend.waits()
    assert any("Here is “Zoë the Great”!" in reply.text for reply in replies)


async def test_a_name_that_is_too_long_leaves_the_question_open(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("name")
    (reply,) = await friend.types("x" * 500)
    assert "24" in reply.text
    (reply,) = await friend.types("Ada")
    assert "Name on the base: Ada" in reply.text
    await friend.presses("name")
    (reply,) = await friend.presses("no-name")
    assert "Name on the base: none" in reply.text


async def test_a_caption_is_answered_honestly(friend: Friend):
    await friend.agrees()
    (reply,) = await friend.sends(some_photo(), caption="in a red cape")
    assert "can't follow words yet" in reply.text


async def test_any_style_will_do(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("surprise")
    assert any("ready to print" in reply.text for reply in await friend.waits())


@pytest.mark.parametrize(("upload", "advice"), [(b"no picture", "JPEG"), (a_grey(), "one clear subject")])
async def test_a_bad_photo_costs_nothing_and_the_one_before_stays_in_hand(friend: Friend, upload, advice):
    await friend.agrees()
    await friend.sends(some_photo())
    (reply,) = await friend.sends(upload)
    assert advice in reply.text
    assert "cost you nothing" in reply.text
    await friend.presses("marble")
    assert any("ready to print" in reply.text for reply in await friend.waits())


async def test_a_file_that_the_platform_could_not_fetch_is_explained(friend: Friend):
    await friend.does(PhotoLost(PhotoTooLarge(limit="20 MB")))
    assert "20 MB" in friend.last


async def test_an_order_can_be_cancelled_while_it_is_worked_on(tmp_path):
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await friend.agrees()
        await friend.sends(some_photo())
        await friend.presses("chibi")
        await friend.types("/queue")
        assert "Chibi:" in friend.last
        await friend.types("/cancel")
        await friend.waits()
        assert any("taking it back" in reply.text for reply in friend.recorder.sent)
        assert any(reply.text == "Cancelled. It cost you nothing." for reply in friend.recorder.sent)
        assert "nothing to cancel" in (await friend.types("/cancel"))[0].text


async def test_of_two_orders_the_person_says_which_to_cancel(tmp_path):
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await friend.agrees()
        await friend.sends(some_photo())
        await friend.presses("chibi")
        replies = await friend.presses("vinyl")
        assert "You're next" in replies[-1].text
        (which,) = await friend.types("/cancel")
        assert [button.text for button in which.buttons] == ["Cancel Chibi", "Cancel Vinyl"]
        await friend.presses(which.buttons[1].id)
        await friend.presses(which.buttons[0].id)
        await friend.waits()
        assert "Nothing of yours" in (await friend.types("/queue"))[0].text


async def test_what_is_cancelled_from_the_list_leaves_it_at_once_and_the_list_says_so(tmp_path):
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await friend.agrees()
        await friend.sends(some_photo())
        for style in ("chibi", "vinyl", "marble"):
            await friend.presses(style)
        (listed,) = await friend.types("/queue")
        running, waiting, _ = listed.buttons
        for pressed, taken, left in ((waiting, "Vinyl", ["Chibi", "Marble"]), (running, "Chibi", ["Marble"])):
            replies = await friend.does(Pressed(pressed.id))
            (changed,) = [reply for reply in replies if reply.key == listed.key]
            assert changed.text.startswith(f"{taken}: taken back. It cost you nothing.\n{left[0]}:")
            assert [button.text for button in changed.buttons] == [f"Cancel {style}" for style in left]
        replies = await friend.does(Pressed(waiting.id))
        (late,) = [reply for reply in replies if reply.key == listed.key]
        assert late.text.startswith("That one has already ended")
        assert len(late.buttons) == 1
        replies = await friend.does(Pressed(late.buttons[0].id))
        (empty,) = [reply for reply in replies if reply.key == listed.key]
        assert "Marble: taken back" in empty.text
        assert "Nothing of yours is waiting" in empty.text
        await friend.waits()
        assert sum(reply.text == "Cancelled. It cost you nothing." for reply in friend.recorder.sent) == 3


async def test_what_is_not_kept_is_said_in_the_language_that_was_told_before(friend: Friend, monkeypatch):
    friend.chatter = replace(friend.chatter, locale="de")
    await friend.types("/start")
    friend.chatter = replace(friend.chatter, locale="")
    assert (await friend.types("/start"))[0].text.startswith("Hallo")
    monkeypatch.setattr("bots.conversation.conversation.BACKLOG", 0)
    assert await friend.does_as(Typed("hallo"), "one too many") == Texts("de")("inbox.full", limit=0)


async def test_nobody_can_touch_the_order_of_somebody_else(tmp_path):
    async with opened(tmp_path, quick_parts(pause=0.3)) as ada:
        await ada.agrees()
        await ada.sends(some_photo())
        await ada.presses("chibi")
        (cancel,) = ada.recorder.sent[-1].buttons
        eve = ada.meets("eve")
        await eve.agrees()
        await eve.does(Pressed(cancel.id))
        assert "already ended" in eve.last
        await ada.waits()
        files = next(b.id for reply in reversed(ada.recorder.sent) for b in reply.buttons if b.id.startswith("files"))
        (reply,) = await eve.does(Pressed(files))
        assert not reply.files


async def test_an_engine_that_crashes_is_tried_again_by_itself(tmp_path):
    async with opened(tmp_path, crashing(tmp_path, times=2), queue={"retry_seconds": 0}) as friend:
        await friend.agrees()
        await friend.sends(some_photo(), caption="crash")
        await friend.presses("collector")
        assert "The back is invented" in (await friend.waits())[-1].text
        assert not any("broke" in reply.text for reply in friend.recorder.sent)


async def test_an_engine_that_always_crashes_costs_nothing_and_the_next_order_works(tmp_path):
    async with opened(tmp_path, crashing(tmp_path, times=6), queue={"retry_seconds": 0}) as friend:
        await friend.agrees()
        await friend.sends(some_photo(), caption="crash")
        await friend.presses("collector")
        replies = await friend.waits()
        assert "Something broke on my side" in replies[-1].text
        assert "cost you nothing" in replies[-1].text
        await friend.presses("other")
        await friend.presses("collector")
        assert "The back is invented" in (await friend.waits())[-1].text


def crashing(folder, times: int) -> Parts:
    """An engine whose process crashes the first times."""
    return quick_parts(maker="tests.engines.faulty:FaultyMaker", counter=str(folder / "count"), times=times)


async def test_a_result_that_can_not_be_sent_is_offered_again(friend: Friend):
    friend.recorder.refuse.append(DiskFull())
    await _make(friend)
    assert "no room left" in friend.last
    replies = await friend.presses("show")
    assert [reply.files[0].kind for reply in replies] == [FileKind.PICTURE, FileKind.TURNTABLE]


async def test_privacy_tells_what_is_held_and_the_photo_can_go_at_once(friend: Friend):
    (reply,) = await friend.types("/privacy")
    assert "no agreement yet" in reply.text
    assert "no photo" in reply.text
    await _make(friend)
    (reply,) = await friend.types("/privacy")
    assert "1 photo, encrypted, gone by" in reply.text
    assert "1 figurine" in reply.text
    await friend.presses("forget")
    (reply,) = await friend.types("/privacy")
    assert "no photo" in reply.text
    (reply,) = await friend.presses("again")
    assert "no longer have that photo" in reply.text
    (reply,) = await friend.presses("files")
    assert reply.files


async def test_help_lists_every_command(friend: Friend):
    (reply,) = await friend.types("/help")
    assert all(f"/{command.name}" in reply.text for command in offered() if not command.sells)
    assert "/reload" not in reply.text


async def test_every_command_answers_by_every_name(friend: Friend):
    await friend.agrees()
    for command in offered():
        for name in (command.name, *command.aliases, f"{command.name.upper()}@figurine_bot now"):
            replies = await friend.types(f"/{name}")
            assert replies
            assert "I don't know" not in replies[0].text


async def test_whatever_is_typed_gets_a_kind_answer(friend: Friend):
    await friend.agrees()
    for said, answer in {
        "/quue": "Did you mean /queue?",
        "/xyzzy": "I don't know /xyzzy",
        "/": "/help",
        "/" + "x" * 9000: "/help",
        "hello there": "I'm best with pictures",
        "{limit} \x1b[2J": "I'm best with pictures",
    }.items():
        (reply,) = await friend.types(said)
        assert answer in reply.text
        assert len(reply.text) < 400


async def test_a_button_from_long_ago_gets_an_answer(friend: Friend):
    await friend.agrees()
    for button in ("collector", "name", "other", "again", "files:999", "cancel:7", "cancel:x", "nosuch", "", ":"):
        (reply,) = await friend.does(Pressed(button))
        assert reply.text
        assert not reply.files


async def test_a_trouble_that_nobody_foresaw_is_one_kind_sentence(friend: Friend, monkeypatch, caplog):
    def broken(text: str) -> str:
        raise ValueError(f"secret {text}")

    monkeypatch.setattr("bots.conversation.catalogue.find", broken)
    (reply,) = await friend.types("/start secret")
    assert "Something broke on my side" in reply.text
    assert "secret" not in caplog.text


async def test_an_album_becomes_one_figurine_of_each_photo(friend: Friend):
    await friend.agrees()
    (asked,) = await friend.sends(some_photo(), more=(some_photo(), some_photo()))
    assert "3 photos" in asked.text
    assert [button.id for button in asked.buttons] == ["each", "together"]
    for line in ("hello", "/styles"):
        replies = await friend.types(line)
        assert not [button for reply in replies for button in reply.buttons if button.id == "vinyl"]
    (again,) = await friend.does(Pressed("vinyl"))
    assert [button.id for button in again.buttons] == ["each", "together"]
    await friend.presses("each")
    replies = await friend.presses("vinyl") + await friend.waits()
    assert sum("ready to print" in reply.text for reply in replies) == 3
    assert len({reply.key for reply in replies if reply.key}) == 3


async def test_an_album_becomes_one_figurine_with_everybody_on_it(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo(), more=(some_photo(),))
    await friend.presses("together")
    replies = await friend.presses("vinyl") + await friend.waits()
    assert sum("ready to print" in reply.text for reply in replies) == 1


async def test_of_an_album_the_bad_photos_are_named_and_the_good_ones_used(friend: Friend):
    await friend.agrees()
    refused, got_it = await friend.sends(a_grey(), more=(some_photo(),))
    assert "one clear subject" in refused.text
    assert "Which style?" in got_it.text


async def test_an_album_too_large_for_one_base_makes_one_figurine_of_each(friend: Friend):
    await friend.agrees()
    (reply,) = await friend.sends(some_photo(), more=(some_photo(),) * 4)
    assert "5 photos, and I'll make a figurine of each" in reply.text
    assert reply.buttons[0].id.startswith("collector:")


async def test_somebody_too_young_is_refused_kindly_everything_goes_and_nobody_asks_again(tmp_path):
    async with opened(tmp_path, quick_parts()) as kid:
        await kid.sends(some_photo())
        (reply,) = await kid.presses("young")
        assert "Thank you for being honest" in reply.text
        assert reply.buttons == ()
        for event in (Typed("/start"), Pressed("agree"), PhotoSent(some_photo())):
            (reply,) = await kid.does(event)
            assert "Thank you for being honest" in reply.text
        friend = kid.meets("bob")
        await friend.agrees()
        assert "Send a photo now" in friend.last
    names = [path.name for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    assert names == []


async def test_a_changed_policy_asks_once_more(tmp_path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
    async with opened(tmp_path, quick_parts(), consent={"policy_version": "2"}) as friend:
        asked = (await friend.sends(some_photo()))[-1]
        assert "policy has changed" in asked.text
        assert "version 2" in asked.text
        replies = await friend.presses("agree")
        assert "Which style?" in replies[-1].text


async def test_a_higher_age_asks_once_more(tmp_path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
    async with opened(tmp_path, quick_parts(), consent={"minimum_age": 16}) as friend:
        (asked,) = await friend.types("/start")
        assert "16 or older" in asked.text


async def test_a_button_under_older_words_is_no_agreement_to_the_present_ones(tmp_path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.types("/start")
        (old,) = [button.id for button in friend.recorder.sent[-1].buttons if button.id.startswith("agree")]
    async with opened(tmp_path, quick_parts(), consent={"policy_version": "2"}) as friend:
        (asked,) = await friend.does(Pressed(old))
        assert "version 2" in asked.text
        (agreed,) = await friend.presses("agree")
        assert "Send a photo now" in agreed.text


async def test_somebody_who_floods_is_asked_to_wait_and_nothing_more_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("bots.conversation.conversation.BACKLOG", 3)
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await friend.agrees()
        told = [await friend.does_as(PhotoSent(some_photo()), key=str(number)) for number in range(12)]
        assert "One thing at a time" in told[-1]
        await friend.waits()
        assert sum("Which style?" in reply.text for reply in friend.recorder.sent) < 12


async def test_history_lists_shows_again_and_deletes(friend: Friend):
    assert "no figurine" in (await friend.types("/history"))[0].text
    await _make(friend)
    (listed,) = await friend.types("/history")
    assert "Collector, kept until" in listed.text
    shown = await friend.presses("show")
    assert [reply.files[0].kind for reply in shown] == [FileKind.PICTURE, FileKind.TURNTABLE]
    (removed,) = await friend.presses("remove")
    assert "deleted" in removed.text
    assert "no figurine" in (await friend.types("/history"))[0].text
    (reply,) = await friend.presses("files")
    assert not reply.files


async def test_nobody_sees_or_deletes_the_figurine_of_somebody_else(friend: Friend):
    await _make(friend)
    eve = friend.meets("eve")
    await eve.agrees()
    for button in ("show:1", "files:1", "remove:1", "again:1", "other:1"):
        for reply in await eve.does(Pressed(button)):
            assert not reply.files
    assert (await friend.presses("files"))[0].files


async def test_an_unsafe_photo_is_refused_kindly_and_kept_nowhere(tmp_path):
    parts = replace(quick_parts(), safety=lambda _: Strict())
    async with opened(tmp_path, parts) as friend:
        await friend.agrees()
        (reply,) = await friend.sends(some_photo())
        assert "nudity" in reply.text
        assert "cost you nothing" in reply.text
        assert "no photo" in (await friend.types("/privacy"))[0].text
    assert not [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]


async def test_the_same_message_twice_is_one_message(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo())
    for _ in range(2):
        await friend.does_as(Pressed("marble"), key="the platform's own number")
    replies = await friend.waits()
    assert sum("ready to print" in reply.text for reply in friend.recorder.sent) == 1
    assert replies


class Strict(Unchecked):
    """Lets nothing through."""

    async def check(self, photo: Photo) -> None:
        raise UnsafePhoto


async def _make(friend: Friend) -> None:
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("collector")
    await friend.waits()


async def test_the_buttons_under_an_earlier_photo_mean_that_photo(friend):
    await friend.agrees()
    await friend.sends(some_photo())
    (first,) = [button for button in friend.recorder.sent[-1].buttons if button.id.startswith("marble")]
    await friend.sends(some_photo())
    (second,) = [button for button in friend.recorder.sent[-1].buttons if button.id.startswith("marble")]
    assert first.id != second.id
    await friend.does(Pressed(first.id))
    await friend.waits()
    await friend.does(Pressed(second.id))
    await friend.waits()
    assert sum("Here it is" in reply.text for reply in friend.recorder.sent) == 2
    assert (await friend.types("thanks!"))[0].buttons == ()
    await friend.presses("forget")
    assert "no longer have that photo" in (await friend.does(Pressed(first.id)))[0].text

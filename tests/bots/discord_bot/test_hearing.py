"""What people do on Discord reaches the conversation, and Discord hears that it did only when it is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.conversation.events import HOME, Chatter, FileRef, Filled, PhotoLost, PhotoSent, Place, Pressed, Typed
from bots.conversation.messages import Attachment, Button
from core.errors import DiskFull, TryLater
from core.model import FileKind
from core.supervision import in_background, stop
from tests.bots.discord_bot.meeting import Heard, Meeting, connected
from tests.servers.discord.people import Person
from tests.servers.discord.responses import DEFER
from tests.servers.discord.world import Interaction

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
PICTURE = Attachment(FileKind.PICTURE, "figurine.png", PNG, "the figurine on its base")


def buttons(*ids: str) -> tuple[Button, ...]:
    return tuple(Button(one, one.capitalize()) for one in ids)


async def test_a_command_is_heard_with_its_persons_language_and_answered_to_them_alone(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada", locale="de"), meeting.server.person("Bob")
    used = await ada.uses("/history", channel)
    heard = await meeting.listener.hears()
    assert heard.event == Typed("/history")
    assert heard.chatter == Chatter("discord", str(ada.id), "de", None)
    assert heard.key == f"interaction:{used.id}"
    assert heard.place.waits
    assert not heard.place.shared
    await meeting.says(heard, "Nothing yet.")
    assert (await ada.reads("Nothing yet.", channel)).ephemeral
    assert not bob.sees(channel)
    assert used.state == "answered"


async def test_nothing_is_acknowledged_before_it_is_kept(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    began, gate = asyncio.Event(), asyncio.Event()

    async def wait(chatter: Chatter, place: Place) -> None:
        began.set()
        await gate.wait()

    meeting.listener.before = wait
    used = await meeting.server.person("Ada").uses("/history", channel)
    await began.wait()
    assert used.state == "waiting"
    gate.set()
    await used.until_settled()
    assert used.state == "deferred"
    await meeting.says(await meeting.listener.hears(), "Here.")


async def test_when_keeping_takes_long_discord_is_told_in_time_all_the_same(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord_bot.client.SOON", 0.1)
    channel = meeting.server.guild("Makers").channel("general")
    gate = asyncio.Event()

    async def wait(chatter: Chatter, place: Place) -> None:
        await gate.wait()

    meeting.listener.before = wait
    used = await meeting.server.person("Ada").uses("/history", channel)
    await used.until_settled()
    assert used.state == "deferred"
    gate.set()
    await meeting.says(await meeting.listener.hears(), "Here.")
    assert used.state == "answered"


async def test_what_cannot_be_kept_is_answered_with_an_apology(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    meeting.listener.trouble = DiskFull()
    used = await ada.uses("/figurine", channel, photo=("a.png", PNG))
    assert (await ada.reads("", channel)).ephemeral
    assert used.state == "answered"
    await ada.writes("hello")
    assert await ada.reads("")


async def test_who_is_told_why_nothing_is_kept_is_told_as_the_answer_to_each_press(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    meeting.listener.told = "You are too young."
    for number in (1, 2):
        used = await ada.uses("/figurine", channel, photo=("a.png", PNG))
        await used.until_settled()
        assert used.state == "answered"
        assert [message.text for message in ada.sees(channel)] == ["You are too young."] * number
    assert all(message.ephemeral for message in ada.sees(channel))
    assert not ada.sees(ada.dm)


async def test_nobody_waits_until_another_person_is_told_why_nothing_is_kept(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    meeting.server.faults.hang("send")  # Discord is slow to take what Ada is told.
    meeting.listener.told = "There is too much under way."
    for number in range(5):
        await ada.writes(f"more {number}")
    await meeting.listener.hears(5)
    meeting.listener.told = ""
    await bob.mentions("/styles", channel)
    assert (await meeting.listener.hears(6)).event == Typed("/styles")
    assert {message.author for message in ada.sees(ada.dm)} == {ada}


async def test_what_is_for_one_person_alone_is_not_said_where_others_read(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    meeting.listener.told = "You are too young."
    for _ in range(3):
        await ada.mentions("/figurine", channel)
    await ada.reads("You are too young.")
    assert len(ada.sees(ada.dm)) == 1
    assert "young" not in str(bob.transcript(channel))


async def test_a_photo_with_a_style_a_name_and_a_wish_comes_in_one_command(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    photos = {"photo": ("a.png", PNG), "photo2": ("b.png", PNG + b"2")}
    await ada.uses("/figurine", channel, **photos, style="marble", name="Ada", wish="a red cape")
    heard = await meeting.listener.hears()
    assert isinstance(heard.event, PhotoSent)
    assert (heard.event.caption, heard.event.style, heard.event.engraving) == ("a red cape", "marble", "Ada")
    refs: list[Any] = [heard.event.data, *heard.event.more]
    assert [await meeting.platform.messenger.fetch(ref, 10_000) for ref in refs] == [PNG, PNG + b"2"]
    assert heard.place.shared
    await meeting.says(heard, "On its way.")


async def test_a_file_that_is_no_picture_is_heard_as_one_that_was_lost(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.uses("/figurine", channel, photo=("notes.txt", b"hello"))
    heard = await meeting.listener.hears()
    assert isinstance(heard.event, PhotoLost)
    await meeting.says(heard, "That is no picture.")


async def test_a_style_is_completed_while_it_is_typed(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    found = await meeting.server.person("Ada").types_ahead("/figurine", "style", "mar", channel)
    assert [choice.value for choice in found] == ["marble"]


async def test_a_picture_in_somebodys_message_is_taken_through_its_menu(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    message = await bob.writes("look!", channel, files=[("cat.png", PNG)])
    await ada.uses_on(message, "Make a figurine")
    heard = await meeting.listener.hears()
    assert isinstance(heard.event, PhotoSent)
    assert isinstance(heard.event.data, FileRef)
    assert await meeting.platform.messenger.fetch(heard.event.data, 10_000) == PNG
    await meeting.says(heard, "On its way.")


async def test_a_button_still_works_after_the_bot_was_started_anew(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.uses("/styles", channel)
    await meeting.says(await meeting.listener.hears(), "These:", buttons=buttons("surprise@7"))
    await ada.reads("These:", channel)
    await stop(meeting.serving)
    async with connected(meeting.server, meeting.storage, meeting.settings) as anew:
        pressed = await ada.presses("Surprise", channel)
        heard = await anew.listener.hears()
        assert heard.event == Pressed("surprise@7")
        assert not heard.place.waits
        await pressed.until_settled()
        await anew.says(heard, "Bronze, then.", first=False)
        await ada.reads("Bronze, then.", channel)


async def test_what_is_chosen_from_a_list_is_the_button_that_it_stands_for(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.uses("/styles", channel)
    styles = tuple(Button(f"style{number}@7", f"Style {number}", choice=True) for number in range(6))
    await meeting.says(await meeting.listener.hears(), "Which?", buttons=styles)
    await ada.reads("Which?", channel)
    await ada.chooses("Style 4", place=channel)
    assert (await meeting.listener.hears(2)).event == Pressed("style4@7")


async def test_a_button_behind_which_a_text_is_asked_for_shows_a_form(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.uses("/styles", channel)
    await meeting.says(await meeting.listener.hears(), "Which?", buttons=buttons("name@7", "wish@7"))
    await ada.reads("Which?", channel)
    await ada.presses("Name", channel)
    sent = await ada.fills("Ada Lovelace")
    heard = await meeting.listener.hears(2)
    assert heard.event == Filled("name@7", "Ada Lovelace")
    assert heard.key == f"interaction:{sent.id}"
    await sent.until_settled()
    assert sent.state == "answered"
    await ada.presses("Wish", channel)
    await ada.fills("a red cape\nand a hat")
    assert (await meeting.listener.hears(3)).event == Filled("wish@7", "a red cape\nand a hat")


async def test_direct_messages_are_heard_with_their_pictures(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    await ada.writes("hello")
    heard = await meeting.listener.hears()
    assert heard.event == Typed("hello")
    assert heard.place == HOME
    await ada.writes("in a red cape", files=[("a.png", PNG), ("b.png", PNG)])
    album = (await meeting.listener.hears(2)).event
    assert isinstance(album, PhotoSent)
    assert (album.caption, len(album.more)) == ("in a red cape", 1)
    assert isinstance(album.data, FileRef)
    meeting.server.faults.expire_cdn()
    assert await meeting.platform.messenger.fetch(album.data, 10_000) == PNG
    await ada.writes("", files=[("notes.txt", b"hello")])
    assert isinstance((await meeting.listener.hears(3)).event, PhotoLost)


async def test_in_a_server_only_who_names_the_bot_is_heard(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.writes("not for you", channel)
    question = await ada.mentions("/styles", channel)
    heard = await meeting.listener.hears()
    assert [known.event for known in meeting.listener.heard] == [Typed("/styles")]
    assert heard.place.shared
    await meeting.says(heard, "These:")
    answer = await ada.reads("These:", channel)
    assert answer.reply_to is question


async def test_a_language_that_a_command_told_is_remembered_for_what_is_written(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada", locale="ja")
    await ada.uses("/help")
    await meeting.says(await meeting.listener.hears(), "Help.")
    await ada.writes("hello")
    assert (await meeting.listener.hears(2)).chatter.locale == "ja"


# ---- the answer as the acknowledgement


async def used_by(meeting: Meeting) -> tuple[Person, Interaction, Heard]:
    """A person uses a command in a server, and it is kept."""
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    count = len(meeting.listener.heard) + 1
    used = await ada.uses("/history", channel)
    return ada, used, await meeting.listener.hears(count)


async def test_an_answer_that_comes_at_once_is_the_acknowledgement(meeting: Meeting) -> None:
    ada, used, heard = await used_by(meeting)
    await meeting.says(heard, "Nothing yet.", key="a", person=await meeting.number(heard), files=(PICTURE,))
    shown = await ada.reads("Nothing yet.", used.channel)
    assert shown.ephemeral
    assert [file.name for file in shown.attachments] == [PICTURE.name]
    assert meeting.server.counts.get("change", 0) == 0
    await meeting.says(heard, "Still nothing.", first=False, key="a", person=await meeting.number(heard))
    assert [message.text for message in ada.sees(used.channel)] == ["Still nothing."]


async def test_an_answer_that_takes_long_to_send_comes_after_the_acknowledgement(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord_bot.routes.LIGHT", 10)
    ada, used, heard = await used_by(meeting)
    saying = in_background(meeting.says(heard, "Here.", files=(PICTURE,)), "an answer")
    await used.until_settled()
    await saying
    await ada.reads("Here.", used.channel)
    assert used.acknowledged == DEFER


@pytest.mark.parametrize("lost", [False, True])
async def test_an_acknowledgement_that_goes_wrong_is_made_up_for_and_the_answer_comes_once(
    meeting: Meeting, lost: bool
) -> None:
    if lost:
        meeting.server.faults.lose_answer("callback")
    else:
        meeting.server.faults.storm("callback", times=5)
    ada, used, heard = await used_by(meeting)
    for _ in range(3):
        try:
            await meeting.says(heard, "Nothing yet.")
            break
        except (ConnectionError, TryLater):
            continue
    await ada.reads("Nothing yet.", used.channel)
    assert used.state == "answered"
    assert len(ada.sees(used.channel)) == 1


async def test_an_interaction_that_discord_has_given_up_is_answered_elsewhere(meeting: Meeting) -> None:
    ada, used, heard = await used_by(meeting)
    used.late = True
    await meeting.says(heard, "Nothing yet.")
    await ada.reads("Nothing yet.")
    assert used.state == "failed"

"""Messages reach people on Discord on the best way that is open, and what is private stays so."""

from __future__ import annotations

import asyncio

import pytest

from bots.conversation.events import Chatter
from bots.conversation.messages import Attachment, Button, Reply
from bots.discord_bot import places
from core.errors import TryLater, Undeliverable, Unreachable
from core.model import FileKind
from tests.bots.discord_bot.meeting import Heard, Meeting
from tests.servers.discord.people import Person
from tests.servers.discord.world import Channel

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
TOO_OLD = 16 * 60  # seconds


def picture(size: int = 300, name: str = "figurine.png") -> Attachment:
    return Attachment(FileKind.PICTURE, name, bytes(size), "the figurine on its base")


async def asked(meeting: Meeting, person: Person, channel: Channel, command: str = "/styles") -> Heard:
    """A person used a command, and the bot thinks about it."""
    count = len(meeting.listener.heard) + 1
    used = await person.uses(command, channel)
    heard = await meeting.listener.hears(count)
    await used.until_settled()
    return heard


async def test_a_private_answer_to_a_public_command_is_seen_by_nobody_else(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "Do you agree?", private=True)
    assert (await ada.reads("Do you agree?", channel)).ephemeral
    assert not bob.sees(channel)
    await meeting.says(heard, "These are the styles.", first=False)
    await bob.reads("These are the styles.", channel)


async def test_an_old_token_leaves_the_channel_for_what_all_may_read_and_direct_messages_for_what_is_private(
    meeting: Meeting,
) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "These are the styles.")
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(heard, "Here is your figurine.", first=False, files=(picture(),))
    assert (await ada.reads("Here is your figurine.", channel)).mentions == [ada]
    await meeting.says(heard, "Your settings.", first=False, private=True)
    await ada.reads("Your settings.")
    assert "settings" not in str(ada.transcript(channel))


async def test_what_cannot_be_said_in_a_channel_goes_to_direct_messages(meeting: Meeting) -> None:
    guild = meeting.server.guild("Makers")
    channel = guild.channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "These are the styles.")
    meeting.server.clock.forward(TOO_OLD)
    guild.removes_bot()
    await meeting.says(heard, "Here is your figurine.", first=False)
    await ada.reads("Here is your figurine.")


async def test_where_the_bot_is_not_the_token_serves_as_long_as_it_lasts(meeting: Meeting) -> None:
    channel = meeting.server.guild("Elsewhere", bot=False).channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "These are the styles.")
    await ada.reads("These are the styles.", channel)
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(heard, "Here is your figurine.", first=False)
    await ada.reads("Here is your figurine.")


async def test_a_message_with_a_known_key_is_changed_in_place(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    more = {"key": "order:5", "person": await meeting.number(heard)}
    cancel = (Button("cancel:5@1", "Cancel"),)
    await meeting.says(heard, "You are number 3.", buttons=cancel, **more)
    first = await ada.reads("You are number 3.", channel)
    await meeting.says(heard, "Sculpting", first=False, buttons=cancel, **more)
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(heard, "Here is Ada!", first=False, files=(picture(),), **more)
    assert first.text == "Here is Ada!"
    assert [file.description for file in first.attachments] == ["the figurine on its base"]
    assert not first.buttons
    await meeting.says(heard, "Deleted.", first=False, **more)
    assert first.text == "Deleted."
    assert not first.attachments
    assert len(ada.sees(channel)) == 1


async def test_a_whispered_message_is_changed_through_the_button_on_it_even_after_its_token(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel, "/settings")
    more = {"key": "settings", "person": await meeting.number(heard)}
    await meeting.says(heard, "Settings", buttons=(Button("size", "Size"),), **more)
    shown = await ada.reads("Settings", channel)
    meeting.server.clock.forward(TOO_OLD)
    pressed = await ada.presses("Size", channel)
    second = await meeting.listener.hears(2)
    await pressed.until_settled()
    await meeting.says(second, "Settings: 12 cm", **more)
    assert shown.text == "Settings: 12 cm"
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(second, "Settings: 14 cm", **more)
    await ada.reads("Settings: 14 cm")
    assert shown.text == "Settings: 12 cm"


async def test_a_private_text_never_takes_the_place_of_a_public_one(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    heard = await asked(meeting, ada, channel)
    more = {"key": "order:5", "person": await meeting.number(heard)}
    await meeting.says(heard, "You are number 3.", **more)
    await meeting.says(heard, "Something private.", first=False, private=True, **more)
    assert (await ada.reads("Something private.", channel)).ephemeral
    assert [message.text for message in bob.sees(channel)] == ["You are number 3."]


async def test_a_first_answer_ends_the_thinking_even_if_its_key_is_known(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    for number in (1, 2):
        heard = await asked(meeting, ada, channel, "/settings")
        await meeting.says(heard, f"Settings {number}", key="settings", person=await meeting.number(heard))
    assert [message.text for message in ada.sees(channel)] == ["Settings 1", "Settings 2"]
    assert not meeting.server.unanswered


async def test_a_first_answer_that_goes_elsewhere_ends_the_thinking_too(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "Here, at home.", place="")
    await ada.reads("Here, at home.")
    assert not ada.sees(channel)
    assert not meeting.server.unanswered


async def test_people_who_take_no_direct_messages_are_out_of_reach_there_but_not_in_a_server(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    ada.closes_dms()
    heard = await asked(meeting, ada, channel, "/settings")
    with pytest.raises(Unreachable):
        await meeting.platform.messenger.send(heard.chatter, Reply("A reminder."))
    await meeting.says(heard, "Your settings.")
    meeting.server.clock.forward(TOO_OLD)
    with pytest.raises(Undeliverable):
        await meeting.says(heard, "More settings.", first=False)


async def test_files_are_told_apart_by_what_a_server_takes(meeting: Meeting) -> None:
    large = meeting.server.guild("Large", attachment_size_limit=50 * 1024 * 1024).channel("general")
    small = meeting.server.guild("Small").channel("general")
    ada = meeting.server.person("Ada")
    files = (picture(), picture(11 * 1024 * 1024, "large.stl"))
    await meeting.says(await asked(meeting, ada, large), "Files:", files=files)
    assert [file.name for file in (await ada.reads("Files:", large)).attachments] == ["figurine.png", "large.stl"]
    await meeting.says(await asked(meeting, ada, small), "Files:", files=files)
    assert [file.name for file in (await ada.reads("Files:", small)).attachments] == ["figurine.png"]


async def test_in_direct_messages_nothing_is_whispered_since_it_would_vanish(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, ada.dm, "/settings")
    await meeting.says(heard, "Your settings.", private=True)
    assert not (await ada.reads("Your settings.")).ephemeral
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(heard, "More settings.", first=False, private=True)
    await ada.reads("More settings.")


async def test_an_album_gets_a_thread_of_its_own_once(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await meeting.says(await asked(meeting, ada, channel), "One each?", buttons=(Button("each@1", "Each"),))
    await ada.reads("One each?", channel)
    pressed = await ada.presses("Each", channel)
    heard = await meeting.listener.hears(2)
    await pressed.until_settled()
    messenger = meeting.platform.messenger
    places_of_both = {await messenger.thread(heard.chatter, heard.place.address, "Three figurines") for _ in range(2)}
    [place] = places_of_both
    await meeting.says(heard, "The first.", place=place)
    thread = meeting.server.channels[int(places.address(place).channel)]
    await ada.reads("The first.", thread)


async def test_where_threads_are_not_allowed_everything_stays_in_the_channel(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general", denied={"create_public_threads"})
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    assert await meeting.platform.messenger.thread(heard.chatter, heard.place.address, "Three") == heard.place.address
    await meeting.says(heard, "All here.")


async def test_typing_is_shown_once_in_a_while_and_trouble_with_it_troubles_nobody(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    chatter = Chatter("discord", str(ada.id))
    for _ in range(3):
        await meeting.platform.messenger.typing(chatter, "")
    assert ada.dm.typed == 1
    ada.closes_dms()
    await meeting.platform.messenger.typing(Chatter("discord", "17"), "")


async def test_a_storm_of_refusals_is_waited_out(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    chatter = Chatter("discord", str(ada.id))
    meeting.server.faults.storm("send", retry_after=0.05)
    await meeting.platform.messenger.send(chatter, Reply("Soon."))
    await ada.reads("Soon.")
    meeting.server.faults.storm("send", retry_after=400)
    with pytest.raises(TryLater) as wish:
        await meeting.platform.messenger.send(chatter, Reply("Later."))
    assert wish.value.seconds == pytest.approx(400, abs=2)
    meeting.server.faults.storm("send", retry_after=7, by_the_shield=True)
    with pytest.raises(TryLater) as wish:
        await meeting.platform.messenger.send(chatter, Reply("Later."))
    assert wish.value.seconds == pytest.approx(7, abs=2)


async def test_a_lost_answer_leaves_it_open_whether_the_message_arrived(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    meeting.server.faults.lose_answer("send")
    with pytest.raises(ConnectionError, match=r"^discord$"):
        await meeting.platform.messenger.send(Chatter("discord", str(ada.id)), Reply("Perhaps."))


async def test_an_answer_that_is_ready_before_discord_was_told_waits_for_that(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    meeting.server.faults.storm("callback", retry_after=0.3)
    used = await ada.uses("/styles", channel)
    heard = await meeting.listener.hears()
    await meeting.says(heard, "These are the styles.")
    await ada.reads("These are the styles.", channel)
    assert used.state == "answered"
    await asyncio.sleep(0)


async def test_who_closes_every_way_causes_no_storm_of_refusals(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    more = {"key": "order:5", "person": await meeting.number(heard), "first": False}
    await meeting.says(heard, "On its way.")
    await meeting.says(heard, "You are number 3.", **more)
    meeting.server.clock.forward(TOO_OLD)
    channel.forbids("send_messages", "view_channel")
    ada.closes_dms()
    for number in range(20):
        with pytest.raises(Undeliverable):
            await meeting.says(heard, f"You are number {number}.", **more)
        with pytest.raises(Unreachable):
            await meeting.platform.messenger.send(heard.chatter, Reply("A reminder."))
        await meeting.platform.messenger.typing(heard.chatter, "")
    assert meeting.server.invalid_requests <= 3


async def test_who_writes_to_the_bot_after_all_is_answered_at_once(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    await ada.writes("hello")
    heard = await meeting.listener.hears()
    ada.closes_dms()
    with pytest.raises(Unreachable):
        await meeting.says(heard, "Hello?")
    ada.opens_dms()
    await ada.writes("here I am")
    await meeting.listener.hears(2)
    await meeting.says(heard, "Hello!")
    await ada.reads("Hello!")


async def test_who_opens_their_direct_messages_and_asks_again_is_answered_there(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    ada.closes_dms()
    await ada.mentions("/settings", channel)
    heard = await meeting.listener.hears()
    with pytest.raises(Undeliverable):
        await meeting.says(heard, "Your settings.", private=True)
    ada.opens_dms()
    with pytest.raises(Undeliverable):
        await meeting.says(heard, "Your settings.", private=True)
    monkeypatch.setattr("bots.discord_bot.ways.RECONSIDERED", 0.0)
    await ada.mentions("/settings", channel)
    await meeting.says(await meeting.listener.hears(2), "Your settings.", private=True)
    await ada.reads("Your settings.")


async def test_a_channel_that_takes_no_files_still_takes_words(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general", denied={"attach_files"})
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "On its way.")
    meeting.server.clock.forward(TOO_OLD)
    await meeting.says(heard, "Here is your figurine.", first=False, files=(picture(),))
    await ada.reads("Here is your figurine.")
    await meeting.says(heard, "Deleted.", first=False)
    await ada.reads("Deleted.", channel)


async def test_a_channel_that_is_opened_again_is_used_at_once(meeting: Meeting) -> None:
    guild = meeting.server.guild("Makers")
    channel = guild.channel("general")
    ada = meeting.server.person("Ada")
    heard = await asked(meeting, ada, channel)
    await meeting.says(heard, "On its way.")
    meeting.server.clock.forward(TOO_OLD)
    guild.removes_bot()
    await meeting.says(heard, "One.", first=False)
    await ada.reads("One.")
    guild.adds_bot()
    ways = meeting.platform.messenger._line.ways
    async with asyncio.timeout(10):
        while ways.is_closed(str(channel.id)):  # noqa: ASYNC110 -- what is waited for happens in the library
            await asyncio.sleep(0.01)
    await meeting.says(heard, "Two.", first=False)
    await ada.reads("Two.", channel)


async def test_when_discord_refuses_very_much_progress_is_left_out_and_at_last_everything_waits(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord_bot.ways.CROWDED", 3)
    monkeypatch.setattr("bots.discord_bot.ways.FULL", 4)
    people = [meeting.server.person(f"Person {number}") for number in range(4)]
    for person in people:
        person.closes_dms()
    ada = meeting.server.person("Ada")
    chatter = Chatter("discord", str(ada.id))
    for person in people[:3]:
        with pytest.raises(Unreachable):
            await meeting.platform.messenger.send(Chatter("discord", str(person.id)), Reply("Hello."))
    await meeting.platform.messenger.send(chatter, Reply("You are number 3.", passing=True))
    await meeting.platform.messenger.send(chatter, Reply("Here is Ada!"))
    assert [message.text for message in ada.sees(ada.dm)] == ["Here is Ada!"]
    with pytest.raises(Unreachable):
        await meeting.platform.messenger.send(Chatter("discord", str(people[3].id)), Reply("Hello."))
    with pytest.raises(TryLater):
        await meeting.platform.messenger.send(chatter, Reply("One more."))

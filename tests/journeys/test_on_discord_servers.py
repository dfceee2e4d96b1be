"""Ways through the whole service where others read along: in servers, in threads, and where the bot is only a guest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bots.discord_bot import places, ways
from tests.journeys.on_discord import Scene, gets, on_discord, orders, said
from tests.servers.discord import Channel, Guild
from tests.talking import some_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One service for all: servers do not notice each other."""
    async with on_discord(tmp_path_factory.mktemp("discord")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared: Scene) -> AsyncIterator[Scene]:
    yield shared
    await shared.is_clean()


@pytest.fixture
def makers(scene: Scene) -> Guild:
    return scene.server.guild("Makers")


@pytest.fixture
def general(makers: Guild) -> Channel:
    return makers.channel("general")


async def test_the_bot_answers_only_who_names_it_and_says_private_things_in_private(
    scene: Scene, general: Channel
) -> None:
    ada, bob = scene.server.person("Ada"), scene.server.person("Bob")
    await bob.writes("what a nice picture", general, files=[some_photo()])
    photo = await ada.mentions("with a hat", general, files=[some_photo()])
    await ada.reads("I have your photo in hand")
    pointed = await ada.reads("That is for you alone", general)
    assert pointed.reply_to is photo
    assert pointed.buttons[0].url == f"https://discord.com/users/{scene.server.bot.id}"
    await ada.presses("Read the details")
    await ada.reads("In plain words")
    await ada.presses("I agree")
    question = await ada.reads("Which style?", general)
    assert question.reply_to is photo, "it goes on where it was asked for"
    await ada.chooses("Marble", on=question)
    picture, turntable = await gets(ada, general)
    assert said(bob, general) == [pointed, question, picture, turntable], "all see the figurine, and nothing private"
    await ada.mentions("/privacy", general)
    await ada.reads("What I hold about you")
    await ada.reads("That is for you alone", general)
    assert not [message for message in said(bob, general) if "What I hold" in message.text]


async def test_a_command_in_a_channel_is_whispered_until_the_figurine_which_all_may_see(
    scene: Scene, general: Channel
) -> None:
    ada, bob = scene.server.person("Ada"), scene.server.person("Bob")
    await bob.writes("hello", general)
    used = await ada.uses("/figurine", general, photo=some_photo(), style="chibi", name="Ada")
    asked = await ada.reads("I have your photo in hand", general)
    assert asked.ephemeral
    await ada.presses("I agree", general)
    picture, turntable = await gets(ada, general)
    assert "Here is “Ada”!" in picture.text
    assert said(bob, general) == [picture, turntable]
    assert used.state == "answered"
    for command in ("/settings", "/history", "/privacy", "/link"):
        used = await ada.uses(command, general)
        await used.until_answered()
        assert used.original.ephemeral
    await ada.presses("Height", general)
    await ada.reads("60 mm", general)
    await ada.presses("60 mm", general)
    await ada.reads("Height with the base: 60 mm", general)
    assert said(bob, general) == [picture, turntable]


async def test_a_strangers_finger_on_a_button_does_nothing_but_tell_them_kindly(scene: Scene, general: Channel) -> None:
    ada, eve = await scene.friend("Ada"), await scene.friend("Eve")
    await orders(ada, "marble", general)
    _, turntable = await gets(ada, general)
    for button in ("Files", "Again", "Other style", "Delete photo now"):
        await eve.presses(button, on=turntable)
        refused = await eve.reads("That button is for somebody else", general)
        assert refused.ephemeral
    await ada.presses("Files", on=turntable)
    await ada.reads(".stl", general)
    await orders(eve, "marble", general)
    await gets(eve, general)


async def test_an_album_gets_a_thread_where_its_figurines_are_told_apart_from_the_talk(
    scene: Scene, makers: Guild, general: Channel
) -> None:
    ada = await scene.friend("Ada")
    await ada.mentions("", general, files=[some_photo(), some_photo()])
    question = await ada.reads("Got them: 2 photos.", general)
    await ada.presses("One figurine each", on=question)
    styles = await ada.reads("Which style?", general)
    await ada.chooses("Marble", on=styles)
    await ada.reads("You find them in the thread", general)
    (thread,) = [place for place in makers.channels.values() if place.parent is general]
    await gets(ada, thread)
    await gets(ada, thread)
    assert (thread.name, styles.thread) == ("Marble", thread)
    assert not [message for message in said(ada, general) if "ready to print" in message.text]
    await ada.presses("Again", thread)
    await gets(ada, thread)


async def test_who_hides_results_in_servers_gets_them_alone_and_the_channel_hears_nothing_of_it(
    scene: Scene, general: Channel
) -> None:
    ada, bob = await scene.friend("Ada"), scene.server.person("Bob")
    await bob.writes("hello", general)
    await ada.uses("/settings", general)
    await ada.reads("Your settings", general)
    await ada.presses("Hide in groups", general)
    await ada.reads("your figurines come to you alone", general)
    await ada.uses("/figurine", general, photo=some_photo(), style="marble")
    await gets(ada)
    assert not said(bob, general)


async def test_a_picture_in_somebodys_message_is_made_into_a_figurine_through_its_menu(
    scene: Scene, general: Channel
) -> None:
    ada, bob = await scene.friend("Ada"), scene.server.person("Bob")
    picture = await bob.writes("my cat", general, files=[some_photo()])
    await ada.uses_on(picture, "Make a figurine")
    await ada.reads("Which style?", general)
    await ada.chooses("Vinyl", place=general)
    await gets(ada, general)
    words_only = await bob.writes("no picture here", general)
    await ada.uses_on(words_only, "Make a figurine")
    await ada.reads("There is no picture in that message", general)


async def test_a_guest_app_works_in_a_server_and_in_a_group_where_the_bot_is_not(scene: Scene) -> None:
    ada = await scene.friend("Ada")
    elsewhere = scene.server.guild("Elsewhere", bot=False).channel("general")
    group = scene.server.group("Friends", [ada, scene.server.person("Bob")])
    for place in (elsewhere, group):
        await ada.uses("/figurine", place, photo=some_photo(), style="marble")
        await gets(ada, place)
        await ada.presses("Files", place)
        await ada.reads(".stl", place)


async def test_where_the_bot_may_not_write_the_answer_comes_alone_and_says_why(scene: Scene, makers: Guild) -> None:
    rules = makers.channel("rules", denied=["send_messages"])
    ada = await scene.friend("Ada")
    await ada.mentions("", rules, files=[some_photo()])
    told = await ada.reads("Which style?")
    assert told.text.startswith("(I can't write where you asked me, so I'm answering here.)")
    await ada.chooses("marble")
    await gets(ada)


async def test_who_takes_no_direct_messages_is_told_so_where_they_asked_and_served_as_soon_as_they_do(
    scene: Scene, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "SOON", 0.0)
    ada = scene.server.person("Ada", installed=False)
    ada.closes_dms()
    photo = await ada.mentions("", general, files=[some_photo()])
    told = await ada.reads("Please allow direct messages from this server", general)
    assert told.reply_to is photo
    ada.opens_dms()
    await ada.mentions("", general, files=[some_photo()])
    await ada.reads("I have your photo in hand")
    await ada.presses("I agree")
    await ada.reads("Which style?", general)
    await ada.chooses("marble", place=general)
    await gets(ada, general)


async def test_what_cannot_reach_somebody_waits_in_their_history_until_they_open_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await scene.friend("Ada")
    await ada.writes("", files=[some_photo()])
    await ada.reads("Which style?")
    ada.closes_dms()
    with monkeypatch.context() as patch:
        patch.setattr(places, "TOKEN_LIFE", -1.0)
        chosen = await ada.chooses("marble")
        await chosen.until_settled()
        await scene.is_quiet(ada)
    ada.opens_dms()
    await ada.uses("/history")
    await ada.reads("Your figurines that I still have")
    await gets(ada)
    assert len([message for message in said(ada) if "ready to print" in message.text]) == 1


async def test_a_server_that_throws_the_bot_out_meanwhile_gets_nothing_and_its_person_gets_everything(
    scene: Scene, makers: Guild, general: Channel
) -> None:
    ada = await scene.friend("Ada")
    await ada.mentions("", general, files=[some_photo()])
    await ada.reads("Which style?", general)
    makers.removes_bot()
    await ada.uses("/figurine", general, photo=some_photo(), style="marble")
    await gets(ada, general)

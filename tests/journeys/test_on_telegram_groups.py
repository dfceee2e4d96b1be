"""Ways through the whole service in Telegram's groups, where others read along."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.on_telegram import Scene, any_of, gets, on_telegram
from tests.servers.telegram import Group, Message, Person
from tests.servers.telegram.world import GROUP
from tests.talking import some_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One service for all: groups do not notice each other."""
    async with on_telegram(tmp_path_factory.mktemp("telegram")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared: Scene) -> AsyncIterator[Scene]:
    yield shared
    await shared.is_clean()


def by_bot(place: Group | Person) -> list[Message]:
    return [message for message in place.chat.messages if message.sender is place.server.bot]


async def test_only_what_is_meant_for_the_bot_is_answered(scene: Scene) -> None:
    ada, bob = await scene.friend("Ada"), scene.server.person("Bob")
    friends = scene.server.group("Friends", [ada, bob], privacy=False)
    channel = scene.server.channel("News")
    await bob.says("nice weather", friends)
    await bob.sends_photo(some_photo(), "my cat", friends)
    await bob.says("/help@another_bot", friends)
    await bob.says("/nonsense", friends)
    await friends.anonymously("/help")
    await friends.hears_channel(channel, "/help")
    await channel.posts("/help")
    told = await ada.mentions("how are you?", friends)
    answer = await ada.reads("I'm best with pictures", friends)
    assert answer.reply_to is told
    await ada.replies(answer, "fine")
    await ada.reads("I'm best with pictures", friends)
    assert len(by_bot(friends)) == 2
    assert not by_bot(bob)


async def test_cleo_makes_a_figurine_where_everybody_sees_it_and_only_she_can_press_its_buttons(scene: Scene) -> None:
    cleo, dan = await scene.friend("Cleo"), scene.server.person("Dan")
    friends = scene.server.group("Friends", [cleo, dan])
    photo = await cleo.sends_photo(some_photo(), f"@{scene.server.bot.username} in a red cape", friends)
    question = await cleo.reads("Which style?", friends)
    assert "Wish: in a red cape" in question.text
    assert question.reply_to is photo
    assert photo.reactions == ["👀"]
    press = await dan.presses("Marble", friends)
    assert "That button is for somebody else" in await press.is_answered()
    await cleo.presses("Marble", friends)
    picture, turntable = await gets(cleo, friends)
    assert picture.reply_to is turntable.reply_to is photo
    press = await dan.presses("Delete photo now", friends)
    assert "That button is for somebody else" in await press.is_answered()
    assert not by_bot(dan), "only a word above the chat, whether the bot may write to him or not"
    await cleo.presses("Files: STL · 3MF · GLB", friends)
    await cleo.reads("Here you are.", friends)
    await cleo.reads("The shape alone", friends)
    assert not [message for message in by_bot(friends) if "somebody else" in message.text]


async def test_eli_answers_somebody_elses_photo_with_a_command_and_with_a_wish(scene: Scene) -> None:
    eli, fay = await scene.friend("Eli"), scene.server.person("Fay")
    friends = scene.server.group("Friends", [eli, fay])
    photo = await fay.sends_photo(some_photo(), chat=friends)
    await eli.replies(photo, "/figurine in blue")
    question = await eli.reads("Which style?", friends)
    assert "Wish: in blue" in question.text
    spoken = await fay.says("hello", friends)
    await eli.replies(spoken, "/figurine")
    await eli.reads("I have your photo in hand. Which style?", friends)


async def test_gus_is_new_and_is_asked_in_private_but_his_photo_goes_on_in_the_group(scene: Scene) -> None:
    gus, hal = scene.server.person("Gus"), scene.server.person("Hal")
    friends = scene.server.group("Friends", [gus, hal])
    photo = await gus.sends_photo(some_photo(), f"@{scene.server.bot.username}", friends)
    hint = await gus.reads("That is for you alone", friends)
    assert "I agree" not in str([m.text for m in by_bot(friends)])
    await scene.server.until(lambda: any(r.status == 403 for r in scene.server.asked("sendMessage")))
    await gus.presses("Open our chat", friends)
    asked = await gus.reads("I have your photo in hand")
    assert [message.id for message in by_bot(gus)] == [asked.id]
    await gus.presses("I agree")
    await gus.reads("I still have your photo")
    question = await gus.reads("Which style?", friends)
    assert question.reply_to is photo
    assert hint.buttons[0].url == f"https://t.me/{scene.server.bot.username}?start=photo"


async def test_what_is_private_is_told_in_private_and_what_is_not_is_told_in_the_group(scene: Scene) -> None:
    ivy, joe = await scene.friend("Ivy"), await scene.friend("Joe")
    friends = scene.server.group("Friends", [ivy, joe])
    for command, told in (
        ("/privacy", "What I hold about you"),
        ("/history", "I have no figurine of yours"),
        ("/settings", "Your settings"),
        ("/balance", "Figurines are free here"),
        ("/link", "Your code is"),
    ):
        await ivy.says(f"{command}@{scene.server.bot.username}", friends)
        await ivy.reads("That is for you alone", friends)
        await ivy.reads(told)
        assert not [m for m in by_bot(friends) if told in m.text]
    await ivy.says("/styles", friends)
    await ivy.reads("These are my styles", friends)


async def test_kim_keeps_her_figurines_to_herself(scene: Scene) -> None:
    kim = await scene.friend("Kim")
    friends = scene.server.group("Friends", [kim])
    await kim.says("/settings")
    await kim.reads("Hide in groups")
    await kim.presses("Hide in groups")
    await kim.reads("your figurines come to you alone")
    await kim.sends_photo(some_photo(), f"@{scene.server.bot.username}", friends)
    await kim.reads("That is for you alone", friends)
    await kim.reads("Which style?")
    await kim.presses("Marble")
    await gets(kim)
    assert len(by_bot(friends)) == 1


async def test_an_album_in_a_group_is_one_question_and_its_figurines_answer_it(scene: Scene) -> None:
    lou = await scene.friend("Lou")
    friends = scene.server.group("Friends", [lou], privacy=False)
    album = await lou.sends_album([some_photo()] * 2, f"@{scene.server.bot.username}", friends)
    question = await lou.reads("Got them: 2 photos.", friends)
    assert question.reply_to is album[0]
    await lou.presses("One figurine each", friends)
    await lou.reads("Which style?", friends)
    await lou.presses("Marble", friends)
    for _ in range(2):
        picture, _ = await gets(lou, friends)
        assert picture.reply_to is album[0]


async def test_a_topic_of_a_forum_keeps_its_figurines(scene: Scene) -> None:
    max_ = await scene.friend("Max")
    forum = scene.server.group("Forum", [max_], forum=True)
    await max_.sends_photo(some_photo(), f"@{scene.server.bot.username}", forum, thread=7)
    question = await max_.reads("Which style?", forum)
    await max_.presses("Marble", forum)
    picture, turntable = await gets(max_, forum)
    assert question.thread == picture.thread == turntable.thread == 7


async def test_a_group_that_becomes_a_supergroup_gets_what_was_under_way(scene: Scene) -> None:
    ned = await scene.friend("Ned")
    friends = scene.server.group("Friends", [ned], kind=GROUP)
    await ned.sends_photo(some_photo(), f"@{scene.server.bot.username}", friends)
    await ned.reads("Which style?", friends)
    scene.server.faults.delay("editMessageMedia", seconds=0.3)
    await ned.presses("Marble", friends)
    await ned.reads(any_of("You're next", "Working", "Taking", "Filming", "Writing"), friends)
    bigger = friends.migrates()
    picture, _ = await gets(ned, bigger)
    assert "Here it is!" in picture.text
    await ned.mentions("thank you", bigger)
    await ned.reads("best with pictures", bigger)


async def test_a_bot_that_is_put_out_of_the_group_brings_the_figurine_in_private(scene: Scene) -> None:
    ola = await scene.friend("Ola")
    friends = scene.server.group("Friends", [ola])
    await ola.sends_photo(some_photo(), f"@{scene.server.bot.username}", friends)
    await ola.reads("Which style?", friends)
    scene.server.faults.delay("editMessageMedia", seconds=0.3)
    await ola.presses("Marble", friends)
    await ola.reads(any_of("You're next", "Working", "Taking", "Filming", "Writing"), friends)
    friends.kicks_bot()
    await gets(ola)
    await ola.presses("Files: STL · 3MF · GLB")
    await ola.reads("Here you are.")

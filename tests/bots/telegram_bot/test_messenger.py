"""What the conversation says arrives on Telegram as it is meant there, and what can't arrive is named rightly."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bots.conversation.conversation import Shown
from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Button, Reply
from bots.telegram_bot.places import Spot
from bots.telegram_bot.refusals import NoAnswer, TooHeavyToSend
from core.errors import FileTooHeavy, Gone, PhotoGone, PhotoTooLarge, TryLater, Undeliverable, Unreachable
from core.model import FileKind
from tests.bots.telegram_bot.bot import PERSON, Bot, Shelf, bot_on, file
from tests.servers.telegram import Message, Person, TelegramServer

KEY = "order:17"


class Erased(Shelf):
    async def keep(self, person_id: int, platform: str, key: str, payload: bytes, now: dt.datetime) -> None:
        raise Gone


async def newcomer(server: TelegramServer) -> Person:
    ada = server.person("Ada")
    await ada.starts()
    return ada


def of_the_bot(person: Person) -> list[Message]:
    return [message for message in person.chat.messages if message.from_bot]


async def test_a_message_with_a_key_is_changed_in_place_and_becomes_the_result(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY, buttons=["Cancel"])
        await bot.sends(ada, "You're next.", key=KEY, buttons=["Cancel"])
        await bot.sends(ada, "You're next.", key=KEY, buttons=["Cancel"])
        await bot.sends(ada, "Here is Ada!", file(FileKind.PICTURE), key=KEY, buttons=["Again"])
        await bot.sends(ada, "That one is gone.", key=KEY)
    (message,) = of_the_bot(ada)
    assert [version.text for version in message.versions] == ["You're number 3.", "You're next.", "Here is Ada!"]
    assert message.text == "That one is gone."
    assert message.buttons == ()
    assert message.media
    assert message.media.kind == "photo"


async def test_what_is_sent_while_its_person_is_erased_arrives_and_is_not_remembered(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False, shelf=Erased()) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY)
    assert [message.text for message in of_the_bot(ada)] == ["You're number 3."]


async def test_it_goes_on_in_the_same_message_after_a_restart(server: TelegramServer) -> None:
    ada, shelf = await newcomer(server), Shelf()
    async with bot_on(server, serving=False, shelf=shelf) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY)
    async with bot_on(server, serving=False, shelf=shelf) as bot:
        await bot.sends(ada, "You're next.", key=KEY)
    assert [message.text for message in of_the_bot(ada)] == ["You're next."]


async def test_a_message_that_is_not_there_any_more_is_sent_anew(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY)
        await ada.deletes(of_the_bot(ada)[0])
        await bot.sends(ada, "Here is Ada!", file(FileKind.PICTURE), key=KEY)
        await bot.sends(ada, "Still here.", key=KEY)
    assert [message.text for message in of_the_bot(ada)] == ["Still here."]


async def test_a_film_is_played_and_files_come_together_each_with_its_own_words(server: TelegramServer) -> None:
    ada = await newcomer(server)
    files = [file(kind) for kind in (FileKind.GLB, FileKind.STL, FileKind.THREEMF)]
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "The back is invented.", file(FileKind.TURNTABLE), buttons=["Files"])
        await bot.sends(ada, "Here are your files.", *files)
        await bot.sends(ada, "And one more.", file(FileKind.STL))
    film, words, *album, single = of_the_bot(ada)
    assert film.media
    assert (film.media.kind, film.text, film.buttons[0].text) == ("video", "The back is invented.", "Files")
    assert words.text == "Here are your files."
    assert [message.text for message in album] == ["the glb", "the stl", "the 3mf"]
    assert len({message.album for message in album}) == 1
    assert single.text == "And one more.\nthe stl"


async def test_long_texts_are_split_and_those_too_long_for_a_caption_stand_alone(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "line of words\n" * 400, buttons=["Good"])
        await bot.sends(ada, "word " * 250, file(FileKind.PICTURE), buttons=["Good"])
    first, second, text, picture = of_the_bot(ada)
    assert [len(message.buttons) for message in (first, second, text, picture)] == [0, 1, 1, 0]
    assert picture.media
    assert not picture.text


async def test_a_button_may_be_a_link(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server) as bot:
        await bot.listener.hears(1)
        home = bot.platform.messenger.home(Chatter("telegram", str(ada.id)))
        button = Button("home", "To our chat", url=home)
        await bot.platform.messenger.send(Chatter("telegram", str(ada.id)), Reply("See there.", (button,)))
    assert of_the_bot(ada)[0].buttons[0].url == f"https://t.me/{server.bot.username}?start=photo"


async def test_a_file_too_large_for_telegram_is_named_and_the_others_are_sent(server: TelegramServer) -> None:
    ada = await newcomer(server)
    files = [file(FileKind.STL, b"x" * 1_200_000), file(FileKind.GLB), file(FileKind.THREEMF)]
    async with bot_on(server, serving=False, telegram={"send_mb": 1}) as bot:
        with pytest.raises(TooHeavyToSend) as error:
            await bot.sends(ada, "Here are your files.", *files)
    assert error.value.fields == {"size": 1.2, "limit": 1}
    assert len(of_the_bot(ada)) == 3


# ---- groups


async def test_in_a_group_answers_are_replies_even_if_the_question_is_gone(server: TelegramServer) -> None:
    ada = server.person("Ada")
    group = server.group("Friends", [ada])
    line = await ada.mentions("hello", group)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "Hello!", place=Spot(group.id, line.id).address)
        await ada.deletes(line)
        await bot.sends(ada, "Still there?", place=Spot(group.id, line.id).address)
    first, second = (message for message in group.messages if message.from_bot)
    assert first.reply_to is line
    assert second.text == "Still there?"


async def test_in_a_group_progress_is_told_rarely_and_results_at_once(server: TelegramServer) -> None:
    ada = server.person("Ada")
    group = server.group("Friends", [ada])
    place = Spot(group.id).address
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY, place=place)
        await bot.sends(ada, "You're next.", key=KEY, place=place)
        with pytest.raises(TryLater):
            await bot.sends(ada, "Sculpting.", key=KEY, place=place)
        await bot.sends(ada, "Here is Ada!", file(FileKind.PICTURE), key=KEY, place=place)
    assert group.messages[-1].text == "Here is Ada!"


async def test_a_group_that_has_become_a_supergroup_is_followed_there(server: TelegramServer) -> None:
    ada = server.person("Ada")
    group = server.group("Friends", [ada], kind="group")
    old = Spot(group.id, 1).address
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY, place=old)
        new = group.migrates()
        await bot.sends(ada, "Here is Ada!", file(FileKind.PICTURE), key=KEY, place=old)
        await bot.sends(ada, "And there she goes.", key=KEY, place=old)
    said = [message.text for message in new.messages if message.from_bot]
    assert said == ["And there she goes."]


async def test_put_out_of_a_group_the_bot_answers_in_the_persons_own_chat(server: TelegramServer) -> None:
    ada, bob = await newcomer(server), server.person("Bob")
    group = server.group("Friends", [ada, bob])
    group.kicks_bot()
    place = Spot(group.id, 1).address
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "Here is Ada!", place=place)
        with pytest.raises(Undeliverable):  # Bob has never opened a chat with the bot.
            await bot.sends(bob, "Here is Bob!", place=place)
    assert of_the_bot(ada)[0].text == "Here is Ada!"


# ---- what can't arrive


async def test_whoever_has_blocked_the_bot_or_left_telegram_is_out_of_reach(server: TelegramServer) -> None:
    ada, bob = await newcomer(server), await newcomer(server)
    ada.blocks()
    bob.deactivates()
    async with bot_on(server, serving=False) as bot:
        for person in (ada, bob):
            with pytest.raises(Unreachable):
                await bot.sends(person, "hello")
        with pytest.raises(Unreachable):
            await bot.platform.messenger.send(Chatter("telegram", "999999999"), Reply("hello"))


async def test_telegrams_own_wish_to_wait_is_obeyed_for_that_chat_and_no_other(server: TelegramServer) -> None:
    ada, bob = await newcomer(server), await newcomer(server)
    server.faults.flood("sendMessage", retry_after=30)
    async with bot_on(server, serving=False) as bot:
        with pytest.raises(TryLater) as wish:
            await bot.sends(ada, "hello")
        assert wish.value.seconds == 30.5
        with pytest.raises(TryLater):
            await bot.sends(ada, "hello")
        await bot.sends(bob, "hello")
    assert server.counts["sendMessage"] == 2


async def test_what_may_have_arrived_is_told_apart_from_what_surely_has_not(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        server.faults.lose_answer("sendMessage")
        with pytest.raises(NoAnswer):
            await bot.sends(ada, "hello")
        await server.closes()
        with pytest.raises(TryLater):
            await bot.sends(ada, "hello")


async def test_what_has_begun_is_ended_though_telegram_asks_to_wait(server: TelegramServer) -> None:
    ada = await newcomer(server)
    server.faults.flood("sendMediaGroup", retry_after=1)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "Here are your files.", file(FileKind.GLB), file(FileKind.STL))
    assert [message.text for message in of_the_bot(ada)] == ["Here are your files.", "the glb", "the stl"]


async def test_an_edit_whose_answer_was_lost_is_simply_made_again(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        await bot.sends(ada, "You're number 3.", key=KEY)
        server.faults.lose_answer("editMessageText")
        with pytest.raises(TryLater):
            await bot.sends(ada, "You're next.", key=KEY)
        await bot.sends(ada, "You're next.", key=KEY)
    assert [message.text for message in of_the_bot(ada)] == ["You're next."]


async def test_however_much_is_said_telegram_never_has_to_refuse_any(server: TelegramServer) -> None:
    people = [await newcomer(server) for _ in range(20)]
    group = server.group("Friends", people)
    async with bot_on(server, serving=False) as bot:
        places = [Spot(group.id).address if number % 2 else "" for number in range(60)]
        lines = (bot.sends(people[n % 20], f"line {n}", place=place) for n, place in enumerate(places))
        refused = [error for error in await asyncio.gather(*lines, return_exceptions=True) if error]
    assert refused
    assert all(isinstance(error, TryLater) for error in refused)
    assert server.rates.refused == 0


# ---- files


async def test_a_file_is_fetched_unless_it_is_too_large(server: TelegramServer) -> None:
    ada = await newcomer(server)
    photo = await ada.sends_file(b"a picture", "cat.png", "image/png")
    assert photo.media
    held = photo.media.main.id
    async with bot_on(server, serving=False) as bot:
        fetch = bot.platform.messenger.fetch
        assert await fetch(FileRef(held), 1_000) == b"a picture"
        with pytest.raises(PhotoTooLarge):
            await fetch(FileRef(held), 5)
        with pytest.raises(PhotoTooLarge):
            await fetch(FileRef(held, 2_000_000), 1_000_000)
        with pytest.raises(FileTooHeavy) as error:
            await fetch(FileRef(held, 31 * 1024 * 1024), 100_000_000)
        assert error.value.fields == {"size": 31.0, "limit": 20}
        with pytest.raises(PhotoGone):
            await fetch(FileRef("AgAC-never-given"), 1_000)


async def test_a_file_that_telegram_calls_too_big_is_named_so(server: TelegramServer) -> None:
    ada = await newcomer(server)
    photo = await ada.sends_file(b"x" * (21 * 1024 * 1024), "cat.png", "image/png")
    assert photo.media
    async with bot_on(server, serving=False) as bot:
        with pytest.raises(FileTooHeavy):
            await bot.platform.messenger.fetch(FileRef(photo.media.main.id), 100_000_000)


async def test_a_download_that_breaks_is_tried_again(server: TelegramServer) -> None:
    ada = await newcomer(server)
    photo = await ada.sends_file(b"a picture" * 10_000, "cat.png", "image/png")
    assert photo.media
    server.faults.failed_downloads = server.faults.cut_downloads = 1
    async with bot_on(server, serving=False) as bot:
        bot.platform._fetching._pause = 0.01
        assert await bot.platform.messenger.fetch(FileRef(photo.media.main.id), 1_000_000) == b"a picture" * 10_000
        server.faults.flood("getFile", retry_after=3)
        with pytest.raises(TryLater):
            await bot.platform.messenger.fetch(FileRef(photo.media.main.id), 1_000_000)


# ---- manners


async def test_a_sign_of_typing_is_given_now_and_then(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server, serving=False) as bot:
        for _ in range(5):
            await bot.platform.messenger.typing(Chatter("telegram", str(ada.id)), "")
        await server.until(lambda: ada.chat.actions == ["upload_photo"])


async def test_people_show_their_own_figurines_around(server: TelegramServer) -> None:
    ada = await newcomer(server)
    async with bot_on(server) as bot:
        await bot.listener.hears(1)
        await bot.sends(ada, "Here is Ada!", file(FileKind.PICTURE), key=KEY)
        bot.listener.shown = [Shown(PERSON, KEY, "Ada in marble"), Shown(PERSON, "order:18", "never sent")]
        answer = await ada.asks_inline("marble")
        assert [result["title"] for result in answer.results] == ["Ada in marble"]
        await ada.shares(answer.results[0])
        nothing = await ada.asks_inline("bronze")
        assert nothing.results == []
        assert nothing.button
        await server.until(lambda: not server.updates.pending)
    assert len(bot.listener.heard) == 1  # What was shared is no photo for the bot.


# ---- menus


async def test_the_menus_are_told_once_and_again_only_where_they_changed(
    server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, ada = await newcomer(server), await newcomer(server)
    group, shelf = server.group("Friends", [ada]), Shelf()
    own = {"operators": {"telegram": [str(operator.id), "999999999"]}}
    async with bot_on(server, shelf=shelf, **own) as bot:
        await told(server, bot)
        assert "reload" in operator.menu()
        assert "reload" not in ada.menu()
        assert "history" in ada.menu()
        assert set(ada.menu(group)) == {"start", "figurine", "styles", "help"}
    before = server.counts["setMyCommands"]
    async with bot_on(server, shelf=shelf, operators={"telegram": [str(operator.id)]}) as bot:
        await told(server, bot)
        assert server.counts["setMyCommands"] == before
        from bots.conversation import catalogue

        monkeypatch.setattr(catalogue, "COMMANDS", catalogue.COMMANDS[1:])
        await bot.platform.told()
    assert server.counts["setMyCommands"] > before
    assert "start" not in ada.menu()


async def told(server: TelegramServer, bot: Bot) -> None:
    await server.until(lambda: bool(bot.platform.messenger.username))
    await bot.platform.told()

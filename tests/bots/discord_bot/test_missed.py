"""What people write to the bot in direct messages while it is away is found when it comes back, and only once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bots.conversation.events import Typed
from bots.discord_bot.directs import KEY, Directs
from core.clock import SystemClock
from core.records import Contact
from core.supervision import stop
from storage.opened import Storage
from tests.bots.discord_bot.meeting import Heard, Meeting, connected
from tests.journeys.on_discord import on_discord, words
from tests.servers.discord.people import Person
from tests.servers.discord.server import DiscordServer


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.discord_bot.client.LOOK_PAUSE", 0.0)
    monkeypatch.setattr("bots.discord_bot.client.LOOK_AGAIN", 0.0)
    sleep = asyncio.sleep

    async def short(seconds: float, *more: object) -> None:
        await sleep(min(seconds, 0.05))

    monkeypatch.setattr("discord.shard.asyncio.sleep", short)


async def talks(meeting: Meeting, person: Person, text: str) -> Heard:
    """They write, and are answered."""
    await person.writes(text)
    heard = await meeting.listener.hears(len(meeting.listener.heard) + 1)
    await answered(meeting, heard)
    return heard


async def answered(meeting: Meeting, heard: Heard) -> None:
    await meeting.says(heard, f"You said: {heard.event}", person=await meeting.number(heard))


def said(meeting: Meeting) -> list[str]:
    return [heard.event.text for heard in meeting.listener.heard if isinstance(heard.event, Typed)]


async def test_what_was_written_while_the_bot_was_away_is_heard_in_its_order_and_once(meeting: Meeting) -> None:
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    for person in (ada, bob):
        await talks(meeting, person, "hello")
    await stop(meeting.serving)
    written = [await ada.writes("are you there?"), await ada.writes("hello?")]
    async with connected(meeting.server, meeting.storage, meeting.settings) as anew:
        await anew.listener.hears(2)
        assert [heard.key for heard in anew.listener.heard] == [f"message:{message.id}" for message in written]
        assert said(anew) == ["are you there?", "hello?"]
        assert anew.listener.heard[0].chatter.id == str(ada.id)
        await answered(anew, anew.listener.heard[-1])
        await talks(anew, bob, "and I")
    async with connected(meeting.server, meeting.storage, meeting.settings) as again:
        await talks(again, bob, "the newest")
        assert said(again) == ["the newest"]


async def test_what_was_written_while_a_session_was_lost_is_heard(meeting: Meeting) -> None:
    ada = meeting.server.person("Ada")
    await talks(meeting, ada, "hello")
    meeting.server.faults.invalidate_session()
    await ada.writes("are you there?")
    await meeting.listener.hears(2)
    assert said(meeting) == ["hello", "are you there?"]


async def test_who_was_only_written_to_may_answer_while_the_bot_is_away(meeting: Meeting) -> None:
    channel = meeting.server.guild("Makers").channel("general")
    ada = meeting.server.person("Ada")
    await ada.mentions("/figurine", channel)
    heard = await meeting.listener.hears()
    await meeting.says(heard, "Only for you.", place="", person=await meeting.number(heard))
    await stop(meeting.serving)
    await ada.writes("thanks!")
    async with connected(meeting.server, meeting.storage, meeting.settings) as anew:
        await anew.listener.hears()
        assert said(anew) == ["thanks!"]


async def test_a_channel_that_cannot_be_read_keeps_nobody_else_from_being_heard(meeting: Meeting) -> None:
    ada, bob = meeting.server.person("Ada"), meeting.server.person("Bob")
    for person in (ada, bob):
        await talks(meeting, person, "hello")
    await stop(meeting.serving)
    for person in (ada, bob):
        await person.writes(f"it is {person.name}")
    meeting.server.faults.fail("GET */messages", times=1, status=403)
    async with connected(meeting.server, meeting.storage, meeting.settings) as anew:
        await anew.listener.hears()
        assert said(anew) == ["it is Ada"]  # Those who wrote last come first, and Bob can't be read.


async def test_a_look_that_is_cut_short_leaves_everything_to_the_next_one(storage: Storage) -> None:
    number = (await storage.people.find(Contact("discord", "17", locale=""))).id
    directs = Directs(storage.posts, SystemClock())

    async def newest() -> int:
        [(_, newest)] = await Directs(storage.posts, SystemClock()).channels()
        return newest

    old, new = (1 << 62), (1 << 62) + 1
    directs.heard("17", "5", old)
    await directs.answered("17", number)
    assert await newest() == old
    directs.begin()
    directs.heard("17", "5", new)
    await directs.answered("17", number)
    assert await newest() == old
    await directs.end()
    assert await newest() == new


async def test_what_is_older_than_a_day_is_not_answered_any_more(storage: Storage) -> None:
    number = (await storage.people.find(Contact("discord", "17", locale=""))).id
    await storage.posts.keep(number, "discord", KEY, b'{"channel":"5","newest":1}', SystemClock().now())
    [(channel, after)] = await Directs(storage.posts, SystemClock()).channels()
    assert channel == 5
    assert after > 1


async def test_the_whole_service_answers_what_it_missed_and_nothing_twice(
    tmp_path: Path, server: DiscordServer
) -> None:
    async with on_discord(tmp_path, server=server) as scene:
        ada = await scene.friend("Ada")
        await ada.writes("/history")
        await ada.reads(words("history.empty"))
        await scene.is_quiet(ada)
    await ada.writes("/help")
    async with on_discord(tmp_path, server=server) as scene:
        bob = await scene.friend("Bob")
        await scene.is_quiet(ada)
    async with on_discord(tmp_path, server=server) as scene:
        await bob.writes("/history")
        await bob.reads(words("history.empty"))
        await scene.is_quiet(ada)
    answers = [message.text for message in ada.sees(ada.dm) if message.author is not ada]
    assert sum(text == words("history.empty") for text in answers) == 1
    assert sum("/figurine" in text and "/history" in text for text in answers) == 1

"""The connection heals by itself; where it can't, the operator is told so once, and Discord is left in peace."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.conversation.events import Chatter, Typed
from bots.conversation.messages import Reply
from bots.discord_bot.client import LAST_WORDS
from bots.discord_bot.signins import Manners, SignIns
from core.clock import SystemClock
from core.errors import PlatformRefused, TryLater
from storage.opened import Storage
from tests.bots.discord_bot.meeting import QUICK, WITHIN, Meeting, connected, settings_for
from tests.servers.discord.server import DiscordServer


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 -- what is waited for happens in the library and the stand-in
            await asyncio.sleep(0.01)


async def refused(meeting: Meeting) -> PlatformRefused:
    """The refusal with which serving ends."""
    async with asyncio.timeout(WITHIN):
        await asyncio.wait([meeting.serving])
    error = meeting.serving.exception()
    assert isinstance(error, PlatformRefused)
    return error


async def still_hears(meeting: Meeting, text: str) -> None:
    """Somebody writes, and is heard."""
    person = meeting.server.person("Somebody")
    await person.writes(text)
    heard = await meeting.listener.hears(len(meeting.listener.heard) + 1)
    assert heard.event == Typed(text)


def _chatter(number: int) -> Chatter:
    return Chatter("discord", str(number))


def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own pauses, of five seconds, are no part of what is tested."""
    sleep = asyncio.sleep

    async def short(seconds: float, *more: object) -> None:
        await sleep(min(seconds, 0.05))

    monkeypatch.setattr("discord.shard.asyncio.sleep", short)


async def test_a_wrong_token_is_said_in_one_sentence(
    server: DiscordServer, storage: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(server, tmp_path)
    server.token_good = False
    async with connected(server, storage, settings, wait=False) as meeting:
        error = await refused(meeting)
    assert str(error).startswith("Discord does not accept FIGURINE_DISCORD__TOKEN:")
    assert server.token not in str(error)
    assert server.token not in caplog.text
    assert server.invalid_requests == 1


async def test_a_token_that_is_revoked_while_the_bot_runs_is_noticed_without_a_storm(meeting: Meeting) -> None:
    meeting.server.faults.revoke_token()
    assert "FIGURINE_DISCORD__TOKEN" in str(await refused(meeting))
    assert meeting.server.invalid_requests <= 3


async def test_when_discord_asks_to_wait_at_the_door_nobody_knocks_before(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    server.faults.storm("login", times=9, retry_after=500)
    async with connected(server, storage, settings_for(server, tmp_path), wait=False) as meeting:
        assert (await refused(meeting)).again_after == pytest.approx(500, abs=2)
    assert server.invalid_requests == 1


async def test_the_last_sign_in_of_a_day_is_not_wasted(server: DiscordServer, storage: Storage, tmp_path: Path) -> None:
    server.gateway.session_starts_left = 0
    async with connected(server, storage, settings_for(server, tmp_path), wait=False) as meeting:
        assert (await refused(meeting)).again_after >= 60
    assert server.token_good
    assert server.gateway.identifies == 0


async def test_intents_that_discord_does_not_allow_are_said_in_one_sentence(meeting: Meeting) -> None:
    meeting.server.faults.drop_gateway(4014)
    assert "intents" in str(await refused(meeting))


@pytest.mark.parametrize("code", [0, 1000, 1001, 4000, 4009])
async def test_a_connection_that_is_dropped_is_resumed_and_misses_nothing(meeting: Meeting, code: int) -> None:
    ada = meeting.server.person("Ada")
    meeting.server.faults.drop_gateway(code)
    await ada.writes("while you were away")
    heard = await meeting.listener.hears()
    assert heard.event == Typed("while you were away")
    assert (meeting.server.gateway.identifies, meeting.server.gateway.resumes) == (1, 1)


async def test_discord_may_ask_to_connect_anew(meeting: Meeting) -> None:
    meeting.server.faults.ask_to_reconnect()
    await until(lambda: meeting.server.gateway.resumes == 1)
    await still_hears(meeting, "hello")


async def test_a_session_that_is_over_is_begun_anew(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    _quickly(monkeypatch)
    meeting.server.faults.invalidate_session()
    await until(lambda: meeting.server.gateway.identifies == 2)
    await still_hears(meeting, "hello")


async def test_a_gateway_that_says_nothing_more_is_found_out_and_left(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    server.gateway.heartbeat_interval = 0.2
    manners = dataclasses.replace(QUICK, silence=0.6)
    async with connected(server, storage, settings_for(server, tmp_path), manners) as meeting:
        server.faults.stall_gateway()
        await until(lambda: server.gateway.resumes + server.gateway.identifies > 1)
        await still_hears(meeting, "hello")


def test_a_gateway_that_says_nothing_is_found_and_healed_within_a_minute_and_a_half() -> None:
    """Also if going on where it was fails, so that everything is made anew."""
    manners = Manners()
    between_heartbeats = 41.25  # seconds, as Discord wants it
    assert manners.silence > between_heartbeats + 4, "an answer may be a little late"
    assert manners.silence + manners.lost + manners.look + LAST_WORDS + manners.retry <= 90


async def test_a_gateway_that_is_down_at_first_is_waited_for(
    server: DiscordServer, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _quickly(monkeypatch)
    server.faults.gateway_refusals = 2
    async with connected(server, storage, settings_for(server, tmp_path)) as meeting:
        await still_hears(meeting, "hello")


async def test_a_service_that_is_down_at_first_is_waited_for(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    server.faults.fail("login", times=2, status=503)
    async with connected(server, storage, settings_for(server, tmp_path)) as meeting:
        await still_hears(meeting, "hello")


async def test_a_connection_that_stays_away_is_made_anew_while_messages_go_out(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    manners = dataclasses.replace(QUICK, lost=0.3)
    async with connected(server, storage, settings_for(server, tmp_path), manners) as meeting:
        ada = server.person("Ada")
        await ada.writes("hello")
        heard = await meeting.listener.hears()
        server.faults.gateway_refusals = 10_000
        server.faults.drop_gateway()
        await until(lambda: server.counts["GET /gateway/bot"] >= 3)
        await meeting.says(heard, "Still here.")
        await ada.reads("Still here.")
        server.faults.gateway_refusals = 0
        await server.gateway.ready()
        await still_hears(meeting, "hello again")


async def test_who_signs_in_too_often_waits(
    server: DiscordServer, storage: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signing = SignIns(storage.memos, SystemClock(), Manners())
    for _ in range(5):
        await signing.count(0)
    async with connected(server, storage, settings_for(server, tmp_path), wait=False) as meeting:
        await until(lambda: "the next one is in" in caplog.text)
        ada = server.person("Ada")
        await meeting.platform.messenger.send(_chatter(ada.id), Reply("Messages go out all the same."))
        await ada.reads("Messages go out all the same.")
    assert server.gateway.identifies == 0


async def test_an_orderly_end_is_no_crash(server: DiscordServer, storage: Storage, tmp_path: Path) -> None:
    for _ in range(7):
        async with connected(server, storage, settings_for(server, tmp_path)) as meeting:
            await still_hears(meeting, "hello")
    assert await SignIns(storage.memos, SystemClock(), Manners()).pause() == 0


async def test_discord_is_told_of_the_commands_only_when_they_have_changed(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    for _ in range(2):
        async with connected(server, storage, settings_for(server, tmp_path)) as meeting:
            await meeting.platform.told()
    assert server.command_syncs == 1
    assert "reload" not in {command["name"] for command in server.commands[0].values()}
    async with connected(server, storage, settings_for(server, tmp_path, operators=("1",))):
        pass
    assert server.command_syncs == 2
    assert "reload" in {command["name"] for command in server.commands[0].values()}


async def test_before_the_bot_is_logged_in_nothing_is_lost_and_nobody_is_told(
    server: DiscordServer, storage: Storage, tmp_path: Path
) -> None:
    server.faults.hang("login")
    async with connected(server, storage, settings_for(server, tmp_path), wait=False) as meeting:
        await meeting.platform.told()
        with pytest.raises(TryLater):
            await meeting.platform.messenger.send(_chatter(17), Reply("Too early."))
        assert meeting.platform.messenger.home(_chatter(17)) == ""
    assert server.command_syncs == 0


async def test_a_server_that_throws_the_bot_out_breaks_nothing(meeting: Meeting) -> None:
    guild = meeting.server.guild("Makers")
    guild.channel("general")
    guild.removes_bot()
    await still_hears(meeting, "hello")


async def test_as_many_shards_are_opened_as_discord_wants(
    server: DiscordServer, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _quickly(monkeypatch)
    server.shards = 2
    async with connected(server, storage, settings_for(server, tmp_path)) as meeting:
        await until(lambda: server.gateway.identifies == 2)
        await still_hears(meeting, "hello")


async def test_no_token_is_ever_logged(meeting: Meeting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bots")
    ada = meeting.server.person("Ada")
    meeting.server.faults.storm("follow up", retry_after=0.01)
    used = await ada.uses("/help")
    heard = await meeting.listener.hears()
    await used.until_settled()
    await meeting.says(heard, "Help.")
    await meeting.says(heard, "More help.", first=False)
    assert used.token not in caplog.text
    assert meeting.server.token not in caplog.text

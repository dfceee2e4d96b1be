"""Ways through the whole service on Telegram while something is wrong there: what people notice of it, and what not."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from bots.telegram_bot import composing
from bots.telegram_bot.fetching import Fetching
from bots.telegram_bot.hooking import PATH
from bots.telegram_bot.polling import Times
from core import delivery
from tests.journeys.on_telegram import STAGES, any_of, gets, on_telegram, orders, patient, until
from tests.servers.telegram import Person, TelegramServer
from tests.talking import some_photo

SHORT = Times(poll=1, answer=0.5, stalled=1.6, pause=0.02, conflict=0.1, look_after=0.2)
AGAIN = "You may have seen this before"


def texts(person: Person) -> list[str]:
    return [message.text for message in person.chat.messages if message.from_bot]


def once(person: Person, words: str) -> bool:
    """Whether what the bot has said with these words came once, but for what says itself that it may come again."""
    return sum(words in text and AGAIN not in text for text in texts(person)) == 1


def a_noise() -> bytes:
    """A photo of many bytes."""
    stream = io.BytesIO()
    Image.effect_noise((1000, 1000), 100).save(stream, "PNG")
    return stream.getvalue()


async def test_a_storm_of_refusals_only_delays_and_nothing_comes_twice(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as scene:
        ada, bob = await scene.friend("Ada"), await scene.friend("Bob")
        for method in ("getUpdates", "getFile", "sendPhoto", "editMessageMedia"):
            scene.server.faults.flood(method)
        await asyncio.gather(orders(ada), orders(bob))
        await asyncio.gather(gets(ada), gets(bob))
        for person in (ada, bob):
            assert once(person, "Here it is!")
            assert once(person, "The back is invented")
            assert AGAIN not in str(texts(person))


async def test_errors_of_the_server_and_lost_answers_are_made_up_for_and_what_may_come_twice_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "EDIT_AGAIN", 0.1)
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(Fetching.__init__, "__defaults__", (0.05,))
    async with on_telegram(tmp_path) as scene:
        ada = await scene.friend("Ada")
        faults = scene.server.faults
        faults.fail("getUpdates", times=2, status=502)
        faults.fail("getFile")
        faults.cut_downloads = 1
        faults.lose_answer("sendPhoto")
        await ada.sends_photo(some_photo())
        first = await ada.reads("Got it: one thing.", within=15)
        second = await ada.reads(AGAIN, within=15)
        assert "Got it: one thing." in second.text
        assert first is not second
        faults.lose_answer("editMessageMedia")
        faults.drop("sendVideo")
        faults.lose_answer("answerCallbackQuery")
        await ada.presses("Marble")
        picture, turntable = await gets(ada)
        assert AGAIN not in picture.text, "an edit that is made twice changes nothing"
        assert len([text for text in texts(ada) if "Here it is!" in text]) == 1
        assert len([text for text in texts(ada) if "The back is invented" in text]) == 1
        assert AGAIN in turntable.text, "nobody could know whether the first one had come"
        scene.mistakes.clear()  # Each answer that did not come is one.


async def test_a_slow_download_holds_nobody_else_up(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as scene:
        ada, bob = await scene.friend("Ada"), await scene.friend("Bob")
        scene.server.faults.slow_downloads(100_000)
        await ada.sends_photo(a_noise())
        await scene.server.until(lambda: scene.server.counts["getFile"] == 1)
        await orders(bob)
        await gets(bob)
        assert not [text for text in texts(ada) if "Got it" in text]
        scene.server.faults.heal()
        await ada.reads("Got it: one thing.")


async def test_a_poll_that_is_never_answered_is_found_and_healed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_telegram(tmp_path, times=SHORT) as scene:
        ada = await scene.friend("Ada")
        await scene.server.until_polled()
        scene.server.faults.stall_polling()
        await ada.says("/help")
        await ada.reads("Send me a photo with one clear subject", within=10)
    assert len([line for line in caplog.messages if "is made anew" in line]) <= 2


async def test_a_server_that_is_away_for_a_while_is_one_line_when_it_goes_and_one_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_telegram(tmp_path, times=SHORT) as scene:
        ada = await scene.friend("Ada")
        await scene.server.until_polled()
        await scene.server.goes_down()
        await ada.says("/help")
        await until(lambda: "polling Telegram failed" in caplog.text)
        await scene.server.comes_back()
        await ada.reads("Send me a photo with one clear subject", within=10)
        await scene.server.until_polled()
    lines = [line for line in caplog.messages if "polling Telegram" in line]
    assert len(lines) == 2
    assert scene.server.token.partition(":")[2] not in caplog.text


async def test_a_wrong_token_is_one_clear_line_and_no_storm(tmp_path: Path) -> None:
    server = TelegramServer()
    server.faults.revoke_token()
    async with on_telegram(tmp_path, server=server, ready=False) as scene:
        await until(lambda: "BotFather" in str(scene.told))
        (line,) = [line for line in scene.told if "BotFather" in line]
        assert "FIGURINE_TELEGRAM__TOKEN" in line
        assert server.token.partition(":")[2] not in str(scene.told)
        assert len(server.requests) <= 3


async def test_two_instances_are_told_so_once_and_the_one_that_stays_goes_on(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, times=SHORT) as scene:
        async with on_telegram(tmp_path / "other", times=SHORT, server=scene.server, ready=False) as other:
            await until(lambda: "Another instance" in str(scene.told + other.told))
        ada = await scene.friend("Ada")
        await orders(ada)
        await gets(ada)
        assert len([line for line in scene.told if "Another instance" in line]) <= 1
        assert len([line for line in other.told if "Another instance" in line]) <= 1


async def test_somebody_who_blocks_the_bot_costs_nobody_anything_and_finds_the_figurine_when_they_come_back(
    tmp_path: Path,
) -> None:
    gate = tmp_path / "gate"
    async with on_telegram(tmp_path, patient(gate)) as scene:
        ada, bob = await scene.friend("Ada"), await scene.friend("Bob")
        await orders(ada)
        await ada.reads(any_of(*STAGES))
        ada.blocks()
        gate.unlink()
        await orders(bob)
        await gets(bob)
        assert not [text for text in texts(ada) if "Here it is!" in text]
        await ada.starts()
        await ada.reads("Good to see you again")
        await ada.says("/history")
        await ada.reads("Your figurines that I still have")
        await gets(ada)


async def test_by_webhook_the_same_way_and_only_telegram_itself_is_listened_to(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    public = "https://figurines.example.org"
    server = TelegramServer()
    server.webhook.front = {public: f"http://127.0.0.1:{unused_tcp_port}"}
    web = {"public_url": public, "port": unused_tcp_port}
    async with on_telegram(tmp_path, server=server, own={"mode": "webhook"}, web=web, ready=False) as scene:
        await server.until(lambda: bool(server.updates.webhook_url))
        ada = await scene.friend("Ada")
        await orders(ada)
        await gets(ada)
        assert server.counts["getUpdates"] == 0
        assert server.updates.webhook_url == public + PATH
        kept = len(texts(ada))
        server.webhook.secret = "guessed"
        await ada.says("/help")
        await server.until(lambda: server.webhook.refused > 0)
        assert "401" in server.webhook.last_error
        assert len(texts(ada)) == kept

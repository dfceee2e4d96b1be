"""What comes from Telegram is kept, whatever happens on the way, and nothing secret is told."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from bots.conversation.events import Chatter, Event, FileRef, PhotoSent, Pressed, Typed
from bots.platforms import Read
from bots.telegram_bot.giving_up import REMEMBERED, Fate, GivingUp
from bots.telegram_bot.hooking import HEADER, PATH
from bots.telegram_bot.patience import LONGEST
from bots.telegram_bot.platform import NotKept
from bots.telegram_bot.polling import Times
from core.errors import DiskFull, PlatformRefused, Tampered
from core.model import FileKind
from core.supervision import stop
from tests.bots.telegram_bot.bot import bot_on, file
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.updates import as_text

PICTURE = b"as good as a picture"


async def test_what_people_do_arrives_and_is_confirmed(server: TelegramServer) -> None:
    ada = server.person("Ada", language="de")
    async with bot_on(server) as bot:
        await ada.starts("link-482177")
        sent = await ada.sends_photo(PICTURE, caption="in a red cape")
        await ada.sends_album([PICTURE, PICTURE])
        heard = await bot.listener.hears(4)
        await server.until(lambda: not server.updates.pending)
        await server.until(lambda: sent.reactions == ["👀"])
    assert heard[0].event == Typed("/start link-482177")
    assert heard[0].chatter.locale == "de"
    assert isinstance(heard[1].event, PhotoSent)
    assert heard[1].event.caption == "in a red cape"
    assert heard[2].group == heard[3].group != ""
    assert len({one.key for one in heard}) == 4


async def test_a_press_is_answered_once_it_is_kept(server: TelegramServer) -> None:
    ada = server.person("Ada")
    async with bot_on(server) as bot:
        await ada.starts()
        await bot.listener.hears(1)
        await bot.sends(ada, "Shall I?", buttons=["Yes"])
        bot.listener.refuse = lambda event: DiskFull() if isinstance(event, Pressed) else None
        press = await ada.presses("Yes")
        await server.until(lambda: bot.listener.refused > 1)
        assert not press.answered
        bot.listener.refuse = lambda _: None
        await server.until(lambda: press.answered)
    assert bot.listener.events[-1] == Pressed("yes")


async def test_in_a_group_it_hears_what_is_meant_for_it(server: TelegramServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    group = server.group("Friends", [ada, bob], privacy=False)
    async with bot_on(server) as bot:
        await ada.says("nobody asked the bot", group)
        await ada.sends_photo(PICTURE, chat=group)
        line = await bob.says(f"@{server.bot.username} hello", group)
        heard = await bot.listener.hears(1)
        await server.until(lambda: not server.updates.pending)
    assert [one.event for one in heard] == [Typed("hello")]
    assert heard[0].place.shared
    assert heard[0].place.address == f"{group.id}:{line.id}:0"


async def test_nothing_is_confirmed_that_could_not_be_kept(server: TelegramServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    full = True
    async with bot_on(server) as bot:
        bot.listener.refuse = lambda event: DiskFull() if full and event == Typed("first") else None
        await ada.says("first")
        await ada.says("second")
        await bob.says("third")
        await server.until(lambda: bot.listener.refused > 3)
        assert bot.listener.events == [Typed("third")]
        assert len(server.updates.pending) == 3
        full = False
        await bot.listener.hears(3)
        await server.until(lambda: not server.updates.pending)
    assert bot.listener.events == [Typed("third"), Typed("first"), Typed("second")]


async def test_an_update_that_can_never_be_kept_is_left_out_after_three_tries(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    async with bot_on(server) as bot:
        bot.listener.refuse = lambda event: ValueError("my secret") if event == Typed("poison") else None
        await ada.says("poison")
        tries = 0
        for number in range(3):  # Others are kept meanwhile, so it is not the store.
            await bob.says(f"fine {number}")
            await bot.listener.hears(number + 1)
            await server.until(lambda tries=tries: bot.listener.refused > tries)
            tries = bot.listener.refused
        await ada.says("better")
        await server.until(lambda: Typed("better") in bot.listener.events)
        await server.until(lambda: not server.updates.pending)
    assert "is left out" in caplog.text
    assert "my secret" not in caplog.text


async def test_what_can_never_be_kept_is_left_out_at_once_and_holds_up_neither_its_person_nor_another(
    server: TelegramServer,
) -> None:
    eve, bob = server.person("Eve"), server.person("Bob")
    patient = Times(poll=2, answer=1.0, stalled=30.0, pause=60.0)  # One pause would be too long.
    async with bot_on(server, patient, serving=False) as bot:
        bot.listener.refuse = lambda event: Tampered() if event == Typed("poison") else None
        for _ in range(120):  # More than one poll brings.
            await eve.says("poison")
        await eve.says("better")
        await bob.says("hello")
        bot.serve()
        await server.until(lambda: not server.updates.pending)
    assert bot.listener.refused == 120
    assert bot.listener.events == [Typed("better"), Typed("hello")]


async def test_many_updates_with_a_trouble_of_their_own_are_left_out_together(server: TelegramServer) -> None:
    eve, bob = server.person("Eve"), server.person("Bob")
    async with bot_on(server, serving=False) as bot:
        bot.listener.refuse = lambda event: ValueError() if event == Typed("poison") else None
        for _ in range(100):  # As many as one poll brings, so that nothing else is seen.
            await eve.says("poison")
        await bob.says("hello")
        bot.serve()
        await server.until(lambda: not server.updates.pending)
    assert bot.listener.refused == 300
    assert bot.listener.events == [Typed("hello")]


async def test_as_long_as_others_are_kept_nobody_waits_for_what_is_not(server: TelegramServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    async with bot_on(server, Times(poll=2, answer=1.0, stalled=30.0, pause=60.0), serving=False) as bot:
        bot.listener.refuse = lambda event: DiskFull() if event == Typed("stuck") and bot.listener.refused < 1 else None
        await ada.says("stuck")
        await bob.says("hello")
        bot.serve()
        await bot.listener.hears(2)
    assert bot.listener.events == [Typed("hello"), Typed("stuck")]


def test_updates_that_failed_and_never_come_again_are_forgotten() -> None:
    giving_up = GivingUp()
    for number in range(2 * REMEMBERED):
        assert giving_up.fate(5, number, DiskFull()) is Fate.WAITS
    assert len(giving_up._tries) == REMEMBERED


def test_when_nobodys_updates_can_be_kept_none_is_left_out_whatever_the_error_is() -> None:
    giving_up = GivingUp()
    fates = [giving_up.fate(person, person, ValueError()) for _ in range(9) for person in range(1, 9)]
    assert Fate.LEFT_OUT not in fates
    assert giving_up.fate(20, 20, None) is Fate.KEPT
    assert giving_up.fate(1, 1, ValueError()) is Fate.LATER


async def test_why_nothing_is_kept_is_said_once_in_a_while_to_each_alone(server: TelegramServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    friends = server.group("Friends", [ada, bob])
    async with bot_on(server) as bot:
        for person in (ada, bob):
            await person.starts()
        await bot.listener.hears(2)
        bot.listener.told = lambda _: "Too much."
        await ada.sends_photo(PICTURE)
        await ada.reads("Too much.")
        await ada.says("hello")
        await ada.mentions("hello", friends)
        await bob.mentions("hello", friends)
        await bob.reads("Too much.")
    assert server.counts["sendMessage"] == 2
    assert server.counts["setMessageReaction"] == 0
    assert not [message for message in friends.chat.messages if message.from_bot]


async def test_nobody_waits_until_somebody_has_been_told_why_nothing_is_kept(server: TelegramServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    async with bot_on(server) as bot:
        bot.listener.told = lambda event: "Too much." if event != Typed("hi") else ""
        server.faults.hang("sendMessage")
        await ada.says("hello")
        await server.until(lambda: bot.listener.events == [Typed("hello")])
        await bob.says("hi")
        await bot.listener.hears(2, within=1)
        await server.until(lambda: not server.updates.pending)


async def test_whoever_pressed_is_told_each_time_why_nothing_is_kept(server: TelegramServer) -> None:
    ada = server.person("Ada")
    async with bot_on(server) as bot:
        await ada.starts()
        await bot.listener.hears(1)
        await bot.sends(ada, "Shall I?", buttons=["Yes"])
        bot.listener.told = lambda _: "This one is for somebody else."
        for _ in range(2):
            press = await ada.presses("Yes")
            assert await press.is_answered() == "This one is for somebody else."
        bot.listener.told = lambda _: "Thank you. " * 30
        press = await ada.presses("Yes")
        shown = await press.is_answered()
        assert len(shown) == 200
        assert press.alert
        await ada.reads("Thank you. " * 29)


async def test_what_one_person_does_is_kept_in_order_though_a_webhook_brings_it_at_once(server: TelegramServer) -> None:
    ada, bob, goes_on = server.person("Ada"), server.person("Bob"), asyncio.Event()
    web = {"public_url": "https://figurines.example.org"}
    async with bot_on(server, telegram={"mode": "webhook"}, web=web) as bot:
        await server.until(lambda: bool(server.updates.webhook_url) and bool(bot.platform.messenger.username))
        await server.webhook.stop()
        receive = bot.listener.receive

        async def slowly(chatter: Chatter, event: Event, *where: Any) -> str:
            if event == Typed("first"):
                await goes_on.wait()
            return await receive(chatter, event, *where)

        bot.listener.receive = slowly  # type: ignore[method-assign]
        for person, words in ((ada, "first"), (ada, "second"), (bob, "third")):
            await person.says(words)
        bodies = [as_text(update) for update in server.updates.pending]
        brought = asyncio.gather(*(bot.platform.webhook(reader(body), server.webhook.secret) for body in bodies))
        await bot.listener.hears(1)
        goes_on.set()
        assert await brought == [True, True, True]
    assert bot.listener.events == [Typed("third"), Typed("first"), Typed("second")]


async def test_a_batch_in_hand_is_kept_to_its_end_when_the_bot_stops(server: TelegramServer) -> None:
    ada, goes_on = server.person("Ada"), asyncio.Event()
    async with bot_on(server) as bot:
        receive, begun = bot.listener.receive, asyncio.Event()

        async def slowly(*what: object) -> str:
            begun.set()
            await goes_on.wait()
            return await receive(*what)  # type: ignore[arg-type]

        bot.listener.receive = slowly  # type: ignore[method-assign]
        await ada.says("hello")
        await begun.wait()
        assert bot.serving
        bot.serving.cancel()
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.wait([bot.serving])
        assert bot.listener.events == [Typed("hello")]
        assert not server.updates.pending


async def test_a_poll_that_hangs_is_found_and_healed(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    ada = server.person("Ada")
    async with bot_on(server, Times(poll=5, answer=5.0, stalled=0.4, pause=0.02)) as bot:
        await server.until(lambda: server.updates.is_polled)
        server.faults.stall_polling()
        await ada.says("does anybody hear me")
        await bot.listener.hears(1, within=3)
    assert "the connection is made anew" in caplog.text


def test_a_poll_that_hangs_is_found_and_healed_within_a_minute_and_a_half() -> None:
    times = Times()
    assert times.poll + times.answer + times.pause < times.stalled, "a poll that nothing came of is no silence"
    # The longest pause after a failure may lie before it is looked at, and then the first poll wants its answer.
    assert times.stalled + LONGEST + times.answer <= 90


async def test_an_outage_is_told_once_and_so_is_its_end(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    ada = server.person("Ada")
    async with bot_on(server) as bot:
        await server.until(lambda: server.updates.is_polled)
        server.faults.fail("getUpdates", times=4, status=502)
        await ada.says("hello")
        await server.until(lambda: sum(request.status == 502 for request in server.requests) == 4)
        await ada.says("are you there?")
        await bot.listener.hears(2)
    lines = [line for line in caplog.messages if "polling Telegram" in line]
    assert len(lines) == 2
    assert "works again" in lines[1]


async def test_a_flood_of_polls_is_waited_out(server: TelegramServer) -> None:
    ada = server.person("Ada")
    server.faults.flood("getUpdates", retry_after=1)
    async with bot_on(server) as bot:
        await ada.says("hello")
        await bot.listener.hears(1)
    assert server.counts["getUpdates"] <= 4


async def test_a_wrong_token_is_refused_in_words_that_do_not_hold_it(server: TelegramServer) -> None:
    server.faults.revoke_token()
    async with bot_on(server, serving=False) as bot:
        with pytest.raises(PlatformRefused, match="BotFather") as refusal:
            await bot.serve()
    assert secret(server) not in chain(refusal.value)


async def test_a_token_that_is_revoked_later_ends_the_serving(server: TelegramServer) -> None:
    async with bot_on(server) as bot:
        await server.until(lambda: server.updates.is_polled)
        server.faults.revoke_token()
        await server.person("Ada").says("hello")
        assert bot.serving
        with pytest.raises(PlatformRefused, match="BotFather") as refusal:
            await bot.serving
    assert secret(server) not in chain(refusal.value)


async def test_a_second_instance_with_the_same_token_gives_way(server: TelegramServer) -> None:
    async with bot_on(server) as first:
        await server.until(lambda: server.updates.is_polled)
        async with bot_on(server) as second:
            both = [bot.serving for bot in (first, second) if bot.serving]
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            with pytest.raises(PlatformRefused, match="Another instance") as refusal:
                await done.pop()
    assert refusal.value.again_after == 0.1


async def test_the_token_is_in_no_log_and_in_no_error(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    ada = server.person("Ada")
    await ada.starts()
    errors: list[BaseException] = []
    with caplog.at_level(logging.DEBUG):
        async with bot_on(server, telegram={"fetch_mb": 20}) as bot:
            photo = await ada.sends_photo(PICTURE)
            await bot.listener.hears(2)
            assert photo.media
            for trouble in (server.faults.fail, server.faults.drop, server.faults.lose_answer, server.faults.flood):
                trouble("*send")
                errors.append(await raised(bot.sends(ada, "hello", file(FileKind.STL))))
                bot.platform.messenger._pace.hold(ada.id, 0)  # type: ignore[attr-defined]
            server.faults.revoke_token()
            errors.append(await raised(bot.sends(ada, "hello")))
            errors.append(await raised(bot.platform.messenger.fetch(FileRef(photo.media.main.id), 10_000_000)))
    assert all(secret(server) not in chain(error) for error in errors)
    assert secret(server) not in caplog.text
    assert "httpx" not in {record.name for record in caplog.records if record.levelno < logging.WARNING}


# ---- webhook


async def test_a_webhook_brings_what_people_do(server: TelegramServer) -> None:
    ada, own = server.person("Ada"), {"mode": "webhook"}
    async with bot_on(server, telegram=own, web={"public_url": "https://figurines.example.org"}) as bot:
        await server.until(lambda: bool(server.updates.webhook_url) and bool(bot.platform.messenger.username))
        assert server.updates.webhook_url == f"https://figurines.example.org{PATH}"
        assert set(server.updates.allowed) == {"message", "callback_query", "inline_query", "my_chat_member"}
        await server.webhook.stop()  # What it would post is handed over here.
        await ada.says("hello")
        body = as_text(server.updates.pending[0])
        hook = bot.platform.hooks()[PATH]
        for guessed in ("guessed", "", "\udcff\udcfe", "é"):
            assert await hook(never_read, {HEADER: guessed}) == 401
        assert await bot.platform.webhook(reader(b"no update"), server.webhook.secret)
        bot.listener.refuse = lambda _: DiskFull()
        with pytest.raises(NotKept):
            await hook(reader(body), {HEADER: server.webhook.secret})
        bot.listener.refuse = lambda _: None
        assert await hook(reader(body), {HEADER: server.webhook.secret}) == 200
    assert bot.listener.events == [Typed("hello")]
    assert secret(server) not in server.webhook.secret


async def test_a_webhook_that_somebody_deleted_is_set_again(server: TelegramServer) -> None:
    own, web = {"mode": "webhook"}, {"public_url": "https://figurines.example.org"}
    async with bot_on(server, telegram=own, web=web):
        await server.until(lambda: bool(server.updates.webhook_url))
        server.updates.webhook_url = ""
        await server.until(lambda: bool(server.updates.webhook_url))


async def test_a_webhook_without_an_address_is_refused_with_what_to_do(server: TelegramServer) -> None:
    async with bot_on(server, serving=False, telegram={"mode": "webhook"}) as bot:
        with pytest.raises(PlatformRefused, match="public_url"):
            await bot.serve()


async def test_polling_takes_an_earlier_webhook_away_and_drops_nothing(server: TelegramServer) -> None:
    server.updates.webhook_url = "https://old.example.org/"
    await server.person("Ada").says("hello")
    async with bot_on(server) as bot:
        await bot.listener.hears(1)
        assert bot.platform.hooks() == {}
    assert not server.updates.webhook_url


async def test_a_webhook_that_another_instance_sets_later_is_left_to_it(server: TelegramServer) -> None:
    async with bot_on(server) as bot:
        await server.until(lambda: server.updates.is_polled)
        assert bot.serving
        await stop(bot.serving)
        server.updates.webhook_url = "https://other.example.org/"
        with pytest.raises(PlatformRefused, match="has set a webhook"):
            await asyncio.wait_for(bot.serve(), 5)
    assert server.updates.webhook_url == "https://other.example.org/"
    assert server.counts["deleteWebhook"] == 1


def reader(body: bytes) -> Read:
    """Reads it."""

    async def read() -> bytes:
        return body

    return read


async def never_read() -> bytes:
    raise AssertionError("the words of a stranger were read")


def secret(server: TelegramServer) -> str:
    return server.token.partition(":")[2]


def chain(error: BaseException | None) -> str:
    """An error and all that it drags along, as it could be printed."""
    told = ""
    while error is not None:
        told += repr(error)
        error = error.__cause__ or error.__context__
    return told


async def raised(call: object) -> BaseException:
    try:
        await call  # type: ignore[misc]
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is looked at
        return error
    raise AssertionError("nothing was raised")

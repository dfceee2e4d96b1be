"""The stand-in for the Bot API: the real library talks to it, and it keeps to Telegram's rules."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    ReactionTypeEmoji,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from core.supervision import in_background, stop
from tests.servers.telegram import Person, TelegramServer

PRESS = InlineKeyboardMarkup([[InlineKeyboardButton("Marble", callback_data="style:marble@4")]])


def a_photo(width: int = 60, height: int = 40, kind: str = "JPEG", colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, kind)
    return target.getvalue()


@pytest.fixture(autouse=True)
def no_warning_of_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as started:
        yield started


@asynccontextmanager
async def a_bot(server: TelegramServer, token: str = "", read: float = 5.0) -> AsyncIterator[Bot]:
    requests = [HTTPXRequest(connection_pool_size=8, read_timeout=read) for _ in range(2)]
    made = Bot(
        token or server.token,
        base_url=server.base_url,
        base_file_url=server.base_file_url,
        request=requests[0],
        get_updates_request=requests[1],
    )
    async with made:
        yield made


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with a_bot(server) as made:
        yield made


@pytest.fixture
async def ada(server: TelegramServer) -> Person:
    person = server.person("Ada", language="de")
    await person.starts()
    server.updates.pending.clear()
    return person


async def raw(server: TelegramServer, method: str, **values: Any) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{server.base_url}{server.token}/{method}", data=values)
    body: dict[str, Any] = answer.json()
    return body


async def news(bot: Bot, **more: Any) -> list[Update]:
    return list(await bot.get_updates(timeout=2, **more))


async def test_a_long_poll_ends_when_somebody_writes(server: TelegramServer, bot: Bot, ada: Person) -> None:
    poll = in_background(news(bot), "poll")
    await server.until(lambda: server.updates.is_polled or bool(server.counts["getUpdates"]))
    await ada.says("hello")
    update = (await poll)[0]
    assert update.message is not None and update.message.text == "hello"
    assert update.message.from_user is not None and update.message.from_user.language_code == "de"
    assert update.message.chat_id == ada.id > 2**32


async def test_updates_come_again_until_they_are_confirmed(bot: Bot, ada: Person) -> None:
    await ada.says("one")
    await ada.says("two")
    first = await news(bot)
    assert [update.update_id for update in await news(bot)] == [update.update_id for update in first]
    assert [update.message.text for update in await news(bot, offset=first[1].update_id) if update.message] == ["two"]
    assert await bot.get_updates(offset=first[1].update_id + 1, timeout=0) == ()


async def test_at_most_a_hundred_updates_come_at_once_and_only_those_that_are_named(bot: Bot, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["message"], timeout=0)
    for number in range(103):
        await ada.says(f"{number}")
    ada.blocks()
    first = await news(bot)
    rest = await news(bot, offset=first[-1].update_id + 1)
    assert (len(first), len(rest)) == (100, 3)


async def test_the_older_of_two_polls_is_told_of_the_conflict(server: TelegramServer, bot: Bot, ada: Person) -> None:
    async with a_bot(server) as other:
        older = in_background(news(bot), "older")
        await server.until_polled()
        newer = in_background(news(other), "newer")
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await older
        await ada.says("hello")
        assert len(await newer) == 1


async def test_conversation_reads_like_a_story(server: TelegramServer, bot: Bot, ada: Person) -> None:
    photo = await ada.sends_photo(a_photo(), caption="in a red cape")
    update = (await news(bot))[0].message
    assert update is not None and update.caption == "in a red cape" and update.photo[-1].width == 60
    asked = await bot.send_message(
        ada.id, "Which style?", reply_markup=PRESS, reply_parameters=ReplyParameters(update.message_id)
    )
    question = await ada.reads("Which style")
    assert question.reply_to is photo and [button.text for button in question.buttons] == ["Marble"]
    for word in ("Marble", "style", "style:marble", "style:marble@4"):
        press = await ada.presses(word)
    with pytest.raises(AssertionError, match=r"no button 'Bronze'; there are \['Marble'\]"):
        await ada.presses("Bronze")
    query = (await news(bot))[-1].callback_query
    assert query is not None and query.data == "style:marble@4"
    await bot.answer_callback_query(query.id, "Marble it is")
    assert await press.is_answered() == "Marble it is"
    assert len(server.unanswered) == 3
    waiting = in_background(ada.reads("Here is"), "reading")
    await bot.edit_message_media(InputMediaPhoto(a_photo(), caption="Here is Ada"), ada.id, asked.message_id)
    shown = await waiting
    assert shown is question and shown.edits == 1 and shown.media is not None and shown.media.bytes == a_photo()
    assert [str(line) for line in ada.transcript()] == [
        "Ada: /start",
        "Ada: <photo> in a red cape",
        "Figurine: (to 'in a red cape') <photo> Here is Ada (edited 1x)",
    ]
    assert shown.versions[0].text == "Which style?" and ada.transcript()[-1].picture == a_photo()


async def test_a_state_is_read_once_and_a_miss_shows_what_there_is(bot: Bot, ada: Person) -> None:
    await bot.send_message(ada.id, "One moment")
    await ada.reads("moment")
    with pytest.raises(AssertionError, match="Figurine: One moment"):
        await ada.reads("moment", within=0.01)


async def test_files_are_fetched_for_an_hour_and_big_ones_never(server: TelegramServer, bot: Bot, ada: Person) -> None:
    sent = a_photo(kind="PNG")
    await ada.sends_file(sent, "ada.png")
    await ada.sends_file(b"x", "huge.png", size=21 * 1024 * 1024)
    small, huge = [update.message.document for update in await news(bot) if update.message]
    assert small is not None and huge is not None
    file = await small.get_file()
    assert await file.download_as_bytearray() == sent
    server.faults.slow_downloads(4000)
    assert await file.download_as_bytearray() == sent
    server.faults.heal()
    server.faults.cut_downloads = 1
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    server.clock.moves(hours=1)
    with pytest.raises(TelegramError):
        await file.download_as_bytearray()
    assert await (await small.get_file()).download_as_bytearray() == sent
    with pytest.raises(BadRequest, match="File is too big"):
        await huge.get_file()
    with pytest.raises(BadRequest, match="file_id"):
        await bot.get_file("BQACAgIAAxkBAAInotthereatall")


async def test_a_photo_arrives_upright_smaller_and_in_sizes(bot: Bot, ada: Person) -> None:
    await ada.sends_photo(a_photo(2000, 3000))
    message = (await news(bot))[0].message
    assert message is not None
    assert [(size.width, size.height) for size in message.photo] == [(60, 90), (213, 320), (533, 800), (853, 1280)]
    for size in (message.photo[0], message.photo[-1]):
        data = await (await size.get_file()).download_as_bytearray()
        assert Image.open(io.BytesIO(data)).size == (size.width, size.height)


@pytest.mark.parametrize(
    ("method", "values", "words"),
    [
        ("send_message", {"text": "x" * 4097}, "Message is too long"),
        ("send_message", {"text": " "}, "Message text is empty"),
        ("send_photo", {"photo": a_photo(), "caption": "x" * 1025}, "Message caption is too long"),
        ("send_photo", {"photo": a_photo(6000, 4001)}, "Photo_invalid_dimensions"),
        ("send_photo", {"photo": a_photo(210, 10)}, "Photo_invalid_dimensions"),
        ("send_photo", {"photo": b"no picture"}, "Image_process_failed"),
        ("send_photo", {"photo": bytes(10 * 1024 * 1024 + 1)}, "too big for a photo"),
        ("send_document", {"document": bytes(50 * 1024 * 1024 + 1)}, "Request Entity Too Large"),
        ("send_chat_action", {"action": "dance"}, "one of typing"),
        ("set_message_reaction", {"message_id": 1, "reaction": ReactionTypeEmoji("🧿")}, "Reaction_invalid"),
    ],
)
async def test_each_limit_is_kept(
    server: TelegramServer, bot: Bot, ada: Person, method: str, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(TelegramError, match=f"(?i){words}"):
        await getattr(bot, method)(ada.id, **values)
    assert len(server.violations) == 1
    server.violations.clear()


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "a", "callback_data": "ä" * 33}, "Button_data_invalid"),
        ({"text": "a", "callback_data": ""}, "Button_data_invalid"),
        ({"text": "a"}, "Text buttons are unallowed"),
        ({"text": "a", "url": "nowhere"}, "Wrong HTTP URL"),
        ({"text": "a", "callback_data": "b", "shape": "round"}, "InlineKeyboardButton has no such field"),
    ],
)
async def test_buttons_do_exactly_one_thing(
    server: TelegramServer, bot: Bot, ada: Person, button: dict[str, str], words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_message(ada.id, "hi", api_kwargs={"reply_markup": {"inline_keyboard": [[button]]}})
    server.violations.clear()


async def test_a_hundred_buttons_are_enough(server: TelegramServer, bot: Bot, ada: Person) -> None:
    rows = [[InlineKeyboardButton("a", callback_data="b")] * 4] * 25
    await bot.send_message(ada.id, "hi", reply_markup=InlineKeyboardMarkup(rows))
    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(ada.id, "hi", reply_markup=InlineKeyboardMarkup([*rows, rows[0][:1]]))
    server.violations.clear()


async def test_albums_hold_two_to_ten_of_a_kind(server: TelegramServer, bot: Bot, ada: Person) -> None:
    document = InputMediaDocument(b"stl", filename="ada.stl", caption="For the printer")
    sent = await bot.send_media_group(ada.id, [document, InputMediaDocument(b"glb", filename="ada.glb")])
    assert sent[0].media_group_id == sent[1].media_group_id
    seen = [message for message in ada.chat.messages if message.media]
    assert [(m.media.name, m.media.bytes, m.text) for m in seen if m.media] == [
        ("ada.stl", b"stl", "For the printer"),
        ("ada.glb", b"glb", ""),
    ]
    wrongs: list[list[Any]] = [[document], [document] * 11, [document, InputMediaPhoto(a_photo())]]
    for wrong in wrongs:
        with pytest.raises(BadRequest):
            await bot.send_media_group(ada.id, wrong)
    assert len(server.violations) == 3
    server.violations.clear()


async def test_whoever_sends_too_much_has_to_wait(server: TelegramServer, bot: Bot, ada: Person) -> None:
    server.rates.chat_burst = 3
    people = [ada, *[server.person(f"Person {number}") for number in range(40)]]
    for person in people:
        await person.starts()
    for _ in range(3):
        await bot.send_message(ada.id, "hi")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(ada.id, "hi")
    assert refused.value.retry_after == timedelta(seconds=1)
    server.clock.moves(seconds=1)
    await bot.send_message(ada.id, "hi")
    with pytest.raises(RetryAfter):
        for person in people[1:]:
            await bot.send_message(person.id, "hi")
    group = server.group("Friends", [ada])
    server.rates.chat, server.rates.chat_burst = 100, 100
    server.clock.moves(seconds=60)
    for _ in range(20):
        await bot.send_message(group.id, "hi")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(group.id, "hi")
    assert refused.value.retry_after in [timedelta(seconds=seconds) for seconds in range(50, 61)]


async def test_edits_say_what_telegram_says(server: TelegramServer, bot: Bot, ada: Person) -> None:
    own = await ada.says("mine")
    sent = await bot.send_message(ada.id, "hi", reply_markup=PRESS)
    for text, message, words in [
        ("ho", 4711, "Message to edit not found"),
        ("ho", own.id, "Message can't be edited"),
    ]:
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            await bot.edit_message_text(text, ada.id, message)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("hi", ada.id, sent.message_id, reply_markup=PRESS)
    with pytest.raises(BadRequest, match="There is no caption"):
        await bot.edit_message_caption(ada.id, sent.message_id, caption="ho")
    edited = await bot.edit_message_text("hi", ada.id, sent.message_id)
    assert isinstance(edited, Message) and edited.reply_markup is None
    await bot.edit_message_reply_markup(ada.id, sent.message_id, reply_markup=PRESS)
    await bot.delete_message(ada.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("ho", ada.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(ada.id, sent.message_id)


async def test_people_can_be_out_of_reach(server: TelegramServer, bot: Bot, ada: Person) -> None:
    bob, eve = server.person("Bob"), server.person("Eve")
    await eve.starts()
    ada.blocks()
    eve.deactivates()
    for person, words in [(ada.id, "bot was blocked by the user"), (bob.id, "can't initiate"), (eve.id, "deactivated")]:
        with pytest.raises(Forbidden, match=f"(?i){words}"):
            await bot.send_message(person, "hi")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(17, "hi")
    statuses = [update.my_chat_member.new_chat_member.status for update in await news(bot) if update.my_chat_member]
    assert statuses == ["kicked"]
    await ada.starts("photo")
    await bot.send_message(ada.id, "welcome back")


async def test_in_groups_the_bot_sees_what_is_meant_for_it(server: TelegramServer, bot: Bot, ada: Person) -> None:
    group = server.group("Friends", [ada], kind="group")
    said = await bot.send_message(group.id, "hello all")
    seen = [update.message for update in await news(bot) if update.message]
    await ada.says("not for the bot", group)
    await ada.sends_photo(a_photo(), chat=group)
    await ada.mentions("make one", group)
    await ada.sends_photo(a_photo(), caption=f"@{server.bot.username} please", chat=group)
    await ada.says("/figurine", group)
    await ada.says("/figurine@other_bot", group)
    await ada.replies(await ada.reads("hello all", group), "hello bot")
    later = [update.message for update in await news(bot) if update.message][len(seen) :]
    assert [message.text or message.caption for message in later] == [
        f"@{server.bot.username} make one",
        f"@{server.bot.username} please",
        "/figurine",
        "hello bot",
    ]
    assert later[-1].reply_to_message is not None and later[-1].reply_to_message.message_id == said.message_id
    moved = group.migrates()
    with pytest.raises(ChatMigrated) as told:
        await bot.send_message(group.id, "hi")
    assert told.value.new_chat_id == moved.id < -(10**12)
    await bot.send_message(moved.id, "hi")
    moved.kicks_bot()
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(moved.id, "hi")


async def test_a_press_gets_too_old_to_be_answered(server: TelegramServer, bot: Bot, ada: Person) -> None:
    await bot.send_message(ada.id, "hi", reply_markup=PRESS)
    press = await ada.presses("Marble")
    server.clock.moves(minutes=1)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(press.id)


async def test_what_is_offered_inline_can_be_shared(server: TelegramServer, bot: Bot, ada: Person) -> None:
    sent = await bot.send_photo(ada.id, a_photo())
    asking = in_background(ada.asks_inline(""), "asking")
    query = (await news(bot))[0].inline_query
    assert query is not None
    result = InlineQueryResultCachedPhoto("1", sent.photo[-1].file_id, caption="Ada in marble")
    button = InlineQueryResultsButton("Make one", start_parameter="photo")
    await bot.answer_inline_query(query.id, [result], cache_time=0, is_personal=True, button=button)
    offered = await asking
    assert offered.button == {"text": "Make one", "start_parameter": "photo"} and offered.personal
    shared = await ada.shares(offered[0])
    assert shared.media is not None and shared.media.bytes == a_photo() and shared.text == "Ada in marble"


async def test_menus_are_shown_by_place_and_language(server: TelegramServer, bot: Bot, ada: Person) -> None:
    bob = server.person("Bob", language="fr")
    await bot.set_my_commands([BotCommand("help", "Help")])
    private = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([BotCommand("start", "Los")], scope=private, language_code="de")
    await bot.set_my_commands([BotCommand("stats", "Stats")], scope=BotCommandScopeChat(bob.id))
    await bot.set_my_description("Figuren", language_code="de")
    assert (ada.menu(), bob.menu()) == ({"start": "Los"}, {"stats": "Stats"})
    assert server.group("Friends", [ada]) and ada.menu(server.group("Others", [ada])) == {"help": "Help"}
    assert [command.command for command in await bot.get_my_commands(private, "de")] == ["start"]
    assert (await bot.get_my_description("de")).description == "Figuren"
    for wrong in ([BotCommand("Help", "Help")], [BotCommand("help", "x" * 257)], [BotCommand("help", "Help")] * 101):
        with pytest.raises(BadRequest):
            await bot.set_my_commands(wrong)
    assert len(server.violations) == 3
    server.violations.clear()


async def test_a_webhook_gets_updates_in_order_until_it_takes_them(
    server: TelegramServer, bot: Bot, ada: Person
) -> None:
    got: list[tuple[str, str, int]] = []

    async def take(request: web.Request) -> web.Response:
        body, secret = await request.json(), request.headers["X-Telegram-Bot-Api-Secret-Token"]
        status = 500 if len(got) < 2 else 200
        got.append((body["message"]["text"], secret, status))
        server.happened()
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/telegram/webhook", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.webhook.front["https://figurines.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await ada.says("before")
    await bot.set_webhook("https://figurines.example/telegram/webhook", secret_token="s3cret")
    await ada.says("after")
    await server.until(lambda: len(got) == 4)
    assert got == [("before", "s3cret", 500)] * 2 + [("before", "s3cret", 200), ("after", "s3cret", 200)]
    assert (await bot.get_webhook_info()).url == "https://figurines.example/telegram/webhook"
    server.webhook.lost = 1
    await ada.says("twice")
    await server.until(lambda: len(got) == 6)
    assert got[4:] == [("twice", "s3cret", 200)] * 2
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    with pytest.raises(BadRequest, match=r"(?i)https url must be provided"):
        await bot.set_webhook("http://figurines.example/")
    server.violations.clear()
    await bot.delete_webhook()
    await ada.says("polled")
    assert [update.message.text for update in await news(bot) if update.message] == ["polled"]
    await runner.cleanup()


async def test_whatever_can_go_wrong_goes_wrong_on_demand(server: TelegramServer, ada: Person) -> None:
    async with a_bot(server, read=0.15) as bot:
        for status in (500, 502):
            server.faults.fail("sendMessage", status=status)
            with pytest.raises(NetworkError):
                await bot.send_message(ada.id, "fails")
        server.faults.flood("*send", retry_after=7)
        with pytest.raises(RetryAfter):
            await bot.send_message(ada.id, "floods")
        server.faults.hang("sendMessage")
        with pytest.raises(TimedOut):
            await bot.send_message(ada.id, "hangs")
        server.faults.drop("sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(ada.id, "drops")
        assert len(ada.chat.messages) == 1
        server.faults.lose_answer("sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(ada.id, "lost")
        assert ada.chat.messages[-1].text == "lost"
        server.faults.revoke_token()
        with pytest.raises(InvalidToken):
            await bot.send_message(ada.id, "revoked")
        server.faults.heal()
        await server.goes_down()
        with pytest.raises(NetworkError):
            await bot.send_message(ada.id, "down")
        await server.comes_back()
        await bot.send_message(ada.id, "well again")


async def test_a_stalled_poll_is_silent_and_another_connection_is_not(
    server: TelegramServer, bot: Bot, ada: Person
) -> None:
    poll = in_background(news(bot), "poll")
    await server.until_polled()
    server.faults.stall_polling()
    await ada.says("hello")
    await asyncio.wait([poll], timeout=0.05)
    assert not poll.done()
    await stop(poll)
    async with a_bot(server) as fresh:
        assert len(await news(fresh)) == 1


@pytest.mark.parametrize("token", ["7412589630:AAFq3-stand_in-Xv0Zb1Kd9LmPw2RtYu4y", "7412589630:short"])
async def test_a_wrong_token_is_refused(server: TelegramServer, token: str) -> None:
    with pytest.raises(InvalidToken):
        async with a_bot(server, token):
            pass


@pytest.mark.parametrize(
    ("method", "values", "words"),
    [
        ("sendMessage", {"chat_id": "1"}, "'text' is missing"),
        ("sendMessage", {"chat_id": "1", "text": "hi", "colour": "red"}, "no parameter 'colour'"),
        ("sendMessage", {"chat_id": "1", "text": "hi", "protect_content": "maybe"}, "Boolean expected"),
        ("sendMessage", {"chat_id": "1", "text": "hi", "reply_markup": "{"}, "can't parse JSON"),
        ("sendMessage", {"chat_id": "1", "text": "hi", "reply_parameters": "{}"}, "message_id: missing"),
        ("editMessageMedia", {"media": '{"type": "picture", "media": "x"}'}, "none of InputMediaAnimation"),
        ("editMessageMedia", {"media": '{"type": "photo", "media": "attach://x"}'}, "no file"),
        ("getUpdates", {"limit": "101"}, "1 to 100"),
        ("paintMessage", {}, "paintMessage"),
        ("setMyStars", {}, "setMyStars"),
    ],
)
async def test_a_request_that_does_not_fit_is_kept_in_mind(method: str, values: dict[str, str], words: str) -> None:
    with pytest.raises(AssertionError, match=f"(?i){words}"):
        async with TelegramServer() as server:
            answer = await raw(server, method, **values)
            assert answer["ok"] is False and answer["error_code"] in (400, 404)


async def test_the_stand_ins_own_answers_are_checked(server: TelegramServer, bot: Bot, ada: Person) -> None:
    with pytest.raises(AssertionError, match="made a wrong update"):
        server.updates.add("message", {"message_id": "1"}, 0)
    server.menu_button = {"type": "hot"}
    with pytest.raises(NetworkError):
        await bot.get_chat_menu_button()
    assert server.mistakes == [
        "getChatMenuButton: : none of MenuButtonCommands, MenuButtonWebApp, MenuButtonDefault: {'type': 'hot'}"
    ]
    server.mistakes.clear()


async def test_what_is_old_is_forgotten_where_memory_matters(server: TelegramServer, bot: Bot, ada: Person) -> None:
    server.keep_media, server.forget_old = False, True
    server.rates.off()
    for number in range(60):
        await bot.send_document(ada.id, f"file {number}".encode(), filename="ada.stl")
    assert len(ada.chat.log) <= 41 and len(server.files) <= 41
    newest = ada.chat.messages[-1].media
    assert newest is not None and newest.bytes is None and newest.size == 7

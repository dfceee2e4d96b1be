"""The stand-in for Discord, tried with the real library."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands, ui
from PIL import Image

from core.supervision import in_background, stop
from tests.servers.discord import DiscordServer


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return out.getvalue()


class NameForm(ui.Modal, title="A name"):
    name: ui.Label[Any] = ui.Label(text="Name on the base", component=ui.TextInput(max_length=20))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.name.component, ui.TextInput)
        await interaction.response.edit_message(content=f"It will say {self.name.component.value}.", view=None)


class Choices(ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Name", custom_id="f:name:1")
    async def name(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        await interaction.response.send_modal(NameForm())

    @ui.button(label="Slow", custom_id="f:slow")
    async def slow(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="Slowly done.")

    @ui.select(
        custom_id="f:styles", options=[discord.SelectOption(label=f"Style {n}", value=f"style:{n}") for n in range(25)]
    )
    async def styles(self, interaction: discord.Interaction, select: ui.Select[Any]) -> None:
        await interaction.response.send_message(f"Chosen: {select.values[0]}", ephemeral=True)


class Bot(discord.Client):
    """A small bot that uses what the real one uses."""

    def __init__(self, **options: Any) -> None:
        intents = discord.Intents(guilds=True, dm_messages=True, guild_messages=True)
        super().__init__(intents=intents, chunk_guilds_at_startup=False, guild_ready_timeout=0.01, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.interactions: list[discord.Interaction] = []
        self.events: list[str] = []
        _commands(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_socket_event_type(self, name: str) -> None:
        self.events.append(name)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            self.heard.append(message)
            await message.channel.send(f"You wrote {message.content!r} and {len(message.attachments)} files.")


def _commands(bot: Bot) -> None:
    everywhere = {
        "allowed_contexts": app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
    }

    @bot.tree.command(description="Make a figurine", extras={}, nsfw=False)
    async def figurine(
        interaction: discord.Interaction, photo: discord.Attachment, style: str = "", name: str = ""
    ) -> None:
        await interaction.response.defer(thinking=True)
        data = await photo.read()
        file = discord.File(io.BytesIO(data), "figurine.jpg", description="Ada in marble")
        await interaction.edit_original_response(content=f"{style} {name} {photo.width}", attachments=[file])
        await interaction.followup.send("Only for you", ephemeral=True, view=Choices())

    @figurine.autocomplete("style")
    async def styles(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = ["Marble", "Bronze", "Wood"]
        return [app_commands.Choice(name=n, value=n.lower()) for n in names if n.lower().startswith(current)]

    @bot.tree.command(description="Choose something")
    async def start(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Choose.", view=Choices(), ephemeral=interaction.guild is not None)

    @bot.tree.command(description="Do nothing at all")
    async def silent(interaction: discord.Interaction) -> None:
        pass

    @bot.tree.command(description="Think for ever")
    async def ponder(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)

    @bot.tree.context_menu(name="Make a figurine")
    async def make(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"{len(message.attachments)} pictures")

    for command in bot.tree.get_commands() + bot.tree.get_commands(type=discord.AppCommandType.message):
        for name, value in everywhere.items():
            setattr(command, name, value)


@contextlib.asynccontextmanager
async def running(server: DiscordServer, **options: Any) -> AsyncIterator[Bot]:
    discord.http.Route.BASE = server.api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway.url)
    bot = Bot(enable_debug_events=True, **options)
    task = in_background(bot.start(server.token), "bot")
    ready = in_background(server.gateway.ready(), "ready")
    try:
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield bot
    finally:
        await stop(ready)
        await bot.close()
        await stop(task)


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.rates.hurry = 20
        yield server


@pytest.fixture
def everything_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://nowhere"))


pytestmark = pytest.mark.usefixtures("everything_restored")


async def until(holds: Callable[[], object], within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 -- what is waited for is of many kinds
            await asyncio.sleep(0.01)


async def test_a_command_is_deferred_answered_with_a_picture_and_followed_up(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada, bob = server.person("Ada", locale="de"), server.person("Bob")
    async with running(server):
        action = await ada.uses("/figurine", general, photo=picture(), style="marble", name="Ada")
        await action.until_settled()
        answer = await bob.reads("marble Ada 40", general)
        assert answer.images == [picture()]
        assert answer.attachments[0].description == "Ada in marble"
        secret = await ada.reads("only for you", general)
        assert secret.ephemeral
        assert secret not in bob.sees(general)
        assert action.state == "answered"
        assert "Ada used figurine" in [line.used for line in bob.transcript(general)]
    assert server.unanswered == []


async def test_while_somebody_types_styles_are_proposed(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server):
        choices = await ada.types_ahead("/figurine", "style", "mar")
        assert [(choice.name, choice.value) for choice in choices] == [("Marble", "marble")]
        with pytest.raises(AssertionError, match="needs"):
            await ada.uses("/figurine")


async def test_buttons_menus_and_forms_work_in_private(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server):
        await ada.uses("/start")
        await ada.reads("choose")
        await ada.chooses("Style 7")
        assert (await ada.reads("Chosen: style:7")).ephemeral
        press = await ada.presses("Slow")
        assert (await ada.reads("slowly done")).edits == 1
        assert press.state == "answered"
        await ada.presses("f:name")
        await ada.fills({"name on the base": "Ada"})
        message = await ada.reads("It will say Ada.")
        assert message.edits == 2
        assert message.buttons == []
        with pytest.raises(AssertionError, match="no button"):
            await ada.presses("Slow")


async def test_a_form_takes_no_more_letters_than_it_says(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server):
        await ada.uses("/start")
        await ada.reads("choose")
        await ada.presses("Name")
        with pytest.raises(AssertionError, match="fewer letters"):
            await ada.fills("x" * 21)


async def test_a_message_menu_brings_the_message(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada, bob = server.person("Ada"), server.person("Bob")
    async with running(server):
        message = await bob.writes("look", general, files=[picture(), ("notes.txt", b"hello")])
        await ada.uses_on(message, "Make a figurine")
        await ada.reads("2 pictures", general)


async def test_in_servers_the_bot_reads_only_what_is_meant_for_it(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada = server.person("Ada")
    async with running(server) as bot:
        await ada.writes("a secret", general)
        await ada.mentions("hello", general, files=[picture()])
        await until(lambda: len(bot.heard) == 2)
        assert [len(m.attachments) for m in bot.heard] == [0, 1]
        assert bot.heard[0].content == ""
        await ada.writes("hi")
        await ada.reads("You wrote 'hi'")


async def test_an_app_of_ones_own_works_where_the_bot_is_not(server: DiscordServer) -> None:
    abroad = server.guild("Abroad", bot=False, locale="fr").channel("salon")
    ada, eve = server.person("Ada"), server.person("Eve", installed=False)
    friends = server.group("Friends", [ada, eve])
    async with running(server) as bot:
        await ada.uses("/figurine", abroad, photo=picture())
        await eve.reads("40", abroad)
        await ada.uses("/figurine", friends, photo=picture())
        await eve.reads("40", friends)
        assert [i.context.guild for i in bot.interactions] == [True, False]
        assert bot.interactions[0].guild_locale is discord.Locale.french
        with pytest.raises(AssertionError, match="not offered"):
            await eve.uses("/start", abroad)
        with pytest.raises(discord.Forbidden):
            await bot.get_partial_messageable(abroad.id).send("I am not here")


async def test_who_is_silent_for_three_seconds_did_not_respond(server: DiscordServer) -> None:
    server.seconds_to_acknowledge = 0.2
    ada = server.person("Ada")
    async with running(server) as bot:
        action = await ada.uses("/silent")
        await action.until_settled()
        assert action.state == "failed"
        assert "did not respond" in str(ada.transcript()[-1])
        with pytest.raises(discord.NotFound) as late:
            await bot.interactions[-1].response.send_message("too late")
        assert late.value.code == 10062
    assert server.unanswered == [action]


async def test_who_thinks_for_ever_is_found_out(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server) as bot:
        action = await ada.uses("/ponder")
        await until(lambda: action.state == "deferred")
        assert ada.transcript()[-1].notice == "thinking…"
        server.clock.forward(15 * 60 + 1)
        assert action.state == "failed"
        with pytest.raises(discord.HTTPException) as ended:
            await bot.interactions[-1].edit_original_response(content="at last")
        assert ended.value.code == 50027
    assert server.unanswered == [action]


async def test_the_first_message_after_thinking_takes_its_place(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada = server.person("Ada")
    async with running(server) as bot:
        action = await ada.uses("/ponder", general)
        await until(lambda: action.state == "deferred")
        await bot.interactions[-1].followup.send("for everybody?")
        assert (await ada.reads("for everybody?", general)).ephemeral
        with pytest.raises(discord.InteractionResponded):
            await bot.interactions[-1].response.send_message("again")


async def test_a_dropped_connection_is_resumed_and_nothing_is_lost(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server) as bot:
        server.faults.drop_gateway()
        await ada.writes("while you were away")
        await ada.reads("while you were away")
        assert (server.gateway.resumes, server.gateway.identifies) == (1, 1)
        server.faults.drop_gateway(4000)
        await until(lambda: server.gateway.resumes == 2)
        server.faults.ask_to_reconnect()
        await until(lambda: server.gateway.resumes == 3)
        server.faults.invalidate_session(resumable=True)
        await until(lambda: server.gateway.resumes == 4)
        assert bot.events.count("READY") == 1


async def test_an_invalid_session_is_begun_anew(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(server) as bot:
        monkeypatch.setattr(bot, "before_identify_hook", _no_pause)
        server.faults.resume_refusals = 1
        server.faults.drop_gateway(4000)
        await until(lambda: server.gateway.identifies == 2)
        assert server.gateway.session_starts_left == 998


async def _no_pause(shard: int | None, *, initial: bool = False) -> None:
    pass


async def test_a_silent_gateway_is_left_and_resumed(server: DiscordServer) -> None:
    server.gateway.heartbeat_interval = 0.1
    ada = server.person("Ada")
    async with running(server, heartbeat_timeout=0.4):
        server.faults.stall_gateway()
        await ada.writes("anybody there?")
        await ada.reads("anybody there?")
        assert server.gateway.resumes == 1


async def test_close_codes_that_end_it_all(server: DiscordServer) -> None:
    async with _socket(server) as socket:
        await socket.send_json({"op": 2, "d": _identity(server, token="wrong")})
        assert (await _closed(socket)) == 4004
    async with _socket(server) as socket:
        await socket.send_json({"op": 2, "d": _identity(server, intents=1 << 15)})
        assert (await _closed(socket)) == 4014
    async with _socket(server) as socket:
        for _ in range(130):
            await socket.send_json({"op": 1, "d": None})
        assert (await _closed(socket)) == 4008
    async with _socket(server) as socket:
        await socket.send_json({"op": 3, "d": {"since": None, "activities": [], "status": "idle", "afk": False}})
        assert (await _closed(socket)) == 4003
    server.gateway.heartbeat_interval = 0.1
    async with _socket(server) as socket:
        assert (await _closed(socket)) == 4009
    server.gateway.session_starts_left = 0
    async with _socket(server) as socket:
        await socket.send_json({"op": 2, "d": _identity(server)})
        assert (await _closed(socket)) == 4004
    assert not server.token_good


def _identity(server: DiscordServer, token: str = "", intents: int = 1) -> dict[str, Any]:
    properties = {"os": "linux", "browser": "test", "device": "test"}
    return {"token": token or server.token, "intents": intents, "properties": properties}


@contextlib.asynccontextmanager
async def _socket(server: DiscordServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.gateway.url}?v=10&encoding=json") as ws:
        yield ws


async def _closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async for _ in socket:
        pass
    return socket.close_code


async def test_a_wrong_token_cannot_log_in(server: DiscordServer) -> None:
    server.faults.revoke_token()
    with pytest.raises(discord.LoginFailure):
        async with running(server):
            pass
    assert server.invalid_requests == 1


async def test_two_shards_share_the_servers(server: DiscordServer) -> None:
    guilds = [server.guild(f"Guild {n}") for n in range(8)]
    async with _socket(server) as socket:
        await socket.send_json({"op": 2, "d": _identity(server) | {"shard": [1, 2]}})
        assert (await socket.receive_json())["op"] == 10
        ready = await socket.receive_json()
    mine = [str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == 1]
    assert [guild["id"] for guild in ready["d"]["guilds"]] == mine


async def test_a_storm_of_refusals_is_sat_out(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server) as bot:
        user = await bot.fetch_user(ada.id)
        server.faults.storm("send", times=2)
        server.faults.storm("send", everything=True)
        server.faults.lose_answer("send")
        with contextlib.suppress(aiohttp.ClientError):
            await user.send("once")
        await ada.reads("once")
        assert server.invalid_requests == 3
        server.faults.storm("send", by_the_shield=True, retry_after=60)
        with pytest.raises(discord.HTTPException) as refused:
            await user.send("again")
        assert refused.value.status == 429


async def test_errors_and_hanging_requests_are_played(server: DiscordServer) -> None:
    server.faults.fail("GET /users/@me", status=503)
    server.faults.hang("GET /users/@me")
    async with _api(server) as api:
        assert (await api.get("users/@me")).status == 503
        with pytest.raises(TimeoutError):
            await api.get("users/@me", timeout=aiohttp.ClientTimeout(total=0.1))
        assert (await api.get("users/@me")).status == 200


async def test_rates_are_counted_for_each_place_and_for_all(server: DiscordServer) -> None:
    server.rates.hurry = 1
    ada, bob = server.person("Ada"), server.person("Bob")
    async with _api(server) as api:
        for _ in range(5):
            answer = await api.post(f"channels/{ada.dm.id}/messages", json={"content": "hi"})
            assert answer.status == 200
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        answer = await api.post(f"channels/{ada.dm.id}/messages", json={"content": "hi"})
        assert answer.status == 429
        assert 0 < (await answer.json())["retry_after"] <= 5
        assert (await api.post(f"channels/{bob.dm.id}/messages", json={"content": "hi"})).status == 200
        server.rates.per_second = 0
        await asyncio.sleep(0)
        server.rates._second.left = 0
        answer = await api.post(f"channels/{bob.dm.id}/messages", json={"content": "hi"})
        assert (await answer.json())["global"] is True


async def test_links_to_files_end_and_cannot_be_made_up(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with _api(server) as api, aiohttp.ClientSession() as session:
        message = await ada.writes("", files=[picture()])
        url = f"channels/{ada.dm.id}/messages/{message.id}"
        link = (await (await api.get(url)).json())["attachments"][0]["url"]
        assert await (await session.get(link)).read() == picture()
        assert (await session.get(link.replace("hm=", "hm=0"))).status == 404
        server.clock.forward(25 * 3600)
        assert (await session.get(link)).status == 404
        link = (await (await api.get(url)).json())["attachments"][0]["url"]
        server.faults.cdn_speed = 10_000_000
        assert await (await session.get(link)).read() == picture()
        server.faults.expire_cdn()
        assert (await session.get(link)).status == 404


@contextlib.asynccontextmanager
async def _api(server: DiscordServer) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(f"{server.api_base}/", headers=headers) as session:
        yield session


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def button(number: int, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": f"Button {number}", "custom_id": f"button:{number}"} | more


def menu(options: int, values: int = 100) -> dict[str, Any]:
    offers = [{"label": str(n), "value": str(n % values)} for n in range(options)]
    return {"type": 3, "custom_id": "menu", "options": offers}


TOO_MUCH: dict[str, dict[str, Any]] = {
    "a field of another name": {"contents": "hi"},
    "2,001 letters": {"content": "x" * 2001},
    "11 embeds": {"embeds": [{"title": "x"}] * 11},
    "embeds of 6,001 letters": {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
    "6 rows": {"components": [row(button(n)) for n in range(6)]},
    "6 buttons": {"components": [row(*(button(n) for n in range(6)))]},
    "26 options": {"components": [row(menu(26))]},
    "the same value twice": {"components": [row(menu(3, values=2))]},
    "the same id twice": {"components": [row(button(1), button(1))]},
    "an id of 101 letters": {"components": [row(button(1, custom_id="x" * 101))]},
    "a label of 81 letters": {"components": [row(button(1, label="x" * 81))]},
    "a button beside a menu": {"components": [row(button(1), menu(2))]},
    "a link with an id": {"components": [row(button(1, style=5, url="https://example.org"))]},
    "a button without a row": {"components": [button(1)]},
    "a file that is not there": {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
    "a description of 1,025 letters": {"content": "x", "attachments": [{"id": 0, "description": "x" * 1025}]},
    "whispering outside of an answer": {"content": "x", "flags": 64},
    "an answer to nothing": {"content": "x", "message_reference": {"message_id": "5"}},
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_a_message_beyond_the_limits_is_refused_and_recorded(server: DiscordServer, body: dict[str, Any]) -> None:
    ada = server.person("Ada")
    async with _api(server) as api:
        answer = await api.post(f"channels/{ada.dm.id}/messages", json={"components": [], **body})
        assert answer.status == 400
        assert (await answer.json())["code"] == 50035
    assert len(server.take_violations()) == 1


async def test_a_request_that_discord_does_not_know_fails_the_test_that_made_it() -> None:
    with pytest.raises(AssertionError, match="no/such/thing"):
        async with DiscordServer() as server, _api(server) as api:
            assert (await api.get("no/such/thing")).status == 404


COMMANDS: dict[str, dict[str, Any]] = {
    "capital letters": {"name": "Figurine"},
    "spaces": {"name": "make it"},
    "no description": {"description": ""},
    "a long description": {"description": "x" * 101},
    "an unknown language": {"description_localizations": {"ar-EG": "x"}},
    "a need after a wish": {
        "options": [
            {"type": 3, "name": "a", "description": "x"},
            {"type": 11, "name": "b", "description": "x", "required": True},
        ]
    },
    "proposals and choices": {
        "options": [
            {
                "type": 3,
                "name": "a",
                "description": "x",
                "autocomplete": True,
                "choices": [{"name": "a", "value": "a"}],
            }
        ]
    },
}


@pytest.mark.parametrize("change", COMMANDS.values(), ids=COMMANDS.keys())
async def test_a_command_beyond_the_rules_is_refused(server: DiscordServer, change: dict[str, Any]) -> None:
    async with _api(server) as api:
        url = f"applications/{server.bot.id}/commands"
        good = {"name": "figurine", "description": "Make one"}
        assert (await api.put(url, json=[good])).status == 200
        assert (await api.put(url, json=[good | change])).status == 400
        assert len(server.commands[0]) == 1
    assert len(server.take_violations()) == 1


async def test_where_the_bot_may_not_go(server: DiscordServer) -> None:
    guild = server.guild("Makers", attachment_size_limit=1000)
    quiet, hidden, open_place = guild.channel("quiet"), guild.channel("hidden", ["view_channel"]), guild.channel("open")
    ada, bob = server.person("Ada"), server.person("Bob", installed=False)
    quiet.forbids("send_messages")
    ada.closes_dms()
    async with running(server) as bot:

        async def code(place: int, **message: Any) -> int:
            with pytest.raises(discord.HTTPException) as refused:
                await bot.get_partial_messageable(place).send(**message)
            return refused.value.code

        assert await code(hidden.id, content="x") == 50001
        assert await code(quiet.id, content="x") == 50013
        assert await code(ada.dm.id, content="x") == 50007
        assert await code(bob.dm.id, content="x") == 50007
        assert await code(5, content="x") == 10003
        assert await code(open_place.id, content=" ") == 50006
        assert await code(open_place.id, file=discord.File(io.BytesIO(b"x" * 1001), "x.stl")) == 40005
        message = bot.get_partial_messageable(open_place.id).get_partial_message(5)
        with pytest.raises(discord.NotFound) as missing:
            await message.edit(content="x")
        assert missing.value.code == 10008
        guild.removes_bot()
        await until(lambda: not list(bot.guilds))
        assert await code(open_place.id, content="x") == 50001


async def test_threads_reactions_edits_and_kept_files(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada = server.person("Ada")
    async with running(server) as bot:
        await until(lambda: bot.get_channel(general.id))
        channel = bot.get_partial_messageable(general.id, type=discord.ChannelType.text)
        files = [discord.File(io.BytesIO(picture()), "a.jpg"), discord.File(io.BytesIO(b"solid"), "b.stl")]
        message = await channel.send("look", files=files)
        await message.edit(content="look again", attachments=[message.attachments[1]])
        await message.add_reaction("👍")
        real = await bot.fetch_channel(general.id)
        assert isinstance(real, discord.TextChannel)
        fetched = await real.fetch_message(message.id)
        thread = await fetched.create_thread(name="Ada's figurine")
        await thread.send("inside")
        with pytest.raises(discord.HTTPException) as twice:
            await fetched.create_thread(name="again")
        assert twice.value.code == 160004
        seen = await ada.reads("look again", general)
        assert (seen.edits, [a.name for a in seen.attachments], list(seen.reactions)) == (1, ["b.stl"], ["👍"])
        assert seen.file(".stl") == b"solid"
        assert seen.thread is not None
        await ada.reads("inside", seen.thread)
        assert ada.transcript(general)[-1].thread == "Ada's figurine"


async def test_hundreds_of_people_leave_nothing_behind(server: DiscordServer) -> None:
    server.forget_old, server.keep_media, server.rates.enforced = 2, False, False
    people = [server.person(f"Person {n}") for n in range(100)]
    async with running(server):

        async def lives(person: Any) -> None:
            for _ in range(3):
                await person.uses("/figurine", photo=picture())
                await person.reads("only for you", within=20)

        await asyncio.gather(*(lives(person) for person in people))
    assert all(len(person.dm.messages) == 2 for person in people)
    assert server.unanswered == []


async def test_an_interaction_is_answered_once_and_by_its_own_token(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with _api(server) as api:
        await api.put(f"applications/{server.bot.id}/commands", json=[{"name": "start", "description": "Begin"}])
        action = await ada.uses("/start")
        hook, back = f"webhooks/{server.bot.id}/{action.token}", f"interactions/{action.id}/{action.token}/callback"

        async def code(method: str, url: str, body: dict[str, Any] | None = None) -> tuple[int, int]:
            async with api.request(method, url, json=body) as answer:
                return answer.status, (await answer.json())["code"]

        assert await code("POST", hook, {"content": "too early"}) == (404, 10015)
        assert await code("POST", back.replace(action.token, "made-up"), {"type": 5}) == (404, 10062)
        assert await code("POST", back, {"type": 7, "data": {"content": "no message to change"}}) == (400, 50035)
        assert (await api.post(back, json={"type": 5})).status == 204
        assert await code("POST", back, {"type": 5}) == (400, 40060)
        assert (await api.delete(f"{hook}/messages/@original")).status == 204
        assert await code("PATCH", f"{hook}/messages/@original", {"content": "gone"}) == (404, 10008)
        assert (await api.post(hook, json={"content": "a whisper", "flags": 64})).status == 200
        assert (await ada.reads("a whisper")).ephemeral
        await action.until_answered()
    assert len(server.take_violations()) == 1


async def test_the_same_mark_is_not_said_twice(server: DiscordServer) -> None:
    ada = server.person("Ada")
    async with running(server) as bot:
        user = await bot.fetch_user(ada.id)
        first = await user.send("once", nonce="order:7")
        assert (await user.send("once", nonce="order:7")).id == first.id
        assert len(ada.sees()) == 1
        server.clock.forward(301)
        assert (await user.send("once", nonce="order:7")).id != first.id


async def test_commands_work_inside_threads(server: DiscordServer) -> None:
    general = server.guild("Makers").channel("general")
    ada = server.person("Ada")
    async with running(server) as bot:
        message = await ada.writes("here", general)
        thread = server.actions.open_thread(general, "A figurine", 1440, message)
        await ada.uses("/figurine", thread, photo=picture())
        await ada.reads("40", thread)
        assert isinstance(bot.interactions[0].channel, discord.Thread)


async def test_a_revoked_token_ends_the_connection(server: DiscordServer) -> None:
    async with running(server) as bot:
        server.faults.revoke_token()
        await until(bot.is_closed)
        assert bot.ws.socket.close_code == 4004
        assert server.gateway.sessions == []


async def test_starts_in_quick_succession_are_turned_away(server: DiscordServer) -> None:
    server.gateway.identify_spacing = 60
    for expected in ("READY", None):
        async with _socket(server) as socket:
            await socket.send_json({"op": 2, "d": _identity(server)})
            await socket.receive_json()
            assert (await socket.receive_json())["t"] == expected


async def test_slow_answers_still_come(server: DiscordServer) -> None:
    server.faults.delay("login", 0.05)
    async with running(server) as bot:
        assert bot.user is not None
        assert (await bot.application_info()).bot_public

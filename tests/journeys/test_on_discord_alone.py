"""Ways on Discord that need a service of their own: another engine, other settings, a second start."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
import trimesh
from PIL import Image

from bots.app import Parts
from tests.conftest import ROOT
from tests.journeys.on_discord import MANNERS, any_of, gets, on_discord, orders, said, until, words
from tests.servers.discord import DiscordServer, Person
from tests.talking import quick_parts, some_photo


def printable(person: Person) -> dict[str, trimesh.Trimesh]:
    """The figurine as other programs read it, by the ending of each file."""
    sent = {file.name.rpartition(".")[2]: file for message in said(person) for file in message.attachments}
    return {end: trimesh.load(io.BytesIO(sent[end].content or b""), file_type=end) for end in ("stl", "3mf", "glb")}


def patient(gate: Path) -> Parts:
    """The service's parts with an engine that stops before it films, as long as the file is there."""
    return quick_parts(maker="tests.engines.patient:PatientMaker", gate=str(gate))


@pytest.mark.slow
async def test_ada_finds_the_bot_sends_a_photo_and_can_print_what_she_gets(tmp_path: Path) -> None:
    async with on_discord(tmp_path, Parts()) as scene:
        ada = scene.server.person("Ada")
        await ada.uses("/start")
        await ada.reads("Send me a photo of a person")
        await ada.presses("I agree")
        await ada.reads("Send a photo now")
        await ada.writes("", files=[("cup.jpg", (ROOT / "samples" / "photos" / "coffee.jpg").read_bytes())])
        question = await ada.reads("Got it: one thing.", within=60)
        assert question.images, "the styles are shown"
        await ada.chooses("Vinyl")
        picture, turntable = await gets(ada, within=120)
        assert max(Image.open(io.BytesIO(picture.images[0])).size) >= 1024
        assert turntable.file(".mp4")
        await ada.presses("Files: STL · 3MF · GLB")
        await ada.reads("for looking at it on a screen")
        await ada.reads(".3mf")
        files = printable(ada)
        assert files["stl"].is_watertight
        assert files["stl"].extents[2] == pytest.approx(100, abs=0.1)


async def test_gus_watches_his_figurine_being_made_takes_it_back_and_chooses_another_style(tmp_path: Path) -> None:
    (gate := tmp_path / "gate").touch()
    async with on_discord(tmp_path, patient(gate)) as scene:
        gus, ole = await scene.friend("Gus"), await scene.friend("Ole")
        await orders(gus, "marble")
        order = await gus.reads("Filming the turntable")
        assert "▓" in order.text
        await orders(ole)
        await ole.reads("You're next. About")
        await gus.uses("/queue")
        told = await gus.reads("Marble:")
        assert [button.label for button in told.buttons] == ["Cancel Marble"]
        await gus.presses("Cancel Marble")
        assert await gus.reads("Cancelled. It cost you nothing.") is order, "the message about the order says so itself"
        gate.unlink()
        await gus.uses("/cancel")
        await gus.reads("There is nothing to cancel.")
        await gus.presses("Other style")
        await gus.reads("Which style?")
        await gus.chooses("Surprise me")
        await gets(gus)
        await gets(ole)
        assert len([m for m in said(gus) if m.attachments and m.attachments[0].name.endswith(".mp4")]) == 1


async def test_a_file_that_is_too_heavy_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    async with on_discord(tmp_path, photos={"max_mb": 1}) as scene:
        ida = await scene.friend("Ida")
        await ida.writes("", files=[some_photo() + b"\0" * 1_500_000])
        told = await ida.reads("1 MB")
        assert "It cost you nothing." in told.text
        assert scene.server.downloads == 0


async def test_commands_speak_everybodys_language_and_operators_have_more_of_them(tmp_path: Path) -> None:
    async with DiscordServer() as server:
        olga, paul = server.person("Olga", "ru"), server.person("Paul")
        async with on_discord(tmp_path, server=server, operators={"discord": (str(olga.id),)}) as scene:
            shown = {command["name"]: command for command in server.commands[0].values()}
            assert shown["help"]["description_localizations"]["ru"] == words("command.help", "ru")
            assert shown["reload"]["default_member_permissions"] == "0", "Discord shows it to nobody by default"
            await olga.uses("/reload")
            await olga.reads(words("reload.done", "ru"))
            await paul.writes("/reload")
            await paul.reads("I don't know /reload")
            assert any("read anew" in line for line in scene.told)
        async with on_discord(tmp_path, server=server, operators={"discord": (str(olga.id),)}):
            await until(lambda: server.gateway.identifies == 2)
        assert server.command_syncs == 1, "what Discord knows is not told again"


async def test_a_figurine_that_takes_longer_than_discord_waits_finds_its_person_all_the_same(tmp_path: Path) -> None:
    (gate := tmp_path / "gate").touch()
    async with on_discord(tmp_path, patient(gate)) as scene:
        server = scene.server
        ada, bea, cem, dee = [await scene.friend(name) for name in ("Ada", "Bea", "Cem", "Dee")]
        here, gone = server.guild("Makers").channel("general"), server.guild("Makers").channel("short-lived")
        left = server.guild("Leavers")
        lobby, guest = left.channel("lobby"), server.guild("Elsewhere", bot=False).channel("general")
        for person, place in ((ada, here), (bea, guest), (cem, lobby), (dee, gone)):
            await person.uses("/figurine", place, photo=some_photo(), style="marble", name=person.name)
            await person.reads(any_of("You're", "Filming"), place)
        server.clock.forward(16 * 60)
        left.removes_bot()
        gone.closes()
        gate.unlink()
        picture, turntable = await gets(ada, here)
        assert "Here is “Ada”!" in picture.text
        assert picture.edits, "the message about the order has become the figurine"
        assert not (picture.ephemeral or turntable.ephemeral)
        for person in (bea, cem, dee):
            picture, turntable = await gets(person)
            assert f"Here is “{person.name}”!" in picture.text
            assert turntable.text.startswith(words("discord.elsewhere"))


async def test_buttons_lists_forms_and_proposals_work_on_after_a_restart(tmp_path: Path) -> None:
    async with DiscordServer() as server:
        async with on_discord(tmp_path, server=server) as scene:
            ada = await scene.friend("Ada")
            await ada.writes("", files=[some_photo()])
            question = await ada.reads("Which style?")
            await ada.presses("Wish")
            bea = server.person("Bea")
            await bea.writes("", files=[some_photo()])
            await bea.reads("I have your photo in hand")
        async with on_discord(tmp_path, server=server):
            await ada.fills("a red cape")
            await ada.reads("Wish: a red cape")
            await ada.presses("Name on the base", on=question)
            await ada.fills("Ada")
            await ada.reads("Name on the base: Ada")
            await ada.chooses("Bronze", on=question)
            _, turntable = await gets(ada)
            await bea.presses("I agree")
            await bea.reads("Which style?")
        async with on_discord(tmp_path, server=server):
            await ada.presses("Again", on=turntable)
            await gets(ada)
            assert await ada.types_ahead("/figurine", "style", "chi")
            await ada.uses_on(await ada.writes("look", files=[some_photo()]), "Make a figurine")
            await ada.reads("Which style?")


async def test_a_gateway_that_falls_silent_is_left_and_what_was_written_meanwhile_is_answered(tmp_path: Path) -> None:
    async with DiscordServer() as server:
        server.gateway.heartbeat_interval = 0.2
        async with on_discord(tmp_path, server=server, manners=dataclasses.replace(MANNERS, silence=0.6)) as scene:
            ada = await scene.friend("Ada")
            server.faults.stall_gateway()
            await ada.writes("", files=[some_photo()])
            await ada.reads("Which style?")
            server.faults.drop_gateway()
            await ada.chooses("marble")
            await gets(ada)
            server.faults.ask_to_reconnect()
            await ada.uses("/queue")
            await ada.reads("Nothing of yours is waiting")
            assert server.gateway.identifies == 1, "every time it went on where it was"
            assert not [line for line in scene.told if "Discord does" in line]


async def test_a_wrong_token_costs_the_operator_one_line_and_discord_one_question(tmp_path: Path) -> None:
    async with DiscordServer() as server:
        server.token_good = False
        async with on_discord(tmp_path, server=server, wait=False) as scene:
            await until(lambda: any("FIGURINE_DISCORD__TOKEN" in line for line in scene.told))
            assert len([line for line in scene.told if "Discord does not accept" in line]) == 1
            assert not [line for line in scene.told if server.token in line]
        assert server.invalid_requests == 1


async def test_two_processes_on_one_token_and_one_folder_answer_everything_once(tmp_path: Path) -> None:
    async with (
        DiscordServer() as server,
        on_discord(tmp_path, server=server),
        on_discord(tmp_path, server=server) as scene,
    ):
        await until(lambda: len(server.gateway.sessions) == 2)
        ada = await scene.friend("Ada")
        await orders(ada)
        await gets(ada)
        used = await ada.uses("/help")
        assert await ada.reads("/styles") is used.original
        await scene.is_quiet(ada)
        assert len(said(ada)) == 6

"""Whole ways through the conversation, as people go them."""

from __future__ import annotations

import io
from pathlib import Path

import trimesh
from PIL import Image

from bots.conversation.messages import Reply
from core.model import FileKind
from tests.conftest import ROOT
from tests.talking import a_grey, opened, quick_parts, some_photo


async def test_ada_says_hello_agrees_sends_a_photo_names_it_chooses_a_style_and_gets_files_that_she_can_print(tmp_path):
    async with opened(tmp_path, quick_parts(pause=0.05)) as ada:
        (welcome,) = await ada.types("/start")
        assert welcome.text.startswith("Hi! Send me a photo")
        (agreed,) = await ada.presses("agree")
        assert "Send a photo now" in agreed.text
        (got_it,) = await ada.sends((ROOT / "samples" / "photos" / "coffee.jpg").read_bytes())
        assert got_it.text.startswith("Got it: one thing. Which style?")
        await ada.presses("name")
        (named,) = await ada.types("Ada")
        assert "Name on the base: Ada" in named.text
        told = await ada.presses("collector") + await ada.waits()
        assert any("Here is “Ada”! 10 cm tall, ready to print." in reply.text for reply in told)
        told += await ada.presses("files")
        files = {file.kind: file.data for reply in told for file in reply.files}
        assert set(files) >= {FileKind.PICTURE, FileKind.TURNTABLE, FileKind.GLB, FileKind.STL, FileKind.THREEMF}
        assert Image.open(io.BytesIO(files[FileKind.PICTURE])).width >= 256
        assert files[FileKind.TURNTABLE][4:8] == b"ftyp"
        assert trimesh.load(io.BytesIO(files[FileKind.STL]), file_type="stl").is_watertight


async def test_bob_starts_with_a_photo_changes_his_mind_twice_and_has_it_forgotten(tmp_path):
    async with opened(tmp_path, quick_parts(pause=0.2)) as bob:
        await bob.sends(some_photo())
        await bob.presses("details")
        replies = await bob.presses("agree")
        assert "Which style?" in replies[-1].text
        await bob.presses("marble")
        await bob.presses("cancel")
        await bob.waits()
        assert "Cancelled. It cost you nothing." in bob.last
        await bob.presses("other")
        await bob.presses("bronze")
        await bob.waits()
        await bob.presses("forget")
        assert "your photo is deleted" in bob.last
        await bob.presses("other")
        assert "no longer have that photo" in bob.last


async def test_eve_sends_what_is_no_good_and_is_helped_until_it_works(tmp_path):
    async with opened(tmp_path, quick_parts()) as eve:
        await eve.agrees()
        for bad in (b"", b"GIF89a", a_grey()):
            (reply,) = await eve.sends(bad)
            assert "cost you nothing" in reply.text
            assert reply.text.count("\n") == 0
        await eve.sends(some_photo())
        await eve.presses("vinyl")
        assert "The back is invented" in (await eve.waits())[-1].text


async def test_two_people_talk_at_once_and_each_gets_their_own(tmp_path):
    async with opened(tmp_path, quick_parts(pause=0.1)) as ada:
        bob = ada.meets("bob")
        for person in (ada, bob):
            await person.agrees()
            await person.sends(some_photo())
            await person.presses("name")
            await person.types(person.chatter.id.title())
            await person.presses("chibi")
        await ada.waits()
        await bob.waits()
        told: list[Reply] = ada.recorder.sent
        assert sum("Here is “Ada”!" in reply.text for reply in told) == 1
        assert sum("Here is “Bob”!" in reply.text for reply in told) == 1


async def test_ada_comes_back_after_a_restart_and_need_not_agree_again(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as ada:
        await ada.agrees()
    async with opened(tmp_path, quick_parts()) as ada:
        (welcome,) = await ada.types("/start")
        assert "again" in welcome.text
        assert not welcome.buttons

"""Ways through the whole service on Telegram, from the first word to the files, as people go them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import trimesh
from PIL import Image

from bots.app import Parts
from tests.conftest import ROOT
from tests.journeys.on_telegram import Scene, gets, on_telegram, orders, patient, words
from tests.servers.telegram import Person, TelegramServer
from tests.talking import a_grey, some_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One service for all: people do not notice each other."""
    async with on_telegram(tmp_path_factory.mktemp("telegram")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared: Scene) -> AsyncIterator[Scene]:
    yield shared
    await shared.is_clean()


def files(person: Person) -> dict[str, bytes]:
    """All the documents in a chat, by the ending of their names."""
    sent = [message.media for message in person.chat.messages if message.media and message.media.kind == "document"]
    return {media.name.rpartition(".")[2]: media.bytes or b"" for media in sent}


@pytest.mark.slow
async def test_ada_comes_by_a_link_sends_a_photo_and_can_print_what_she_gets(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, Parts()) as scene:
        ada = scene.server.person("Ada")
        await ada.starts("photo")
        await ada.reads("Send me a photo of a person")
        await ada.presses("I agree")
        await ada.reads("Send a photo now")
        photo = await ada.sends_photo((ROOT / "samples" / "photos" / "coffee.jpg").read_bytes())
        question = await ada.reads("Got it: one thing.", within=60)
        assert photo.reactions == ["👀"]
        assert question.media and question.media.kind == "photo"
        await ada.presses("Low poly")
        picture, turntable = await gets(ada, within=120)
        assert max(Image.open(io.BytesIO(picture.media.bytes)).size) >= 1024
        assert turntable.media.kind == "video"
        assert min(turntable.media.width, turntable.media.height, turntable.media.duration) > 0, (
            "it is shown in its shape"
        )
        await ada.presses("Files: STL · 3MF · GLB")
        await ada.reads("for printing in colour")
        printed = {end: trimesh.load(io.BytesIO(files(ada)[end]), file_type=end) for end in ("stl", "3mf", "glb")}
        assert all(not model.is_empty for model in printed.values())
        assert printed["stl"].is_watertight
        assert printed["stl"].extents[2] == pytest.approx(100, abs=0.1)


async def test_a_photo_out_of_the_blue_waits_for_the_agreement_and_goes_on_by_itself(scene: Scene) -> None:
    bea = scene.server.person("Bea")
    fetched = scene.server.counts["download"]
    photo = await bea.sends_photo(some_photo(), caption="with a red cape")
    asked = await bea.reads("I have your photo in hand")
    assert "deleted 24 hours after" in asked.text
    assert [m.id for m in bea.chat.messages if m.from_bot] == [asked.id], "one message, not several"
    assert photo.reactions == ["👀"]
    assert scene.server.counts["download"] == fetched, "nothing is fetched before somebody has agreed"
    await bea.presses("Read the details")
    await bea.reads("In plain words")
    await bea.presses("I agree")
    question = await bea.reads("Which style?")
    assert "Wish: with a red cape" in question.text
    assert scene.server.counts["download"] == fetched + 1


async def test_cem_would_rather_not_and_is_asked_anew_when_he_comes_back(scene: Scene) -> None:
    cem = scene.server.person("Cem")
    await cem.sends_photo(some_photo())
    await cem.reads("Not now")
    await cem.presses("Not now")
    await cem.reads("I keep nothing that you sent")
    await cem.starts("shop")
    await cem.reads("Send me a photo of a person")
    await cem.presses("I agree")
    await cem.reads("Send a photo now")
    await cem.starts("shop")
    await cem.reads("Welcome back!")
    await cem.starts("whatever-this-is")
    await cem.reads("Good to see you again")


async def test_dina_is_too_young_and_is_not_asked_again(scene: Scene) -> None:
    dina = scene.server.person("Dina")
    await dina.starts()
    await dina.reads("I'm under 13")
    await dina.presses("I'm under 13")
    await dina.reads("See you in a few years!")
    await dina.sends_photo(some_photo())
    await dina.reads("See you in a few years!")


async def test_emma_names_her_figurine_wishes_something_and_changes_her_mind(scene: Scene) -> None:
    emma = await scene.friend("Emma")
    await emma.sends_photo(some_photo())
    await emma.reads("Which style?")
    await emma.presses("Name on the base")
    await emma.reads("Which name shall I engrave?")
    await emma.says("x" * 60)
    await emma.reads("I can't engrave that")
    await emma.says("Émma 太郎")
    await emma.reads("Name on the base: Émma 太郎")
    await emma.presses("Wish")
    await emma.reads("What do you wish for?")
    await emma.says("in a red cape")
    await emma.reads("Wish: in a red cape")
    await emma.presses("Bronze")
    picture, _ = await gets(emma)
    assert "Here is “Émma 太郎”!" in picture.text


async def test_finn_watches_his_figurine_being_made_takes_it_back_and_chooses_another_style(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with on_telegram(tmp_path, patient(gate)) as scene:
        finn, ole = await scene.friend("Finn"), await scene.friend("Ole")
        await orders(finn, "marble")
        order = await finn.reads("Filming the turntable ▓▓▓▓▓▓░░░░ 60")
        await orders(ole)
        await ole.reads("You're next. About")
        await ole.presses("Cancel")
        await ole.reads("Cancelled. It cost you nothing.")
        await finn.says("/queue")
        told = await finn.reads("Marble:")
        assert [button.text for button in told.buttons] == ["Cancel Marble"]
        await finn.presses("Cancel Marble")
        cancelled = await finn.reads("Cancelled. It cost you nothing.")
        assert cancelled is order, "the message about the order says so itself"
        await finn.says("/cancel")
        await finn.reads("There is nothing to cancel.")
        gate.unlink()
        await finn.presses("Other style")
        await finn.reads("Which style?")
        await finn.presses("Surprise me")
        await gets(finn)
        assert len([m for m in finn.chat.messages if m.media and m.media.kind == "video"]) == 1
        for line in finn.transcript():
            print(line)


async def test_gita_makes_one_again_looks_at_her_history_and_deletes_everything(scene: Scene) -> None:
    gita = await scene.friend("Gita")
    await orders(gita)
    await gets(gita)
    await gita.presses("Again")
    await gets(gita)
    await gita.says("/history")
    listed = await gita.reads("Your figurines that I still have")
    assert [button.text for button in listed.buttons] == ["Show 1", "Delete 1", "Show 2", "Delete 2"]
    await gita.presses("Show 2")
    await gets(gita)
    await gita.presses("Delete figurine")
    await gita.reads("that figurine is deleted")
    await gita.presses("Delete 1", message=listed)
    await gita.reads("that figurine is deleted")
    await gita.presses("Delete photo now")
    await gita.reads("your photo is deleted")
    await gita.presses("Again")
    await gita.reads("I no longer have that figurine")
    await gita.presses("Other style")
    await gita.reads("I no longer have that photo")
    await gita.says("/privacy")
    told = await gita.reads("What I hold about you")
    assert "• no photo" in told.text
    await gita.says("/history")
    await gita.reads("I have no figurine of yours")


async def test_hugo_sends_what_is_no_good_and_is_helped_each_time(scene: Scene) -> None:
    hugo = await scene.friend("Hugo")
    await hugo.sends_photo(a_grey())
    await hugo.reads("I can't find one clear subject")
    await hugo.sends_file(a_size(20, 30))
    await hugo.reads("only 20 × 30 pixels")
    for send in (
        hugo.sends_file(b"%PDF-1.7", "letter.pdf", "application/pdf"),
        hugo.sends_file(b"no picture at all", "photo.jpg", "image/jpeg"),
        hugo.sends_sticker(some_photo(), video=True),
        hugo.sends_sticker(some_photo(), animated=True),
        hugo.sends_video(),
        hugo.sends_video(kind="animation"),
        hugo.sends_video(kind="voice"),
    ):
        await send
        told = await hugo.reads("I can't read this file as a picture")
        assert "It cost you nothing." in told.text
    await hugo.sends_file(some_photo(), "huge.png", size=34 * 1024 * 1024)
    await hugo.reads("That file is 34 MB; I can only fetch 20 here. Send it as a photo instead")
    for send in (
        hugo.sends_sticker(some_photo()),
        hugo.sends_file(some_photo(), "IMG_0001.HEIC", "application/octet-stream"),
        hugo.forwards_photo(some_photo()),
    ):
        await send
        await hugo.reads("Which style?")
    assert not [m for m in hugo.chat.messages if m.from_bot and "Something broke" in m.text]


async def test_an_album_becomes_one_figurine_each_or_one_with_everybody(scene: Scene) -> None:
    ines = await scene.friend("Ines")
    album = await ines.sends_album([some_photo(), some_photo()], caption="our family")
    question = await ines.reads("Got them: 2 photos.")
    await scene.server.until(lambda: [photo.reactions for photo in album] == [["👀"], []])
    await ines.presses("All together", message=question)
    together = await ines.reads("Which style?")
    assert "Wish: our family" in together.text
    await ines.presses("Vinyl")
    await gets(ines)
    await ines.presses("One figurine each", message=question)
    await ines.reads("Which style?")
    await ines.presses("Chibi")
    await gets(ines)
    await gets(ines)
    pictures = [m for m in ines.chat.messages if "ready to print" in m.text]
    assert len(pictures) == 3
    await ines.sends_album([some_photo()] * 5)
    each = await ines.reads("Got them: 5 photos, and I'll make a figurine of each.")
    assert not [b for b in each.buttons if b.text == "All together"]


async def test_one_bad_photo_in_an_album_does_not_spoil_the_others(scene: Scene) -> None:
    jan = await scene.friend("Jan")
    await jan.sends_album([some_photo(), a_grey()])
    await jan.reads("One of the photos I can't use.")
    await jan.reads("Which style?")


async def test_karl_is_spoken_to_in_german_then_chooses_japanese_and_everything_follows(scene: Scene) -> None:
    karl = await scene.friend("Karl", "de")
    await karl.says("/settings")
    shown = await karl.reads(words("settings.title", "de"))
    await karl.presses("set-language")
    await karl.reads(words("settings.language.question", "de"))
    await karl.presses("日本語")
    await karl.reads(words("settings.title", "ja"))
    assert shown.edits == 2, "one message changes in its place"
    await karl.says("/help")
    await karl.reads(words("help.title", "ja"))
    await karl.sends_photo(some_photo())
    await karl.reads(words("styles.question", "ja"))
    await karl.presses("marble")
    await karl.reads(words("result.back", "ja"))
    await karl.presses("set-reset", message=shown)
    await karl.reads(words("settings.language", "de", value=words("settings.automatic", "de")))
    await karl.says("/help")
    await karl.reads(words("help.title", "de"))


async def test_lea_sets_everything_once_and_each_figurine_follows(scene: Scene) -> None:
    lea = await scene.friend("Lea")
    await lea.says("/settings")
    shown = await lea.reads("Your settings")
    for change, choice, told in (
        ("Favourite style", "Bronze", "Favourite style: Bronze"),
        ("Height", "60 mm", "Height with the base: 60 mm"),
        ("Background", "mint green", "Background of the pictures: mint green"),
    ):
        await lea.presses(change)
        await lea.reads(choice)
        await lea.presses(choice)
        assert await lea.reads(told) is shown
    await lea.presses("Name on the base")
    await lea.reads("Which name shall I engrave from now on")
    await lea.says("Lea")
    await lea.reads("Name on the base: Lea")
    await lea.presses("No reminders")
    await lea.reads("Reminders: none")
    await lea.sends_photo(some_photo())
    question = await lea.reads("Name on the base: Lea ·")
    await lea.presses("★ Bronze", message=question)
    picture, _ = await gets(lea)
    assert "Here is “Lea”! 6 cm tall" in picture.text


async def test_mia_shows_her_figurine_around_in_a_group_that_the_bot_is_not_in(scene: Scene) -> None:
    mia, nils = await scene.friend("Mia"), scene.server.person("Nils")
    friends = scene.server.group("Friends", [mia, nils], with_bot=False)
    assert not await nils.asks_inline()
    offered = await nils.asks_inline()
    assert offered.button == {"text": "Open our chat", "start_parameter": "photo"}
    await orders(mia, "chibi")
    picture, _ = await gets(mia)
    offered = await mia.asks_inline("chi")
    assert (len(offered), offered.personal, offered.cache_time) == (1, True, 0)
    shared = await mia.shares(offered[0], friends)
    assert shared.media is picture.media
    assert not await mia.asks_inline("marble")
    assert not await nils.asks_inline(), "nobody else sees it"


async def test_menus_speak_everybodys_language_and_operators_see_more(tmp_path: Path) -> None:
    server = TelegramServer()
    olga, paul = server.person("Olga", "ru"), server.person("Paul", "xx")
    club = server.group("Club", [olga])
    await olga.says("/start")
    async with on_telegram(tmp_path, server=server, operators={"telegram": (str(olga.id),)}):
        await server.until(lambda: server.counts["setChatMenuButton"] > 0)
        assert paul.menu()["help"] == words("command.help")
        assert "reload" not in paul.menu()
        assert olga.menu()["reload"] == words("command.reload", "ru")
        assert set(olga.menu(club)) == {"start", "figurine", "styles", "help"}
        assert server.profile["short", "ru"] == words("bot.short", "ru")
        assert server.menu_button == {"type": "commands"}
        await paul.says("/reload")
        await paul.reads("I don't know /reload")
        await olga.says("/reload")
        await olga.reads(words("reload.done", "ru"))
    before = server.counts["setMyCommands"]
    async with on_telegram(tmp_path, server=server, operators={"telegram": (str(olga.id),)}):
        await paul.says("/hepl")
        await paul.reads("Did you mean /help?")
    assert server.counts["setMyCommands"] == before, "what Telegram knows is not told again"


def a_size(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(stream, "PNG")
    return stream.getvalue()

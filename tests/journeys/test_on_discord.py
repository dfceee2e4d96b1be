"""Ways through the whole service in somebody's direct messages on Discord, from the first word to the files."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from tests.journeys.on_discord import Scene, gets, on_discord, orders, said, words
from tests.servers.discord import Upload
from tests.talking import a_grey, code_in, some_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One service for all: people do not notice each other."""
    async with on_discord(tmp_path_factory.mktemp("discord")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared: Scene) -> AsyncIterator[Scene]:
    yield shared
    await shared.is_clean()


async def test_a_photo_out_of_the_blue_waits_for_the_agreement_and_goes_on_by_itself(scene: Scene) -> None:
    bea = scene.server.person("Bea")
    fetched = scene.server.downloads
    await bea.writes("with a red cape", files=[some_photo()])
    asked = await bea.reads("I have your photo in hand")
    assert "deleted 24 hours after" in asked.text
    assert said(bea) == [asked], "one message, not several"
    assert scene.server.downloads == fetched, "nothing is fetched before somebody has agreed"
    await bea.presses("Read the details")
    await bea.reads("In plain words")
    await bea.presses("I agree")
    question = await bea.reads("Which style?")
    assert "Wish: with a red cape" in question.text
    assert scene.server.downloads == fetched + 1


async def test_cem_would_rather_not_and_is_asked_anew_when_he_comes_back(scene: Scene) -> None:
    cem = scene.server.person("Cem")
    await cem.writes("", files=[some_photo()])
    await cem.reads("Not now")
    await cem.presses("Not now")
    await cem.reads("I keep nothing that you sent")
    await cem.uses("/start")
    await cem.reads("Send me a photo of a person")
    await cem.presses("I agree")
    await cem.reads("Send a photo now")
    await cem.uses("/start")
    await cem.reads("Good to see you again")


async def test_dina_is_too_young_and_is_not_asked_again(scene: Scene) -> None:
    dina = scene.server.person("Dina")
    await dina.uses("/start")
    await dina.reads("I'm under 13")
    await dina.presses("I'm under 13")
    await dina.reads("See you in a few years!")
    await dina.writes("", files=[some_photo()])
    await dina.reads("See you in a few years!")
    used = await dina.uses("/figurine", photo=some_photo())
    await dina.reads("See you in a few years!")
    assert used.state == "answered"


async def test_one_command_says_it_all_photo_style_name_and_wish(scene: Scene) -> None:
    emma = await scene.friend("Emma")
    proposed = await emma.types_ahead("/figurine", "style", "mar")
    assert [choice.name for choice in proposed] == ["Marble"]
    used = await emma.uses(
        "/figurine", photo=some_photo(), style=proposed[0].value, name="Émma 太郎", wish="in a red cape"
    )
    picture, _ = await gets(emma)
    assert "Here is “Émma 太郎”!" in picture.text
    assert picture is used.original, "the answer to the command has become the figurine"
    await emma.uses("/figurine", photo=some_photo(), style="like a cloud", name="\N{ZERO WIDTH SPACE}" * 20)
    await emma.reads("There is no style called “like a cloud”.")
    await emma.reads("I can't engrave that")
    await emma.reads("Which style?")


async def test_finn_names_his_figurine_and_wishes_something_in_forms(scene: Scene) -> None:
    finn = await scene.friend("Finn")
    await finn.writes("", files=[some_photo()])
    await finn.reads("Which style?")
    await finn.presses("Name on the base")
    with pytest.raises(AssertionError, match="takes fewer letters"):
        await finn.fills("Finn the Bravest of Them All")
    await finn.fills("\N{ZERO WIDTH SPACE}" * 20)
    await finn.reads("I can't engrave that")
    await finn.writes("Finn")
    await finn.reads("Name on the base: Finn")
    await finn.presses("Wish")
    await finn.fills({"Your wish, in a few words": "on a horse"})
    question = await finn.reads("Wish: on a horse")
    assert "Name on the base: Finn" in question.text
    await finn.presses("Name on the base")
    await finn.fills("Finn the Brave")
    await finn.reads("Name on the base: Finn the Brave")
    await finn.chooses("Bronze")
    picture, _ = await gets(finn)
    assert "Here is “Finn the Brave”!" in picture.text


async def test_hana_makes_one_again_looks_at_her_history_and_deletes_everything(scene: Scene) -> None:
    hana = await scene.friend("Hana")
    await orders(hana)
    await gets(hana)
    await hana.presses("Again")
    await gets(hana)
    await hana.uses("/history")
    listed = await hana.reads("Your figurines that I still have")
    assert [button.label for button in listed.buttons] == ["Show 1", "Delete 1", "Show 2", "Delete 2"]
    await hana.presses("Show 2")
    await gets(hana)
    await hana.presses("Delete figurine")
    await hana.reads("that figurine is deleted")
    await hana.presses("Delete 1", on=listed)
    await hana.reads("that figurine is deleted")
    await hana.presses("Delete photo now")
    await hana.reads("your photo is deleted")
    await hana.presses("Again")
    await hana.reads("I no longer have that figurine")
    await hana.presses("Other style")
    await hana.reads("I no longer have that photo")
    await hana.uses("/privacy")
    told = await hana.reads("What I hold about you")
    assert "• no photo" in told.text
    await hana.uses("/history")
    await hana.reads("I have no figurine of yours")


async def test_hugo_sends_what_is_no_good_and_is_helped_each_time(scene: Scene) -> None:
    hugo = await scene.friend("Hugo")
    for file, told in (
        (a_grey(), "I can't find one clear subject"),
        (a_size(20, 30), "only 20 × 30 pixels"),
        (("letter.pdf", b"%PDF-1.7"), "I can't read this file as a picture"),
        (("photo.jpg", b"no picture at all"), "I can't read this file as a picture"),
        (("film.mp4", b"\0\0\0\x18ftypmp42"), "I can't read this file as a picture"),
        (("voice.ogg", b"OggS"), "I can't read this file as a picture"),
    ):
        await hugo.writes("", files=[file])
        assert "It cost you nothing." in (await hugo.reads(told)).text
        used = await hugo.uses("/figurine", photo=file)
        assert await hugo.reads(told) is used.original
    for file in (a_gif(), ("IMG_0001.png", some_photo()), Upload("forwarded", some_photo(), "image/png")):
        await hugo.writes("", files=[file])
        await hugo.reads("Which style?")
    assert not [message for message in said(hugo) if "Something broke" in message.text]


async def test_an_album_becomes_one_figurine_each_or_one_with_everybody(scene: Scene) -> None:
    ines = await scene.friend("Ines")
    await ines.writes("our family", files=[some_photo(), some_photo()])
    question = await ines.reads("Got them: 2 photos.")
    await ines.presses("All together", on=question)
    assert "Wish: our family" in (await ines.reads("Which style?")).text
    await ines.chooses("Vinyl")
    await gets(ines)
    await ines.presses("One figurine each", on=question)
    await ines.reads("Which style?")
    await ines.chooses("Chibi")
    await gets(ines)
    await gets(ines)
    assert len([message for message in said(ines) if "ready to print" in message.text]) == 3
    await ines.uses("/figurine", photo=some_photo(), photo2=some_photo(), photo3=some_photo())
    await ines.reads("Got them: 3 photos.")
    await ines.writes("", files=[some_photo()] * 5)
    each = await ines.reads("Got them: 5 photos, and I'll make a figurine of each.")
    assert not [button for button in each.buttons if button.label == "All together"]
    await ines.writes("", files=[some_photo(), a_grey()])
    await ines.reads("One of the photos I can't use.")
    await ines.reads("Which style?")


async def test_karl_is_spoken_to_in_german_then_chooses_japanese_and_everything_follows(scene: Scene) -> None:
    karl = await scene.friend("Karl", "de")
    await karl.uses("/settings")
    shown = await karl.reads(words("settings.title", "de"))
    await karl.presses("set-language")
    await karl.reads(words("settings.language.question", "de"))
    await karl.chooses("日本語")
    await karl.reads(words("settings.title", "ja"))
    assert shown.edits >= 2, "one message changes in its place"
    await karl.uses("/help")
    await karl.reads(words("help.title", "ja"))
    await karl.writes("", files=[some_photo()])
    await karl.reads(words("styles.question", "ja"))
    await karl.chooses("marble")
    await karl.reads(words("result.back", "ja"))
    await karl.presses("set-reset", on=shown)
    await karl.reads(words("settings.language", "de", value=words("settings.automatic", "de")))
    await karl.uses("/help")
    await karl.reads(words("help.title", "de"))


async def test_lea_sets_everything_once_and_each_figurine_follows(scene: Scene) -> None:
    lea = await scene.friend("Lea")
    await lea.uses("/settings")
    shown = await lea.reads("Your settings")
    for change, choice, told in (
        ("Favourite style", "Bronze", "Favourite style: Bronze"),
        ("Background", "mint green", "Background of the pictures: mint green"),
    ):
        await lea.presses(change, on=shown)
        await lea.reads(choice)
        await lea.chooses(choice, on=shown)
        assert await lea.reads(told) is shown
    await lea.presses("Height", on=shown)
    await lea.reads("60 mm")
    await lea.presses("60 mm", on=shown)
    assert await lea.reads("Height with the base: 60 mm") is shown
    await lea.presses("Name on the base", on=shown)
    await lea.fills("Lea")
    assert await lea.reads("Name on the base: Lea") is shown
    await lea.presses("No reminders", on=shown)
    await lea.reads("Reminders: none")
    await lea.writes("", files=[some_photo()])
    question = await lea.reads("Name on the base: Lea ·")
    await lea.chooses("★ Bronze", on=question)
    picture, _ = await gets(lea)
    assert "Here is “Lea”! 6 cm tall" in picture.text


async def test_every_command_has_an_answer_that_only_its_person_sees_and_none_is_left_thinking(scene: Scene) -> None:
    mia = await scene.friend("Mia")
    for command, told in (
        ("/help", "/figurine"),
        ("/styles", "These are my styles"),
        ("/queue", "Nothing of yours is waiting"),
        ("/cancel", "There is nothing to cancel"),
        ("/history", "I have no figurine of yours"),
        ("/balance", "Figurines are free here"),
        ("/privacy", "What I hold about you"),
        ("/support", "Whoever runs me has not named an address yet"),
        ("/unlink", "linked with no other platform"),
        ("/link", "Your code is"),
    ):
        used = await mia.uses(command)
        assert await mia.reads(told) is used.original
    await mia.writes("good morning")
    await mia.reads("Send me a photo")
    await mia.writes("/hepl")
    await mia.reads("Did you mean /help?")


async def test_wrong_codes_are_refused_kindly_and_not_for_ever(scene: Scene) -> None:
    nils = await scene.friend("Nils")
    await nils.uses("/link")
    code = code_in((await nils.reads("Your code is")).text)
    await nils.uses("/link", code=code)
    await nils.reads(words("error.link.taken"))
    wrong = code[::-1] if code != code[::-1] else "0000 0000 0000"
    for _ in range(5):
        await nils.uses("/link", code=wrong)
        await nils.reads(words("error.link.wrong"))
    await nils.uses("/link", code=wrong)
    await nils.reads(words("error.link.tries"))


def a_size(width: int, height: int) -> bytes:
    return _saved(Image.linear_gradient("L").resize((width, height)), "PNG")


def a_gif() -> bytes:
    return _saved(Image.linear_gradient("L"), "GIF")


def _saved(image: Image.Image, form: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()

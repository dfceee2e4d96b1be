"""Discord has a bad day: it refuses, fails, loses answers. People get everything, and nothing twice unmarked."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from bots.discord_bot import fetching
from core import delivery
from core.intake import reception
from tests.journeys.on_discord import Scene, gets, on_discord, orders, said, until, words
from tests.servers.discord import Channel, Message, Person
from tests.talking import some_photo

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPEAT = words("repeat")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One service for all: what goes wrong in one test is over before the next."""
    async with on_discord(tmp_path_factory.mktemp("discord")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared: Scene, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Everybody's pauses are short, those of the library too."""
    sleep = asyncio.sleep

    async def short(seconds: float, *more: object) -> None:
        await sleep(min(seconds, 0.05))

    for module in ("discord.http", "discord.webhook.async_"):
        monkeypatch.setattr(f"{module}.asyncio.sleep", short)
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(fetching, "AGAIN", 0.05)
    for module in (delivery, reception):
        monkeypatch.setattr(module, "POLL", 0.1)
    yield shared
    await shared.is_clean()


def once_unmarked(messages: list[Message]) -> bool:
    """Whether whatever came twice says so."""
    texts = [message.text for message in messages if not message.text.startswith(REPEAT)]
    return len(texts) == len(set(texts))


async def makes_one(person: Person, place: Channel | None = None) -> list[Message]:
    """A photo becomes a figurine; what the bot said about it."""
    before = said(person, place)
    await orders(person, place=place)
    await gets(person, place)
    return [message for message in said(person, place) if message not in before]


async def test_when_discord_asks_to_slow_down_everything_comes_a_little_later_and_once(scene: Scene) -> None:
    ada = await scene.friend("Ada")
    general = scene.server.guild("Makers").channel("general")
    for route in ("callback", "send", "edit", "follow up", "original", "edit follow up"):
        scene.server.faults.storm(route, times=2, retry_after=0.05)
    scene.server.faults.storm("send", retry_after=0.05, everything=True)
    before = scene.server.invalid_requests
    told = await makes_one(ada) + await makes_one(ada, general)
    scene.server.faults.clear()
    assert len(told) == 6
    assert not [message for message in told if message.text.startswith(REPEAT)]
    assert scene.server.invalid_requests - before <= 13, "nobody knocks again before the time"


async def test_when_discord_breaks_down_for_a_moment_nobody_notices(scene: Scene) -> None:
    ada = await scene.friend("Ada")
    for route in ("callback", "send", "edit", "follow up", "original"):
        scene.server.faults.fail(route, times=2, status=502)
    told = await makes_one(ada)
    scene.server.faults.clear()
    assert len(told) == 3
    assert not [message for message in told if message.text.startswith(REPEAT)]


@pytest.mark.parametrize("route", ["send", "follow up", "original", "edit", "callback"])
async def test_an_answer_that_was_lost_leads_to_no_second_message_that_does_not_say_so(
    scene: Scene, route: str
) -> None:
    ada = await scene.friend("Ada")
    scene.server.faults.lose_answer(route, times=2)
    used = await ada.uses("/styles")
    await ada.reads("These are my styles")
    told = await makes_one(ada)
    await scene.is_quiet(ada)
    scene.server.faults.clear()
    assert used.state == "answered"
    assert once_unmarked(said(ada))
    assert len([message for message in told if not message.text.startswith(REPEAT)]) >= 2
    scene.mistakes[:] = [line for line in scene.mistakes if "a message failed with ConnectionError" not in line]


async def test_somebodys_slow_file_holds_nobody_else_up(scene: Scene) -> None:
    ada, bea = await scene.friend("Ada"), await scene.friend("Bea")
    before = scene.server.downloads
    scene.server.faults.cdn_speed = 60_000
    await ada.writes("", files=[a_heavy_photo()])
    await until(lambda: scene.server.downloads == before + 1)
    scene.server.faults.cdn_speed = 0
    await makes_one(bea)
    assert not [message for message in said(ada) if "Which style?" in message.text], "hers is still on its way"
    await ada.reads("Which style?")


async def test_a_file_that_discord_cannot_hand_over_just_now_is_fetched_a_moment_later(scene: Scene) -> None:
    ada = await scene.friend("Ada")
    scene.server.faults.cdn_failures = 3
    await makes_one(ada)


async def test_a_link_that_ended_while_somebody_thought_about_agreeing_is_renewed_where_that_can_be(
    scene: Scene,
) -> None:
    ada, bea = scene.server.person("Ada"), scene.server.person("Bea")
    await ada.writes("", files=[some_photo()])
    await bea.uses("/figurine", photo=some_photo(), style="marble")
    for person in (ada, bea):
        await person.reads("I have your photo in hand")
    scene.server.faults.expire_cdn()
    for person in (ada, bea):
        await person.presses("I agree")
    await ada.reads("Which style?")
    await bea.reads("I no longer have that photo. Send it once more")
    await makes_one(bea)


def a_heavy_photo() -> bytes:
    """Some 60 kB that do not compress."""
    stream = io.BytesIO()
    Image.effect_noise((250, 250), 100).save(stream, "PNG")
    return stream.getvalue()

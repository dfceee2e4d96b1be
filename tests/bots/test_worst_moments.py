"""What a person must not lose, nor a child leave behind, by a platform that fails or a policy that changes."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from bots.conversation.events import chatter_of
from bots.conversation.messages import Reply
from core.errors import TryLater, Unreachable
from core.records import Contact
from storage.database import FILE_NAME
from tests.talking import opened, quick_parts, some_photo


@pytest.mark.parametrize("trouble", [TryLater(0.1), Unreachable(), OSError("secret"), BrokenPipeError()])
async def test_somebody_too_young_is_erased_also_if_the_platform_does_not_answer(tmp_path: Path, trouble):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.sends(some_photo())
        friend.recorder.refuse_text = {"honest": trouble}
        await friend.presses("young")
        assert count(tmp_path, "person") == count(tmp_path, "blob") == 0
        (reply,) = await friend.types("/start")
        assert "Thank you for being honest" in reply.text


async def test_again_is_for_those_only_who_agreed_to_the_present_policy(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
        await friend.sends(some_photo())
        await friend.presses("collector")
        sent = await friend.waits()
    again = next(button.id for reply in sent for button in reply.buttons if button.id.startswith("again:"))
    async with opened(tmp_path, quick_parts(), consent={"policy_version": "2"}) as friend:
        friend.recorder.sent.append(Reply("", tuple(b for r in sent for b in r.buttons)))
        (reply,) = await friend.presses(again)
        assert reply.buttons[0].id == "agree:2:13"
        assert len(await friend.statuses()) == 1


async def test_a_caption_of_broken_letters_before_the_consent_costs_nothing(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        async with asyncio.timeout(20):
            (early,) = await friend.sends(some_photo(), caption="wi\udcffsh\0" + "x" * 5_000)
            assert "your photo" in early.text
            assert "read your wish" in (await friend.presses("agree"))[-1].text


async def test_what_may_have_arrived_says_so_when_it_comes_again(tmp_path: Path):
    """A platform that takes a message and then breaks off has told nobody whether it was delivered."""
    async with opened(tmp_path, quick_parts()) as friend:
        friend.recorder.refuse_text = {"Hi!": TimeoutError()}
        (reply,) = await friend.types("/start")
        assert reply.text.startswith("(You may have seen this before")


LOCALES = ["", "-", "x" * 5_000, "en_\0", "en-\ud800", "é", "en_US.UTF-8@euro", "1", "zz_ZZ", "../en"]


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_strange_locale_is_answered_in_english(tmp_path: Path, locale: str):
    async with opened(tmp_path, quick_parts()) as friend:
        friend.chatter = type(friend.chatter)(friend.chatter.platform, friend.chatter.id, locale)
        async with asyncio.timeout(10):
            (reply,) = await friend.types("/start")
        assert "Hi!" in reply.text


@pytest.mark.parametrize("text", ["/\0", "/" + "ab" * 50_000, "\ud800", "#", "/start@\ud800", "\u202e/start"])
async def test_strange_text_is_answered(tmp_path: Path, text: str):
    async with opened(tmp_path, quick_parts()) as friend:
        async with asyncio.timeout(10):
            assert await friend.types(text)


@pytest.mark.parametrize("name", ["9" * 30, "-" + "9" * 30, "1441", "America", "../UTC", "\0", "x" * 5_000])
def test_a_strange_timezone_is_utc(name: str):
    assert chatter_of(Contact("test", "ada", "en", name)).timezone == dt.UTC


def test_a_timezone_that_the_platform_does_not_tell_is_none():
    assert chatter_of(Contact("test", "ada", "en", "")).timezone is None


def count(folder: Path, table: str) -> int:
    connection = sqlite3.connect(folder / "data" / FILE_NAME)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    finally:
        connection.close()

"""One account on two platforms, at its worst moments: what each side is told, and that nobody locks others out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bots.conversation.conversation import Conversation
from bots.conversation.events import Place, Pressed
from bots.conversation.turn import Turn
from core.intake.linking import DIGITS, TRIES, digits_of, written
from tests.talking import Friend, code_in, on_both, quick_parts


async def link(here: Friend, there: Friend) -> str:
    """Make one account of two; the code that did."""
    (told,) = await here.types("/link")
    await there.types(f"/link {code_in(told.text)}")
    await there.presses("link")
    await here.waits()
    return code_in(told.text)


async def test_the_chat_that_is_put_out_is_told_so_in_its_language_and_what_stays_where(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        await link(ada, other)
        await ada.types("/settings")
        await ada.presses("set-language")
        await ada.presses("language:de")
        await ada.types("/unlink")
        (done,) = await ada.presses("unlink:there")
        assert "There ist getrennt" in done.text
        await other.waits()
        told = other.recorder.sent[-1]
        assert "Dieses Konto steht wieder für sich: Es wurde gerade auf Here getrennt" in told.text
        assert "bleiben auf Here" in told.text
        assert told.private
        assert (await other.types("/start"))[0].text.startswith("Hi!")


async def test_a_code_that_is_typed_again_says_that_it_has_linked_the_accounts_as_long_as_they_are(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        code = await link(ada, other)
        for friend in (ada, other):
            (again,) = await friend.types(f"/link {code}")
            assert "your accounts are linked, and it is one account now, on Here and There" in again.text
        assert "doesn't work" in (await ada.meets("eve").types(f"/link {code}"))[0].text
        await ada.types("/unlink")
        await ada.presses("unlink:there")
        assert "doesn't work" in (await ada.types(f"/link {code}"))[0].text


async def dies_before_it_is_told(friend: Friend, button: str) -> None:
    """Press a button; the service dies when that is done, and before anybody has been told."""
    died = asyncio.Event()

    async def dying(_: Conversation, __: Turn, ___: Place) -> None:
        died.set()
        raise OSError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Conversation, "_commit", dying)
        await friend.does_as(Pressed(friend.offered(button)), "the last press")
        async with asyncio.timeout(10):
            await died.wait()


async def test_a_link_that_a_crash_cut_short_is_told_on_both_sides(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        (told,) = await ada.types("/link")
        await other.types(f"/link {code_in(told.text)}")
        await dies_before_it_is_told(other, "link")
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        await other.waits()
        await ada.waits()
        assert "Linked. It is one account now, on Here and There" in other.last
        assert "linked with There now" in ada.last


async def test_an_unlink_that_a_crash_cut_short_is_told(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        await link(ada, other)
        await ada.types("/unlink")
        await dies_before_it_is_told(ada, "unlink:there")
    async with on_both(tmp_path, quick_parts()) as (ada, _):
        await ada.waits()
        assert "There has left" in ada.last


def test_guessing_codes_is_hopeless_even_for_somebody_with_ten_thousand_accounts():
    codes_out, accounts, hours_of_a_year = 1_000, 10_000, 24 * 365
    hits_a_year = accounts * TRIES * codes_out / 10**DIGITS * hours_of_a_year
    assert hits_a_year < 0.5


@pytest.mark.parametrize("typed", ["4827 1936 5071", "4827-1936-5071", "４８２７ １９３６ ５０７１", "٤٨٢٧ ١٩٣٦ ٥٠٧١"])
def test_a_code_may_be_typed_in_any_way(typed: str):
    assert digits_of(typed) == "482719365071"
    assert written(digits_of(typed)) == "4827 1936 5071"


def test_what_is_longer_than_a_code_is_none():
    assert digits_of("4827 1936 5071 9") != "482719365071"

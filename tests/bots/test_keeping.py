"""What goes wrong with messages costs neither figurine nor photo, and what is remembered outlives the process."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bots.conversation.services import Followers
from bots.conversation.session import Early, InHand, Question, Session
from core.errors import DiskFull, TryLater, Unreachable
from core.records import JobStatus
from tests.talking import Friend, opened, quick_parts, some_photo

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LIFE = dt.timedelta(hours=24)


class MovedClock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> dt.datetime:
        return self.time


async def _orders(friend: Friend) -> None:
    await friend.agrees()
    await friend.sends(some_photo())
    await friend.presses("collector")


@pytest.mark.parametrize("words", ["You're next", "▓"])
async def test_progress_that_can_not_be_sent_does_not_cost_the_figurine(tmp_path: Path, words, caplog):
    async with opened(tmp_path, quick_parts(pause=0.1)) as friend:
        friend.recorder.refuse_text[words] = OSError("secret")
        await _orders(friend)
        await friend.waits()
        assert not friend.recorder.refuse_text
        assert any("ready to print" in reply.text for reply in friend.recorder.sent)
        assert not any("broke" in reply.text for reply in friend.recorder.sent)
        assert "secret" not in caplog.text


async def test_an_apology_that_can_not_be_sent_is_one_line_of_the_log_without_its_text(friend: Friend, caplog):
    friend.recorder.refuse.append(DiskFull())
    friend.recorder.refuse_text["no room left"] = RuntimeError("secret")
    await _orders(friend)
    await friend.waits()
    assert "an apology failed with RuntimeError" in [record.getMessage() for record in caplog.records]
    assert "secret" not in caplog.text
    assert (await friend.presses("collector"))[0].text.startswith("You're next")


async def test_an_answer_that_can_not_be_sent_for_an_unknown_reason_is_sent_a_little_later(friend: Friend, caplog):
    friend.recorder.refuse_text = {"Hi!": RuntimeError("secret")}
    (reply,) = await friend.types("/start")
    assert "Hi!" in reply.text
    assert "secret" not in caplog.text


async def test_a_platform_that_asks_to_wait_gets_its_message_after_that_time_and_unmarked(friend: Friend):
    friend.recorder.refuse_text = {"Hi!": TryLater(0.3)}
    begun = asyncio.get_running_loop().time()
    (reply,) = await friend.types("/start")
    assert asyncio.get_running_loop().time() - begun >= 0.3
    assert reply.text.startswith("Hi!")


async def test_the_result_of_somebody_who_blocked_the_bot_waits_for_history(friend: Friend):
    friend.recorder.refuse.append(Unreachable())
    await _orders(friend)
    await friend.waits()
    assert not any(not file.own for reply in friend.recorder.sent for file in reply.files)
    assert await friend.statuses() == [JobStatus.MADE]
    listed, *shown = await friend.types("/history")
    assert "Collector" in listed.text
    assert len([reply for reply in shown if reply.files]) == 2


async def test_an_order_that_would_outlive_its_photo_expires_and_costs_nothing(tmp_path: Path):
    clock = MovedClock()
    parts = replace(quick_parts(pause=30), clock=lambda: clock)
    async with opened(tmp_path, parts, retention={"sweep_seconds": 0.1}) as friend:
        await _orders(friend)
        clock.time += LIFE - dt.timedelta(seconds=1)
        await asyncio.sleep(0.4)
        assert "Time was up" not in friend.last
        clock.time += dt.timedelta(seconds=1)
        await asyncio.wait_for(friend.waits(), 20)
        assert "Time was up for this order" in friend.last
        assert await friend.statuses() == [JobStatus.EXPIRED]
        assert "no photo" in (await friend.types("/privacy"))[0].text


async def test_what_a_person_was_about_to_do_outlives_the_process(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
        await friend.sends(some_photo(), caption="in a red cape")
        await friend.presses("name")
    async with opened(tmp_path, quick_parts()) as friend:
        (reply,) = await friend.types("Ada")
        assert "Name on the base: Ada" in reply.text
        await friend.presses("collector")
        assert any("Here is “Ada”!" in reply.text for reply in await friend.waits())


async def test_an_order_that_is_being_made_when_the_service_stops_goes_on_at_the_next_start(tmp_path: Path):
    async with opened(tmp_path, quick_parts(pause=5)) as friend:
        await _orders(friend)
        async with asyncio.timeout(30):
            while "░" not in friend.last and "▓" not in friend.last:  # noqa: ASYNC110 -- the recorder tells nobody
                await asyncio.sleep(0.05)
    async with opened(tmp_path, quick_parts()) as friend:
        told = await friend.waits()
        assert sum("ready to print" in reply.text for reply in told) == 1
        assert await friend.statuses() == [JobStatus.DELIVERED]


async def test_a_photo_that_came_before_the_consent_outlives_the_process(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.sends(some_photo())
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.types("/start")
        replies = await friend.presses("agree")
        assert "Which style?" in replies[-1].text


def test_a_session_is_the_same_after_it_was_kept():
    full = Session(
        Early(("a", "b"), "words", NOW), InHand((3, 4), "wish", "Ada", True, {"collector\nAda\nTrue": 7}), Question.NAME
    )
    for session in (full, Session(), Session(hand=InHand((1,))), Session(question=Question.NAME)):
        assert Session.unpack(session.pack()) == session
    assert Session().pack() is None


async def test_nothing_is_left_of_a_telling_that_has_ended():
    followers = Followers()
    followers.start(1, asyncio.sleep(0))
    followers.start(1, asyncio.sleep(60))
    followers.start(2, asyncio.sleep(60))
    await followers.ended(1)
    assert list(vars(followers)["_of"]) == [2]
    await followers.close()
    assert not any(vars(followers).values())

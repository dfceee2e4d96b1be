"""What goes wrong with messages does not keep photos, sessions or tasks; and nothing is kept for longer than it may."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bots.conversation import housekeeping
from bots.conversation.services import Followers
from bots.conversation.session import InHand, MemorySessions, Ordered
from core.errors import DiskFull
from core.model import FigurineRequest, Photo, Subject, SubjectKind
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


async def _holds_no_photo_after_forgetting(friend: Friend) -> bool:
    await friend.presses("forget")
    return "no photo" in (await friend.types("/privacy"))[0].text


@pytest.mark.parametrize("words", ["You're next", "▓"])
async def test_progress_that_can_not_be_sent_costs_neither_the_figurine_nor_the_photo(tmp_path: Path, words, caplog):
    async with opened(tmp_path, quick_parts(pause=0.1)) as friend:
        friend.recorder.refuse_text[words] = OSError("secret")
        await _orders(friend)
        told = await friend.waits()
        assert not friend.recorder.refuse_text
        assert any("ready to print" in reply.text for reply in told)
        assert not any("broke" in reply.text for reply in friend.recorder.sent)
        assert await _holds_no_photo_after_forgetting(friend)
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


async def test_an_apology_that_can_not_be_sent_is_one_line_of_the_log_without_its_text(friend: Friend, caplog):
    friend.recorder.refuse.append(DiskFull())
    friend.recorder.refuse_text["no room left"] = RuntimeError("secret")
    await _orders(friend)
    await friend.waits()
    assert [record.getMessage() for record in caplog.records] == ["an apology failed with RuntimeError"]
    assert "secret" not in caplog.text
    assert (await friend.presses("collector"))[0].text.startswith("You're next")


async def test_an_answer_and_its_apology_that_can_not_be_sent_end_nothing(friend: Friend, caplog):
    friend.recorder.refuse_text = {"Hi!": RuntimeError("secret"), "broke": RuntimeError("secret")}
    assert await friend.types("/start") == []
    assert "secret" not in caplog.text
    assert (await friend.types("/start"))[0].text.startswith("Hi!")


async def test_an_order_that_would_outlive_its_photo_is_cancelled(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(housekeeping, "PAUSE", 0.02)
    clock = MovedClock()
    async with opened(tmp_path, replace(quick_parts(pause=30), clock=lambda: clock)) as friend:
        await _orders(friend)
        clock.time += LIFE - dt.timedelta(seconds=1)
        await asyncio.sleep(0.1)
        assert "Cancelled" not in friend.last
        clock.time += dt.timedelta(seconds=1)
        await asyncio.wait_for(friend.waits(), 20)
        assert friend.last == "Cancelled. It cost you nothing."
        assert "no photo" in (await friend.types("/privacy"))[0].text


async def test_an_answer_that_takes_its_time_still_has_its_session_at_the_end(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(housekeeping, "PAUSE", 0.01)
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
        await friend.sends(some_photo())  # The engine's process has yet to start.
        assert "your photo, in memory" in (await friend.types("/privacy"))[0].text


def test_a_session_with_nothing_in_it_goes_and_any_other_stays():
    sessions = MemorySessions()
    kept = {person: sessions.of(person) for person in (1, 2, 3)}
    idle = sessions.of(4)
    photo = Photo(1, 1, b"\0\0\0")
    kept[1].hand = InHand(photo, Subject(SubjectKind.THING, 0, True), NOW + LIFE)
    kept[2].ordered[7] = Ordered(FigurineRequest(photo, "collector"), NOW + LIFE)
    with kept[3].in_use():
        sessions.forget_old(NOW, LIFE)
    assert all(sessions.of(person) is session for person, session in kept.items())
    assert sessions.of(4) is not idle
    assert sessions.overdue(NOW) == []
    assert sessions.overdue(NOW + LIFE) == [(2, 7)]
    sessions.forget_old(NOW + LIFE, LIFE)
    assert [sessions.of(person) is kept[person] for person in (1, 2, 3)] == [False, True, False]


async def test_nothing_is_left_of_a_telling_that_has_ended():
    followers = Followers()
    followers.start(1, asyncio.sleep(0))
    followers.start(1, asyncio.sleep(0.01))
    followers.start(2, asyncio.sleep(60))
    await followers.settled(1)
    assert list(vars(followers)["_person_of"].values()) == [2]
    await followers.close()
    assert not any(vars(followers).values())

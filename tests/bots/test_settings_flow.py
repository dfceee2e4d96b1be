"""What a person sets once, and one account on two platforms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bots.conversation.events import Pressed
from bots.conversation.flows import delivery
from bots.conversation.texts import Texts
from tests.talking import Friend, code_in, on_both, opened, quick_parts, some_photo


async def test_every_setting_is_changed_in_one_message_and_holds_for_the_next_figurine(friend: Friend):
    await friend.agrees()
    (shown,) = await friend.types("/settings")
    for question, choice, expected in (
        ("set-style", "style:marble", "Favourite style: Marble"),
        ("set-size", "size:150", "Height with the base: 150 mm"),
        ("set-background", "background:night", "Background of the pictures: night blue"),
        ("set-language", "language:en", "Language: English"),
    ):
        (asked,) = await friend.presses(question)
        assert all(button.choice for button in asked.buttons[:-1])
        (changed,) = await friend.presses(choice)
        assert expected in changed.text
        assert asked.key == changed.key == shown.key
    (changed,) = await friend.fills("set-name", "Ada")
    assert "Name on the base: Ada" in changed.text
    assert changed.key == shown.key
    (asked,) = await friend.sends(some_photo())
    assert "★ Marble" in [button.text for button in asked.buttons]
    assert "Name on the base: Ada" in asked.text
    replies = await friend.presses("marble") + await friend.waits()
    assert any("Here is “Ada”! 15 cm tall" in reply.text for reply in replies)


async def test_settings_outlive_the_process_and_can_be_reset(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        await friend.agrees()
        await friend.types("/settings")
        await friend.presses("set-name")
        await friend.types("/help")
        (changed,) = await friend.types("Ada")
        assert "Name on the base: Ada" in changed.text
        await friend.presses("unremind")
    async with opened(tmp_path, quick_parts()) as friend:
        (shown,) = await friend.types("/settings")
        assert "Name on the base: Ada" in shown.text
        assert "Reminders: none" in shown.text
        assert "what you chose in /settings" in (await friend.types("/privacy"))[0].text
        await friend.presses("set-name")
        assert "Name on the base: none" in (await friend.presses("set-no-name"))[0].text
        assert "Reminders: a day before" in (await friend.presses("set-reset"))[0].text


async def test_a_reset_is_told_in_the_language_that_counts_from_then_on(friend: Friend):
    friend.chatter = replace(friend.chatter, locale="fr")
    await friend.types("/start")
    await friend.presses("agree")
    await friend.types("/settings")
    await friend.presses("set-language")
    assert "Sprache: Deutsch" in (await friend.presses("language:de"))[0].text
    (told,) = await friend.presses("set-reset")
    assert "Langue\N{NO-BREAK SPACE}: automatique" in told.text
    assert told.text == (await friend.types("/settings"))[0].text


async def test_a_setting_that_there_is_not_changes_nothing(friend: Friend):
    await friend.agrees()
    (shown,) = await friend.types("/settings")
    for button in ("language:xx:1", "style:nosuch:1", "size:9:1", "background:x:1", "size", "style::"):
        (again,) = await friend.does(Pressed(button))
        assert again.text == shown.text


async def test_what_it_costs_and_who_helps_is_told(tmp_path: Path):
    async with opened(tmp_path, quick_parts()) as friend:
        assert "free" in (await friend.types("/balance"))[0].text
        assert "/privacy" in (await friend.types("/support"))[0].text
    async with opened(tmp_path, quick_parts(), support={"contact": "help@example.org"}) as friend:
        assert "help@example.org" in (await friend.types("/support"))[0].text


async def test_only_those_who_run_the_service_reload_its_texts(tmp_path: Path):
    async with opened(tmp_path, quick_parts(), operators={"console": ["ada"]}) as friend:
        assert "don't know /reload" in (await friend.types("/reload"))[0].text
    async with opened(tmp_path, quick_parts(), operators={"telegram": ["ada"]}) as friend:
        assert "/reload" not in (await friend.types("/help"))[0].text
    async with opened(tmp_path, quick_parts(), platform="console", operators={"console": ["ada"]}) as friend:
        assert "/reload" in (await friend.types("/help"))[0].text
        assert "reading the texts anew" in (await friend.types("/reload"))[0].text


async def test_whichever_way_somebody_comes_they_are_greeted(friend: Friend):
    ways = ("", "photo", "shop", "invite-XYZ", "nonsense", "{limit}")
    for way in ways:
        assert (await friend.types(f"/start {way}"))[0].text.startswith("Hi!")
    await friend.presses("agree")
    for way in ways:
        assert "Send me a photo" in (await friend.types(f"/start {way}"))[0].text


async def test_two_accounts_become_one_and_one_leaves_again(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        await ada.agrees()
        await ada.sends(some_photo())
        await ada.presses("vinyl")
        await ada.waits()
        (told,) = await ada.types("/link")
        code = code_in(told.text)
        (asked,) = await other.types(f"/link {code}")
        assert "did not ask for that code yourself" in asked.text
        (linked,) = await other.presses("link")
        assert "It is one account now, on Here and There" in linked.text
        await ada.waits()
        assert "linked with There now" in ada.last
        assert ada.recorder.sent[-1].private
        (listed, *_) = await other.types("/history")
        assert "Vinyl" in listed.text
        assert "on Here and There" in (await other.types("/privacy"))[0].text
        (asked,) = await ada.types("/unlink")
        assert [button.text for button in asked.buttons] == ["Here", "There"]
        await ada.presses("unlink:here")
        assert "separate again" in ada.last
        assert (await ada.types("/start"))[0].text.startswith("Hi!")
        assert "Vinyl" in (await other.types("/history"))[0].text
        assert "no other platform" in (await other.types("/unlink"))[0].text


async def test_a_link_with_a_code_asks_before_it_links_and_the_other_platform_can_leave(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        (told,) = await ada.types("/link")
        code = code_in(told.text)
        (asked,) = await other.types(f"/start link-{code.replace(' ', '')}")
        assert "did not ask for that code yourself" in asked.text
        (linked,) = await other.presses("link")
        assert "one account now" in linked.text
        await other.types("/unlink")
        (done,) = await other.presses("unlink:here")
        assert "Here has left" in done.text


async def test_a_code_that_is_wrong_ones_own_or_tried_too_often_is_refused_with_advice(tmp_path: Path):
    async with on_both(tmp_path, quick_parts()) as (ada, other):
        (told,) = await ada.types("/link")
        code = code_in(told.text)
        assert "can't become one" in (await ada.types(f"/link {code}"))[0].text
        for _ in range(5):
            assert "doesn't work" in (await other.types("/link 000000"))[0].text
        assert "wait an hour" in (await other.types(f"/link {code}"))[0].text


async def test_figurines_can_be_shown_elsewhere_by_what_they_are_called(friend: Friend):
    assert await friend.gallery() == []
    await friend.agrees()
    await friend.sends(some_photo(), style="vinyl", engraving="Ada")
    told = await friend.waits()
    (shown,) = await friend.gallery()
    assert shown.title == "Vinyl “Ada”"
    assert shown.key in {reply.key for reply in told}
    assert shown.person == told[-1].person


async def test_a_figurine_is_reminded_of_before_it_goes_and_its_files_are_one_press_away(friend: Friend):
    await friend.agrees()
    await friend.sends(some_photo(), style="vinyl", engraving="Ada")
    await friend.waits()
    piece = await friend.newest()
    told = delivery.reminder(Texts(), friend.chatter, piece)
    assert "I delete your figurine Vinyl “Ada” on" in told.text
    assert [button.id for button in told.buttons] == [f"files:{piece.job.id}", f"show:{piece.job.id}"]


async def test_a_policy_whose_version_looks_like_an_owner_can_be_agreed_to(tmp_path: Path):
    async with opened(tmp_path, quick_parts(), consent={"policy_version": "v@2"}) as friend:
        await friend.agrees()
        assert "Send a photo now" in friend.last

"""One account on Telegram and Discord: linked both ways, and separated again."""

from __future__ import annotations

from pathlib import Path

from tests.journeys import on_discord
from tests.journeys.on_telegram import gets, on_telegram, orders
from tests.servers.discord import DiscordServer
from tests.servers.telegram import Message
from tests.talking import code_in


async def test_ada_links_telegram_and_discord_has_one_history_in_both_and_separates_them_again(tmp_path: Path) -> None:
    async with DiscordServer() as discord, on_telegram(tmp_path, discord=discord) as scene:
        await discord.gateway.ready()
        discord.rates.enforced = False
        here, there = await scene.friend("Ada"), discord.person("Ada")
        await on_discord.agrees(there)
        await orders(here)
        await gets(here)
        await on_discord.orders(there, "bronze")
        await on_discord.gets(there)

        await here.says("/link")
        told = await here.reads("Your code is")
        await here.says(f"/link {code_in(told.text)}")
        await here.reads("Those two can't become one account")
        await there.uses("/link", code="000000")
        await there.reads("That code doesn't work")
        await there.uses("/link", code=code_in(told.text))
        await there.reads("Shall I link your account here")
        await there.presses("Yes, link them")
        await there.reads("Linked. It is one account now, on Discord and Telegram")
        await here.reads("Your account is linked with Discord now")
        await there.uses("/link", code=code_in(told.text))
        await there.reads("That code has done its work already: your accounts are linked")

        await here.says("/history")
        listed = await here.reads("Your figurines that I still have")
        assert "Marble" in listed.text
        assert "Bronze" in listed.text
        await here.presses("Show 1")
        await gets(here)
        await there.uses("/history")
        listed_there = await there.reads("Your figurines that I still have")
        assert "Marble" in listed_there.text

        await here.says("/unlink")
        await here.reads("Which of them shall leave it?")
        await here.presses("Discord")
        await here.reads("Done, Discord has left.")
        told = await there.reads("This account is on its own again: it was just separated on Telegram")
        assert "stay on Telegram" in told.text
        await there.uses("/history")
        await there.reads(lambda message: "I agree" in str(message.buttons) or "no figurine" in message.text)
        await here.says("/history")
        await here.reads("Your figurines that I still have")
        await here.says("/unlink")
        await here.reads("linked with no other platform")


async def test_bob_brings_his_discord_account_to_telegram_by_a_link_and_is_asked_first(tmp_path: Path) -> None:
    async with DiscordServer() as discord, on_telegram(tmp_path, discord=discord) as scene:
        await discord.gateway.ready()
        there, here = discord.person("Bob"), scene.server.person("Bob")
        await on_discord.agrees(there)
        await there.uses("/link")
        code = code_in((await there.reads("Your code is")).text)
        await here.starts(f"link-{code.replace(' ', '')}")
        await here.reads("Shall I link your account here")
        await here.presses("Yes, link them")
        await here.reads("Linked. It is one account now")
        await here.starts()
        await here.reads("Good to see you again")
        await here.says("/unlink")
        await here.reads("Which of them")
        await here.presses("Telegram")
        await here.reads("the accounts are separate again")
        await here.says("hello")
        await here.reads(_asks)
        for _ in range(6):
            await here.says("/link 000000")
        await here.reads("That was the wrong code too many times")


def _asks(message: Message) -> bool:
    return any(button.text == "I agree" for button in message.buttons)

"""The commands as Discord is told of them."""

from __future__ import annotations

import re
from typing import Any

import discord
import pytest

from bots.conversation.catalogue import COMMANDS, Audience
from bots.conversation.events import Event
from bots.discord_bot.commands import LANGUAGES, Translation, Tree


async def nobody(interaction: discord.Interaction[Any], event: Event, private: bool, about: str) -> None: ...


async def told(operators: bool = True) -> dict[str, dict[str, Any]]:
    tree = Tree(discord.Client(intents=discord.Intents.none()), nobody, operators, engraved=24)
    made = [await command.get_translated_payload(tree, Translation()) for command in tree.get_commands()]
    return {command["name"]: command for command in made}


async def test_every_command_of_the_catalogue_is_told_within_the_limits() -> None:
    commands = await told()
    assert {command.name for command in COMMANDS} <= set(commands)
    for command in commands.values():
        if command["type"] == 1:
            assert re.fullmatch(r"[-_a-z]{1,32}", command["name"])
            assert 1 <= len(command["description"]) <= 100
            for text in command["description_localizations"].values():
                assert 1 <= len(text) <= 100
        for option in command.get("options", []):
            assert 1 <= len(option["description"]) <= 100


async def test_every_command_can_be_used_in_servers_and_directly_by_whoever_has_installed_the_app() -> None:
    for command in (await told()).values():
        assert command["contexts"] == [0, 1, 2]
        assert command["integration_types"] == [0, 1]


async def test_a_figurine_takes_a_photo_a_style_a_name_and_a_wish() -> None:
    options = {option["name"]: option for option in (await told())["figurine"]["options"]}
    assert list(options) == ["photo", "photo2", "photo3", "photo4", "style", "name", "wish"]
    assert [name for name, option in options.items() if option["required"]] == ["photo"]
    assert options["style"]["autocomplete"]
    assert options["name"]["max_length"] == 24
    assert options["photo"]["type"] == 11


async def test_the_menu_of_a_message_with_a_picture_has_one_entry() -> None:
    [menu] = [command for command in (await told()).values() if command["type"] == 3]
    assert menu["name"] == "Make a figurine"


@pytest.mark.parametrize("operators", [True, False])
async def test_the_commands_of_operators_are_shown_only_where_there_are_some_and_to_nobody_by_default(
    operators: bool,
) -> None:
    commands = await told(operators)
    theirs = [command.name for command in COMMANDS if command.audience is Audience.OPERATORS]
    assert theirs
    for name in theirs:
        assert (name in commands) is operators
        if operators:
            assert commands[name]["default_member_permissions"] == 0


def test_every_language_is_one_that_discord_knows() -> None:
    assert {locale.value for locale in discord.Locale} >= set(LANGUAGES)

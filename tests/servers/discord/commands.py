"""The app's commands: what Discord takes, and where each is offered."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from tests.servers.discord.refusals import invalid_form
from tests.servers.discord.world import DIRECT, Account, Channel

JSON = dict[str, Any]
MOST: Final = {1: 100, 2: 15, 3: 15}
MOST_LETTERS: Final = 8000
SUBCOMMANDS: Final = (1, 2)
LOCALES: Final = frozenset(
    [
        "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu",
        "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi",
        "zh-CN", "zh-TW",
    ]
)  # fmt: skip


def check_commands(commands: list[JSON]) -> None:
    """Check a whole set of commands.

    Raises:
        Refusal: as Discord would.
    """
    kinds = [command.get("type") or 1 for command in commands]
    for kind, most in MOST.items():
        if kinds.count(kind) > most:
            raise invalid_form({"": f"Maximum number of application commands reached ({most})."})
    names = [(command.get("type") or 1, command["name"]) for command in commands]
    if len(set(names)) < len(names):
        raise invalid_form({"": "Application command names must be unique"})
    for number, command in enumerate(commands):
        check_command(command, str(number))


def check_command(command: JSON, where: str = "0") -> None:
    """Check one command. `where` is its place in the answer's tree of errors."""
    kind = command.get("type") or 1
    _check_names(command, where, strict=kind == 1)
    _check_description(command, where, wanted=kind == 1)
    if kind != 1 and command.get("options"):
        raise invalid_form({f"{where}.options": "Context menu commands cannot have options"})
    if _letters(command) > MOST_LETTERS:
        raise invalid_form({where: f"Command exceeds maximum size ({MOST_LETTERS})"})
    _check_options(command.get("options") or [], f"{where}.options")


def _check_names(named: JSON, where: str, strict: bool) -> None:
    for locale, name in [("", named["name"]), *(named.get("name_localizations") or {}).items()]:
        if locale and locale not in LOCALES:
            raise invalid_form({f"{where}.name_localizations": f"{locale} is no locale of Discord"})
        if strict and (name != name.lower() or not all(_may_be_in_a_name(letter) for letter in name)):
            raise invalid_form({f"{where}.name": "Command name is invalid"})


def _may_be_in_a_name(letter: str) -> bool:
    if letter in "-_'":
        return True
    script = unicodedata.name(letter, "")
    return unicodedata.category(letter)[0] in "LN" or script.startswith(("DEVANAGARI", "THAI"))


def _check_description(described: JSON, where: str, wanted: bool) -> None:
    if not wanted:
        if described.get("description"):
            raise invalid_form({f"{where}.description": "Context menu commands cannot have description"})
        return
    for locale, text in [
        ("", described.get("description") or ""),
        *(described.get("description_localizations") or {}).items(),
    ]:
        if locale and locale not in LOCALES:
            raise invalid_form({f"{where}.description_localizations": f"{locale} is no locale of Discord"})
        if not 1 <= len(text) <= 100:
            raise invalid_form({f"{where}.description": "Must be between 1 and 100 in length."})


def _check_options(options: list[JSON], where: str) -> None:
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        raise invalid_form({where: "Option names must be unique"})
    required = [bool(option.get("required")) for option in options if option["type"] not in SUBCOMMANDS]
    if required != sorted(required, reverse=True):
        raise invalid_form({where: "Required options must be placed before non-required options"})
    for number, option in enumerate(options):
        place = f"{where}.{number}"
        _check_names(option, place, strict=True)
        _check_description(option, place, wanted=True)
        if option.get("choices") and option.get("autocomplete"):
            raise invalid_form({place: "Option choices cannot be used with autocomplete"})
        choices = [choice["name"] for choice in option.get("choices") or []]
        if len(set(choices)) < len(choices):
            raise invalid_form({f"{place}.choices": "Choice names must be unique"})
        if (option.get("min_length") or 0) > (option.get("max_length") or 6000):
            raise invalid_form({place: "min_length is greater than max_length"})
        _check_options(option.get("options") or [], f"{place}.options")


def _letters(command: JSON) -> int:
    """The size of a command as Discord counts it: of each text, the longest translation."""

    def longest(text: str, translations: JSON | None) -> int:
        return max(len(one) for one in [text, *(translations or {}).values()])

    total = longest(command["name"], command.get("name_localizations"))
    total += longest(command.get("description") or "", command.get("description_localizations"))
    for choice in command.get("choices") or []:
        total += longest(choice["name"], choice.get("name_localizations")) + len(str(choice["value"]))
    return total + sum(_letters(option) for option in command.get("options") or [])


def as_registered(command: JSON, number: int, version: int, app: int, guild: int | None) -> JSON:
    """A command as Discord gives it back."""
    body = {key: value for key, value in command.items() if value is not None}
    body["options"] = [_option(option) for option in command.get("options") or []]
    permissions = command.get("default_member_permissions")
    body |= {
        "id": str(number),
        "application_id": str(app),
        "version": str(version),
        "type": command.get("type") or 1,
        "description": command.get("description") or "",
        "name_localizations": command.get("name_localizations"),
        "description_localizations": command.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": guild is None,
        "contexts": command.get("contexts"),
        "integration_types": command.get("integration_types") or [0],
        "nsfw": bool(command.get("nsfw")),
    }
    return body | {"guild_id": str(guild)} if guild else body


def _option(option: JSON) -> JSON:
    body = {key: value for key, value in option.items() if value is not None}
    if "options" in body:
        body["options"] = [_option(inner) for inner in body["options"]]
    return body


def offered(command: JSON, person: Account, place: Channel) -> bool:
    """Whether Discord shows a command to the person at this place."""
    kinds = command.get("integration_types") or [0]
    contexts = command.get("contexts")
    context = context_of(place)
    if contexts is not None and context not in contexts:
        return False
    if contexts is None and context == 2:
        return False
    mine = 1 in kinds and person.installed
    if place.guild is None:
        return mine or (context == 1 and 0 in kinds)
    theirs = 0 in kinds and place.guild.has_bot
    locked = command.get("default_member_permissions") == "0"
    admin = person.id in place.guild.admins or person is place.guild.owner
    return (theirs or mine) and (admin or not locked)


def context_of(place: Channel) -> int:
    """0 in a server, 1 in a direct message with the bot, 2 in a private place of other people."""
    if place.guild:
        return 0
    return 1 if place.kind == DIRECT and any(p.bot for p in place.people) else 2

"""The commands as Discord shows them, made out of the catalogue, in the languages that Discord knows."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Optional

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bots.conversation import catalogue
from bots.conversation.catalogue import COMMANDS, Argument, Audience, Command, Takes
from bots.conversation.events import Event, PhotoLost, Typed
from bots.conversation.texts import DEFAULT, Texts, languages
from bots.discord_bot.fetching import attached, photo, pictures_of
from core.errors import NoPicture, NotAPicture

log = logging.getLogger(__name__)

LANGUAGES: Final = {
    "en-US": "en",
    "en-GB": "en",
    "es-ES": "es",
    "es-419": "es",
    "pt-BR": "pt",
    "fr": "fr",
    "de": "de",
    "it": "it",
    "ru": "ru",
    "ja": "ja",
}
"""Discord's locales → the languages of the catalogues."""
PHOTOS: Final = 4  # Discord has no option that takes several files.
CHOICES_MOST: Final = 25
LONGEST_DESCRIPTION: Final = 100
LONGEST_MENU: Final = 32
WHERE: Final = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
INSTALLED: Final = app_commands.AppInstallationType(guild=True, user=True)

Take = Callable[[discord.Interaction[Any], Event, bool, str], Awaitable[None]]
"""Hands on a command: the interaction, the event, whether its answers are for nobody else, the message it is about."""

Complete = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[Choice[str]]]]


class Translation(app_commands.Translator):
    """Looks messages up by their keys."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """See discord.app_commands.Translator."""
        language = LANGUAGES.get(locale.value, "")
        key = string.extras.get("key", "")
        if language not in languages() or not key or not (texts := Texts(locale.value)).has(key):
            return None
        if language == DEFAULT and context.location is not app_commands.TranslationContextLocation.command_name:
            return None  # It is said in English anyway.
        text = texts(key)
        if context.location is app_commands.TranslationContextLocation.command_name:
            return text[:LONGEST_MENU] if isinstance(context.data, app_commands.ContextMenu) or _is_name(text) else None
        return text[:LONGEST_DESCRIPTION]


class Tree(app_commands.CommandTree[Any]):
    """discord.py's tree, filled with the commands of the catalogue."""

    def __init__(self, client: discord.Client, take: Take, operators: bool, engraved: int) -> None:
        """`operators`: there are some, so their commands are shown as well. `engraved`: characters of a name."""
        super().__init__(client, fallback_to_global=True)
        self._take = take
        self._engraved = engraved
        self._operators = operators
        self.fill()

    def fill(self) -> None:
        """Put every command in, with the texts as they are now."""
        self.clear_commands(guild=None)
        for command in COMMANDS:
            if self._operators or command.audience is Audience.EVERYONE:
                self.add_command(_slash(command, self._take, self._engraved))
        self.add_command(_menu(self._take))

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """A command of another version is answered as one that nobody knows. All else was told where it happened."""
        if isinstance(error, app_commands.CommandNotFound):
            await self._take(interaction, Typed(f"/{error.name}"), True, "")
        else:
            log.error("a command failed with %s", type(error).__name__)


async def tell(tree: Tree, known: str) -> str:
    """Tell Discord which commands there are, unless that is `known`: the fingerprint of what it was told last.

    Returns the fingerprint of what it knows now. Raises what the library raises.
    """
    tree.fill()
    await tree.set_translator(Translation())
    payload = [await command.get_translated_payload(tree, Translation()) for command in tree.get_commands()]
    text = json.dumps([tree.client.application_id, payload], sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if fingerprint != known:
        await tree.sync()
    return fingerprint


def _slash(command: Command, take: Take, engraved: int) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: discord.Interaction[Any], **given: Any) -> None:
        await take(interaction, _event(command, given), command.private, "")

    options = [option for argument in command.arguments for option in _options(argument, engraved)]
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    callback.__signature__ = inspect.Signature([first, *options])  # type: ignore[attr-defined]
    described = {o.name: _text(f"argument.{o.name}", f"argument.{o.name.rstrip('234')}") for o in options}
    callback.__discord_app_commands_param_description__ = described  # type: ignore[attr-defined]
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=locale_str(command.name, key=f"command-name.{command.name}"),
        description=_text(f"command.{command.name}"),
        callback=callback,
        allowed_contexts=WHERE,
        allowed_installs=INSTALLED,
    )
    for argument in command.arguments:
        if argument.takes is Takes.STYLE:
            made.autocomplete(argument.name)(_completing(argument))
    if command.audience is Audience.OPERATORS:
        made.default_permissions = discord.Permissions.none()
    return made


def _options(argument: Argument, engraved: int) -> list[inspect.Parameter]:
    """The options that an argument becomes, as parameters, which is where discord.py reads them."""
    if argument.takes is not Takes.PHOTO:
        kind: Any = app_commands.Range[str, 1, argument.most or engraved]
        return [_parameter(argument.name, kind, argument.required)]
    more = [_parameter(f"{argument.name}{number}", discord.Attachment, False) for number in range(2, PHOTOS + 1)]
    return [_parameter(argument.name, discord.Attachment, argument.required), *more]


def _parameter(name: str, kind: Any, required: bool) -> inspect.Parameter:
    annotation = kind if required else Optional[kind]  # noqa: UP045 -- made while running
    default = inspect.Parameter.empty if required else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _completing(argument: Argument) -> Complete:
    async def complete(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        try:
            found = catalogue.choices(argument, typed, Texts(interaction.locale.value))
        except Exception as error:  # noqa: BLE001 -- the library would log whose it was
            log.error("completing failed with %s", type(error).__name__)
            return []
        return [Choice(name=label[:LONGEST_DESCRIPTION], value=value) for value, label in found[:CHOICES_MOST]]

    return complete


def _event(command: Command, given: dict[str, Any]) -> Event:
    """What somebody asked for with a command."""
    files = [value for value in given.values() if isinstance(value, discord.Attachment)]
    words = {name: str(value).strip() for name, value in given.items() if isinstance(value, str)}
    if not files:
        return Typed(" ".join([f"/{command.name}", *words.values()]))
    pictures = [attached(file) for file in files]
    return photo(pictures, words.get("wish", ""), words.get("style", ""), words.get("name", ""))


def _menu(take: Take) -> app_commands.ContextMenu:
    async def make(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        event = photo(pictures_of(message))
        # Whoever chose a message sent no file, so what is said of files does not fit.
        none = isinstance(event, PhotoLost) and isinstance(event.error, NotAPicture)
        await take(interaction, PhotoLost(NoPicture()) if none else event, False, str(message.id))

    name = Texts()("menu.make") if Texts().has("menu.make") else "Make a figurine"
    return app_commands.ContextMenu(
        name=locale_str(name[:LONGEST_MENU], key="menu.make"),
        callback=make,
        allowed_contexts=WHERE,
        allowed_installs=INSTALLED,
    )


def _text(*keys: str) -> locale_str:
    """A description in English that knows its key; what a catalogue lacks is shown as the name of the key."""
    english = Texts()
    key = next((key for key in keys if english.has(key)), keys[-1])
    return locale_str((english(key))[:LONGEST_DESCRIPTION], key=key)


def _is_name(text: str) -> bool:
    """Whether Discord takes it as a command's name."""
    return 0 < len(text) <= LONGEST_MENU and text == text.lower() and all(c.isalnum() or c in "-_" for c in text)

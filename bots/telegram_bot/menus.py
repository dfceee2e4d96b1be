"""What Telegram shows of the bot before anybody has said a word: commands, descriptions, the menu button."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)

from bots.conversation import catalogue
from bots.conversation.catalogue import Command
from bots.conversation.texts import Texts, languages
from bots.telegram_bot.refusals import Refusal, asked
from core.errors import Undeliverable, Unreachable
from core.stores import Memos

log = logging.getLogger(__name__)

MEMO: Final = "telegram.told"
ALSO_IN_GROUPS: Final = ("start", "help")
LONGEST_DESCRIPTION: Final = 512
LONGEST_SHORT: Final = 120
LONGEST_COMMAND: Final = 256


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that Telegram is told: its name, what it says, and the call that tells it."""

    name: str
    value: Any
    tell: Callable[[], Awaitable[object]]

    @property
    def mark(self) -> str:
        """A short mark that differs when the value does."""
        return hashlib.sha256(json.dumps(self.value).encode()).hexdigest()[:16]


class Menus:
    """Keeps what Telegram shows the same as the catalogue says."""

    def __init__(self, bot: Bot, memos: Memos, operators: Sequence[str]) -> None:
        """`operators` are the ids of those who see the operators' commands."""
        self._bot = bot
        self._memos = memos
        self._operators = operators

    async def tell(self) -> None:
        """Tell what differs from what was told last.

        Raises:
            TryLater, NoAnswer: Telegram takes no more for now; what it has taken is remembered.
        """
        before: dict[str, str] = json.loads(await self._memos.get(MEMO) or "{}")
        now: dict[str, str] = {}
        items = list(self._all())
        marks = {item.name: item.mark for item in items}
        try:
            for item in items:
                if before.get(item.name) != item.mark and not await self._told(item):
                    continue
                now[item.name] = item.mark
        finally:
            known = {name: mark for name, mark in {**before, **now}.items() if name in marks}
            if known != before:
                await self._memos.put(MEMO, json.dumps(known, sort_keys=True))

    async def _told(self, item: Said) -> bool:
        try:
            await asked(item.tell())
        except (Refusal, Unreachable, Undeliverable):  # An operator who has never written to the bot, for one.
            log.info("Telegram did not take %s", item.name.partition(":")[0])
            return False
        return True

    def _all(self) -> Iterator[Said]:
        bot = str(self._bot.id)
        for language in ("", *languages()):
            texts, code = Texts(language or "en"), language[:2] or None
            end = f":{language}:{bot}"
            yield self._commands(f"private{end}", BotCommandScopeAllPrivateChats(), catalogue.offered(), texts, code)
            yield self._commands(f"groups{end}", BotCommandScopeAllGroupChats(), _for_groups(), texts, code)
            for place, operator in enumerate(self._operators):
                if operator.isdecimal():
                    # The place, not the id: nothing personal is remembered. The value says whose it is, as a hash.
                    scope = BotCommandScopeChat(int(operator))
                    everything = catalogue.offered(operator=True)
                    yield self._commands(f"operator{place}{end}", scope, everything, texts, code)
            yield from self._descriptions(texts, code, end)
        yield Said(
            f"button:{bot}", "commands", lambda: self._bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        )

    def _commands(
        self, name: str, scope: BotCommandScope, commands: Sequence[Command], texts: Texts, code: str | None
    ) -> Said:
        told = [(command.name, texts(f"command.{command.name}")[:LONGEST_COMMAND]) for command in commands]
        return Said(
            name,
            [scope.to_dict(), told],
            lambda: self._bot.set_my_commands(
                [BotCommand(word, text) for word, text in told], scope=scope, language_code=code
            ),
        )

    def _descriptions(self, texts: Texts, code: str | None, end: str) -> Iterator[Said]:
        if texts.has("bot.description"):
            text = texts("bot.description")[:LONGEST_DESCRIPTION]
            yield Said(f"description{end}", text, lambda: self._bot.set_my_description(text, language_code=code))
        if texts.has("bot.short"):
            short = texts("bot.short")[:LONGEST_SHORT]
            yield Said(f"short{end}", short, lambda: self._bot.set_my_short_description(short, language_code=code))


def _for_groups() -> list[Command]:
    return [command for command in catalogue.offered() if not command.private or command.name in ALSO_IN_GROUPS]

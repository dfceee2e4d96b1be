"""The commands: what they are called, who may use them, what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Final

from bots.conversation.flows import consent, info, orders, results, styles
from bots.conversation.turn import Turn

Flow = Callable[[Turn], Awaitable[None]]


class Audience(Enum):
    """Who may use a command."""

    EVERYONE = "everyone"
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` is what follows the slash; its description is the message `command.<name>`."""

    name: str
    flow: Flow
    aliases: tuple[str, ...] = ()
    audience: Audience = Audience.EVERYONE


async def _help(turn: Turn) -> None:
    everyone = [command.name for command in COMMANDS if command.audience is Audience.EVERYONE]
    await info.helping(turn, everyone)


COMMANDS: Final[tuple[Command, ...]] = (
    Command("start", consent.start, aliases=("begin", "hello")),
    Command("styles", styles.listing, aliases=("style",)),
    Command("queue", orders.queue, aliases=("status",)),
    Command("history", results.history, aliases=("figurines", "downloads")),
    Command("cancel", orders.cancel, aliases=("stop",)),
    Command("privacy", info.privacy),
    Command("help", _help, aliases=("commands",)),
)

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def find(word: str) -> Command | None:
    """The command of that name or alias."""
    return _BY_NAME.get(word.lower())


def nearest(word: str) -> str:
    """The name of the command that was most likely meant, or nothing."""
    close = get_close_matches(word.lower(), _BY_NAME, n=1)
    return _BY_NAME[close[0]].name if close else ""

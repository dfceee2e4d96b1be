"""The commands: what they are called, who may use them, what they take, what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Final

from bots.conversation.flows import (
    balance,
    buying,
    consent,
    info,
    inviting,
    linking,
    making,
    operating,
    orders,
    plans,
    redeeming,
    results,
    settings,
    styles,
    terms,
)
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from bots.conversation.typed import LONGEST_CODE
from core.generation.styles import styles as all_styles

Flow = Callable[[Turn, str], Awaitable[None]]
"""What a command does. The text is what stood behind it, cleaned of what surrounds it."""


class Audience(Enum):
    """Who may use a command."""

    EVERYONE = "everyone"
    OPERATORS = "operators"


class Takes(Enum):
    """What an argument is."""

    TEXT = "text"
    STYLE = "style"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Argument:
    """Something that a command takes; its description is the message `argument.<name>`.

    `most` is in characters; none: as many as are engraved, which is a setting.
    """

    name: str
    takes: Takes = Takes.TEXT
    required: bool = False
    most: int | None = 100


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` is what follows the slash; its description is the message `command.<name>`.

    `sells`: it is of use only where something is sold.

    `private`: its answers are for nobody else. Of several arguments, a platform without such things gives the text
    behind the command as a whole.
    """

    name: str
    flow: Flow
    aliases: tuple[str, ...] = ()
    audience: Audience = Audience.EVERYONE
    private: bool = True
    sells: bool = False
    arguments: tuple[Argument, ...] = ()


async def _help(turn: Turn, _: str) -> None:
    commands, is_open = offered(operator=info.is_operator(turn)), turn.services.shop.is_open
    await info.helping(turn, [command.name for command in commands if is_open or not command.sells])


COMMANDS: Final[tuple[Command, ...]] = (
    Command("start", consent.start, aliases=("begin", "hello")),
    Command(
        "figurine",
        making.command,
        aliases=("figure", "make"),
        private=False,
        arguments=(
            Argument("photo", Takes.PHOTO, required=True),
            Argument("style", Takes.STYLE),
            Argument("name", most=None),
            Argument("wish", most=300),
        ),
    ),
    Command("styles", styles.listing, aliases=("style",), private=False),
    Command("queue", orders.queue, aliases=("status",)),
    Command("cancel", orders.cancel, aliases=("stop",)),
    Command("history", results.history, aliases=("figurines", "downloads")),
    Command("settings", settings.show, aliases=("preferences", "language")),
    Command("buy", buying.buy, aliases=("shop", "pay", "packs", "topup", "purchase"), sells=True),
    Command("balance", balance.show, aliases=("credits", "wallet")),
    Command("subscribe", plans.subscribe, aliases=("plan", "plans", "premium", "monthly"), sells=True),
    Command("billing", plans.billing, aliases=("unsubscribe", "card", "invoices"), sells=True),
    Command("receipts", balance.receipts, aliases=("receipt", "payments", "purchases"), sells=True),
    Command(
        "redeem",
        redeeming.redeem,
        aliases=("code", "coupon", "voucher", "promo"),
        sells=True,
        arguments=(Argument("coupon", most=LONGEST_CODE),),
    ),
    Command(
        "invite",
        inviting.invite,
        aliases=("refer", "invitation"),
        sells=True,
        arguments=(Argument("invitation", most=inviting.LONGEST_WORD),),
    ),
    Command("link", linking.link, arguments=(Argument("code", most=20),)),
    Command("unlink", linking.unlink),
    Command("privacy", info.privacy),
    Command("support", info.support, aliases=("contact",)),
    Command("terms", terms.terms, aliases=("tos", "rules")),
    Command("paysupport", terms.payments, aliases=("refund", "refunds"), sells=True),
    Command("help", _help, aliases=("commands",)),
    Command("reload", operating.reload, audience=Audience.OPERATORS),
)

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def offered(operator: bool = False) -> list[Command]:
    """The commands that somebody may use, in the order of menus."""
    return [command for command in COMMANDS if operator or command.audience is Audience.EVERYONE]


def find(word: str, operator: bool = False) -> Command | None:
    """The command of that name or alias, if it may be used."""
    command = _BY_NAME.get(word.lower())
    return command if command and (operator or command.audience is Audience.EVERYONE) else None


def nearest(word: str) -> str:
    """The name of the command that was most likely meant, or nothing."""
    everyone = {name for command in offered() for name in (command.name, *command.aliases)}
    close = get_close_matches(word.lower(), sorted(everyone), n=1)
    return _BY_NAME[close[0]].name if close else ""


def choices(argument: Argument, typed: str, texts: Texts) -> list[tuple[str, str]]:
    """What an argument may be, as (value, label), the ones that begin with or hold what is typed so far."""
    if argument.takes is not Takes.STYLE:
        return []
    known = [(style.name, texts.label(style.label)) for style in all_styles().values()]
    wanted = typed.strip().casefold()
    return [(name, label) for name, label in known if wanted in label.casefold() or wanted in name]

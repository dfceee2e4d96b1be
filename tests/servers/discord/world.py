"""What exists on the server: people, servers ("guilds"), channels, messages and interactions."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.servers.discord.permissions import ADMINISTRATOR, EVERYDAY, bits

if TYPE_CHECKING:
    from tests.servers.discord.actions import Actions
    from tests.servers.discord.ids import Clock
    from tests.servers.discord.said import Message

DEFAULT_LIMIT: Final = 10 * 1024 * 1024  # bytes of one file
TOKEN_LIVES: Final = 15 * 60.0  # seconds that an interaction's token is good for

TEXT, DIRECT, GROUP, THREAD = 0, 1, 3, 11

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5


@dataclass(eq=False)
class Account:
    """A person or the bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    installed: bool = False  # has added the app to the own account
    dms_closed: bool = False

    @property
    def handle(self) -> str:
        return "".join(c for c in self.name.lower() if c.isascii() and c.isalnum()) or f"user{self.id % 10000}"


@dataclass(eq=False)
class Guild:
    """A server that people share."""

    id: int
    name: str
    owner: Account
    locale: str = "en-US"
    attachment_size_limit: int = DEFAULT_LIMIT
    has_bot: bool = True
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Account] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    joined: float = 0.0
    actions: Actions = field(kw_only=True, repr=False)

    def channel(self, name: str, denied: Iterable[str] = ()) -> Channel:
        """A new channel. `denied`: names of permissions that nobody has there."""
        return self.actions.open_channel(self, name, set(denied))

    def adds_bot(self) -> None:
        self.actions.join(self)

    def removes_bot(self) -> None:
        self.actions.leave(self)

    @property
    def premium_tier(self) -> int:
        megabytes = self.attachment_size_limit // (1024 * 1024)
        return 3 if megabytes >= 100 else 2 if megabytes >= 50 else 0


@dataclass(eq=False)
class Channel:
    """A place for messages. `denied`: permissions that everybody, and so the bot, lacks here."""

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    people: list[Account] = field(default_factory=list)
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    denied: set[str] = field(default_factory=set)
    typed: int = 0  # how often the bot has shown that it is typing
    owner: Account | None = None
    created: float = 0.0
    archive_after: int = 1440  # minutes
    waiting: set[asyncio.Future[None]] = field(default_factory=set)
    nonces: dict[str, Message] = field(default_factory=dict)  # what the bot has said lately, by its own marks
    deleted: bool = False

    @property
    def permissions(self) -> int:
        denied = self.parent.denied | self.denied if self.parent else self.denied
        return EVERYDAY & ~bits(denied)

    def allows(self, *names: str) -> bool:
        """Whether the bot may do all of this here."""
        wanted = bits(names)
        return self.permissions & wanted == wanted

    def forbids(self, *names: str) -> None:
        """Take permissions from everybody here."""
        self.denied |= set(names)
        if self.guild:
            self.guild.actions.tell_of(self)

    def closes(self) -> None:
        """Be deleted."""
        if self.guild:
            self.guild.actions.close_channel(self)

    def permissions_of(self, person: Account) -> int:
        if self.guild and (person is self.guild.owner or person.id in self.guild.admins):
            return self.permissions | ADMINISTRATOR
        return self.permissions

    def changed(self) -> None:
        """Wake everybody who waits for something to happen here."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
        self.waiting.clear()


@dataclass(eq=False)
class Interaction:
    """Something that a person did with a command, a button or a form, and what became of it."""

    id: int
    token: str
    kind: int
    person: Account
    channel: Channel
    clock: Clock
    name: str = ""  # of the command
    data: dict[str, Any] = field(default_factory=dict)
    on: Message | None = None  # the message with the button
    trigger: Interaction | None = None  # what opened the form
    acknowledged: int = 0  # the type of the answer; 0 until there is one
    original: Message | None = None
    original_gone: bool = False
    follow_ups: list[Message] = field(default_factory=list)
    form: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    late: bool = False
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # acknowledged, or too late for it

    @property
    def made(self) -> float:
        return ((self.id >> 22) + 1_420_070_400_000) / 1000

    @property
    def token_ended(self) -> bool:
        return self.clock.now() - self.made > TOKEN_LIVES

    @property
    def thinking(self) -> bool:
        return self.original is not None and self.original.thinking and not self.original.deleted

    @property
    def state(self) -> str:
        """What the person sees: "waiting", "deferred", "answered", or "failed"."""
        if self.late or (self.thinking and self.token_ended):
            return "failed"
        if not self.acknowledged:
            return "waiting"
        return "deferred" if self.thinking else "answered"

    @property
    def notice(self) -> str:
        """The words that Discord itself shows to the person."""
        app = "The application did not respond"
        return {"failed": app, "deferred": "thinking…"}.get(self.state, "")

    async def until_settled(self, within: float = 5.0) -> None:
        """Wait until the bot has acknowledged it, or can no longer.

        Raises:
            TimeoutError: neither happened within so many seconds.
        """
        await asyncio.wait_for(self.settled.wait(), within)

    async def until_answered(self, within: float = 10.0) -> None:
        """Wait until the person has an answer or sees that there will be none.

        Raises:
            TimeoutError: neither happened within so many seconds.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(within):
            while self.state in ("waiting", "deferred"):
                waiter: asyncio.Future[None] = loop.create_future()
                self.channel.waiting.add(waiter)
                await waiter

    def __str__(self) -> str:
        kinds = {COMMAND: "/", COMPONENT: "button ", AUTOCOMPLETE: "typing /", MODAL: "form "}
        return f"{self.person.name}: {kinds[self.kind]}{self.name} is {self.state}"

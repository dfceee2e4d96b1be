"""The whole stand-in for Discord: start it, point the library to it, and let people act."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.servers.discord.actions import Actions
from tests.servers.discord.faults import Faults
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.ids import Clock, Snowflakes
from tests.servers.discord.media import Attachment, Links
from tests.servers.discord.people import Person
from tests.servers.discord.rates import Rates
from tests.servers.discord.specification import Specification, Unfaithful, specification
from tests.servers.discord.web import API, Web
from tests.servers.discord.world import DEFAULT_LIMIT, GROUP, Account, Channel, Guild, Interaction

TOKEN: Final = "a-token-of-nobody.for-tests.only"
TO_ACKNOWLEDGE: Final = 3.0  # seconds
MANY_ACTIONS: Final = 2000  # interactions that are remembered where old things are forgotten


class DiscordServer:
    """Discord on a port of this machine. Use as `async with`; leaving it fails if the client broke a rule.

    `url`: for `discord.http.Route.BASE` with "/api/v10" behind it (`api_base`); `gateway.url`: for
    `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`. `violations`: requests that do not fit Discord's description or
    limits (take them with `take_violations` where a test makes them on purpose). `refusals`: all answers that said no.
    """

    def __init__(self, token: str = TOKEN, name: str = "Figurine") -> None:
        self.token = token
        self.token_good = True
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.bot = Account(self.ids.long_ago(), name, bot=True)
        self.owner = Account(self.ids.long_ago(), "Operator")
        self.people: dict[int, Person] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.directs: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.interactions: OrderedDict[int, Interaction] = OrderedDict()
        self.by_token: dict[str, Interaction] = {}
        self.commands: dict[int, dict[int, dict[str, Any]]] = {}  # by server (0 for everywhere), then by id
        self.command_syncs = 0
        self.violations: list[str] = []
        self.refusals: deque[tuple[str, int]] = deque(maxlen=10_000)  # what was asked, and the code of the answer
        self.broken: list[Exception] = []
        self.counts: dict[str, int] = {}  # requests that were answered, by the name of the endpoint
        self.requests = 0
        self.invalid_requests = 0  # those that Discord counts: 10,000 in ten minutes shut a bot out
        self.downloads = 0
        self.shards = 1
        self.application_flags = 0
        self.keep_media = True
        self.forget_old = 0  # messages that each channel keeps; 0 keeps all
        self.seconds_to_acknowledge = TO_ACKNOWLEDGE
        self.url = ""
        self.specification: Specification = specification()
        self.rates = Rates()
        self.links = Links()
        self.faults = Faults(self)
        self.gateway = Gateway(self)
        self.actions = Actions(self)
        self._web = Web(self)
        self._runner: web.AppRunner | None = None
        self._late: list[Interaction] = []
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def api_base(self) -> str:
        return f"{self.url}{API}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._web.app(), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()
        self._web.close()
        self.gateway.drop()
        if self._runner:
            await self._runner.cleanup()
        if error is None:
            if self.broken:
                raise self.broken[0]
            assert not self.violations, "\n".join(self.violations)

    def take_violations(self) -> list[str]:
        """The rules broken so far; they are forgiven."""
        taken, self.violations = self.violations, []
        return taken

    @property
    def unanswered(self) -> list[Interaction]:
        """What people did that was never acknowledged in time, or is still "thinking…"."""
        return self._late + [i for i in self.interactions.values() if not i.late and i.state in ("deferred", "failed")]

    def guild(
        self, name: str, attachment_size_limit: int = DEFAULT_LIMIT, locale: str = "en-US", bot: bool = True
    ) -> Guild:
        """A new server. `attachment_size_limit` is in bytes; without `bot` the app is not in it."""
        place = Guild(
            self.ids.long_ago(), name, self.owner, locale, attachment_size_limit, has_bot=False, actions=self.actions
        )
        self.guilds[place.id] = place
        if bot:
            place.adds_bot()
        return place

    def person(self, name: str, locale: str = "en-US", installed: bool = True) -> Person:
        """A new person. `installed`: has added the app to the own account."""
        person = Person(self.ids.long_ago(), name, locale=locale, installed=installed, server=self)
        self.people[person.id] = person
        return person

    def group(self, name: str, people: Sequence[Person]) -> Channel:
        """A private conversation of several people, without the bot."""
        place = Channel(self.ids.next(), GROUP, name, people=list(people))
        self.channels[place.id] = place
        return place

    def token_fits(self, token: str) -> bool:
        return self.token_good and token == self.token

    def size_limit(self, place: Channel) -> int:
        """Bytes of one file at a place."""
        return place.guild.attachment_size_limit if place.guild else DEFAULT_LIMIT

    def check(self, demand: Callable[[Specification], None]) -> None:
        """Check something that the server is about to say; also fails at the end of the test.

        Raises:
            Unfaithful: Discord would not say it.
        """
        try:
            demand(self.specification)
        except Unfaithful as error:
            self.broken.append(error)
            raise

    def watch(self, action: Interaction) -> None:
        """Give the bot its three seconds."""

        def over() -> None:
            self._timers.discard(timer)
            if not action.acknowledged:
                action.late = True
                self._late.append(action)
                action.settled.set()
                action.channel.changed()

        timer = asyncio.get_running_loop().call_later(self.seconds_to_acknowledge, over)
        self._timers.add(timer)
        while self.forget_old and len(self.interactions) > MANY_ACTIONS:
            _, old = self.interactions.popitem(last=False)
            self.by_token.pop(old.token, None)
            for number in old.data.get("resolved", {}).get("attachments", {}):
                self.files.pop(int(number), None)

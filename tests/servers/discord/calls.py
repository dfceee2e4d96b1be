"""One request on its way through the API, and the table of what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.servers.discord.media import Upload
from tests.servers.discord.refusals import (
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_guild,
    unknown_message,
)
from tests.servers.discord.said import (
    Message,
)
from tests.servers.discord.specification import Endpoint
from tests.servers.discord.world import (
    Channel,
    Guild,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

EMPTY: Final = (204, None)


@dataclass
class Call:
    """A request that fits its description."""

    server: DiscordServer
    endpoint: Endpoint
    parameters: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: dict[int, Upload] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """An id in the path."""
        return int(self.parameters[name])

    def channel(self, *permissions: str) -> Channel:
        """The channel in the path, where the bot may do this.

        Raises:
            Refusal: there is none, or the bot may not.
        """
        place = self.server.channels.get(self.number("channel_id"))
        if place is None:
            raise unknown_channel()
        theirs = place.guild is not None and not place.guild.has_bot
        strangers = place.guild is None and self.server.bot not in place.people
        if theirs or strangers or not place.allows("view_channel"):
            raise missing_access()
        if not place.allows(*permissions):
            raise missing_permissions()
        return place

    def message(self, place: Channel) -> Message:
        """The message in the path; what only one person sees is not found."""
        message = place.messages.get(self.number("message_id"))
        if message is None or message.deleted or message.ephemeral:
            raise unknown_message()
        return message

    def guild(self) -> Guild:
        """The server in the path, which the bot must be in."""
        guild = self.server.guilds.get(self.number("guild_id"))
        if guild is None or not guild.has_bot:
            raise unknown_guild()
        return guild

    def asks(self, name: str) -> bool:
        """Whether a yes-or-no question of the query is answered with yes."""
        return self.query.get(name, "").lower() in ("1", "true")


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]
HANDLERS: Final[dict[str, Handler]] = {}


def answers(*names: str) -> Callable[[Handler], Handler]:
    """Enter a function into the table. Names are such as "GET /users/@me"."""

    def enter(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return enter

"""Discord's HTTP interface as the messenger needs it; what goes wrong comes out as an error of the product's own."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord_bot.rendering import Part
from bots.discord_bot.ways import ClosedWays, Refusals, to_files
from core.errors import TryLater
from core.settings import DiscordSettings

LONGEST_WAIT: Final = 60.0  # seconds that Discord may ask the library itself to wait; longer waits are the outbox's
CONNECTIONS: Final = 64  # at once
SLOWEST: Final = 150.0  # seconds that one request may take, with its files and its repetitions
TIDY_EVERY: Final = 15.0  # seconds between two looks for rate limits that are over
AGAIN: Final = 5.0  # seconds until something that was not even sent is tried once more
MUCH_LATER: Final = 60.0  # seconds, after very many refusals
DIRECT_MOST: Final = 20_000  # channels of direct messages that are remembered
CLOSED: Final = frozenset({50033, 50083, 40094})
"""Nobody of that id; a thread that was put away; as many answers as a bot that is not there itself may give."""
WAY_CLOSED: Final = frozenset({10003, 10013, 10015, 50001, 50007, 50013, 50027, 50278})
"""The channel, person or token is gone, or the bot may not see it, or not write there: it takes nothing else either."""
NO_ACCESS: Final = 50001
TOO_LARGE: Final = 40005
ORIGINAL: Final = "@original"
PUBLIC_THREAD: Final = 11
ACKNOWLEDGED: Final = 40060  # the code for "it is acknowledged already"
SAY: Final = 4  # the kind of an acknowledgement that is the answer
A_DAY: Final = 1_440  # minutes after which a thread is put away
ALREADY: Final = 160004  # the code for "a thread has been made for this message"


class Refused(Exception):
    """Discord does not do that. `code` is Discord's own, `status` HTTP's.

    `closed`: this way is closed, since something is gone or not allowed, and another may be open. `too_large`: the
    files are. `unknown`: whoever asks is not known. Otherwise the request itself was wrong.
    """

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"{status} {code}")
        self.code = code
        self.unknown = status == 401
        self.closed = status in (401, 403, 404) or code in CLOSED
        self.too_large = status == 413 or code == TOO_LARGE


class UnlessClosed:
    """Go on behind the block where the way that it takes is closed. Other refusals are passed on."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, Refused) and error.closed


def configure(settings: DiscordSettings) -> None:
    """The one place that tells the library where Discord is, and that nobody speaks here."""
    Route.BASE = settings.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway)
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False


@contextmanager
def translated() -> Iterator[None]:
    """What the library raises becomes one of the product's own errors, without its text.

    Raises:
        Refused, TryLater, ConnectionError
    """
    try:
        yield
    except discord.RateLimited as wish:
        raise TryLater(wish.retry_after) from None
    except discord.DiscordServerError:
        raise ConnectionError("discord") from None
    except discord.HTTPException as error:
        if error.status == 429:
            raise TryLater(retry_after(error)) from None
        raise Refused(error.status, error.code) from None
    except aiohttp.ClientConnectorError:  # It was never sent, so there is no doubt whether it arrived.
        raise TryLater(AGAIN) from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise ConnectionError("discord") from None


def retry_after(error: discord.HTTPException) -> float:
    """The seconds that Discord asks to wait."""
    try:
        return max(1.0, float(error.response.headers.get("Retry-After", AGAIN)))
    except ValueError:
        return AGAIN


def _tidy_seldom(client: discord.Client) -> None:
    """Every interaction has rate limits of its own, and the library goes through all of them for each new one."""
    tidy, last = client.http._try_clear_expired_ratelimits, -TIDY_EVERY

    def seldom() -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= TIDY_EVERY:
            last = now
            tidy()

    client.http._try_clear_expired_ratelimits = seldom  # type: ignore[method-assign]


class Line:
    """The line to Discord's HTTP interface. It is open once `login` was called, whatever becomes of the gateway."""

    def __init__(self) -> None:
        self.ways = ClosedWays()
        self.refusals = Refusals()
        self._client: discord.Client | None = None
        self._direct: OrderedDict[str, str] = OrderedDict()

    @property
    def client(self) -> discord.Client:
        """The client. Raises TryLater where there is none yet."""
        if self._client is None:
            raise TryLater(AGAIN)
        return self._client

    @property
    def bot(self) -> str:
        """The bot's own id, empty where it is not known yet."""
        user = self._client.user if self._client else None
        return str(user.id) if user else ""

    @property
    def home(self) -> str:
        """The bot's profile, from which one writes to it; empty where it is not known yet."""
        return f"https://discord.com/users/{self.bot}" if self.bot else ""

    async def login(self, token: str) -> None:
        """Open the line, unless it is. Raises what the library raises."""
        if self._client is not None:
            return
        client = discord.Client(
            intents=discord.Intents(guilds=True),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            max_ratelimit_timeout=LONGEST_WAIT,
            http_trace=self.refusals.trace(),
        )
        _tidy_seldom(client)
        try:
            await client.login(token)
        except BaseException:
            await client.close()
            raise
        self._client = client

    async def close(self) -> None:
        """Close the line."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def post(
        self, channel: str, part: Part, reply_to: str = "", ping: bool = False, person: str = ""
    ) -> dict[str, Any]:
        """A message in a channel, as the bot."""
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        with self._closable(channel, bool(part.files)):
            return await self._send(route, *part.posted(reply_to, ping, person))

    async def change(self, channel: str, message: str, part: Part, clear: bool) -> dict[str, Any]:
        """Change one of the bot's own messages; `clear`: its files go."""
        path = "/channels/{channel_id}/messages/{message_id}"
        with self._closable(channel, bool(part.files)):
            return await self._send(Route("PATCH", path, channel_id=channel, message_id=message), *part.changed(clear))

    async def respond(self, interaction: int, token: str, part: Part, whispered: bool) -> dict[str, Any]:
        """The answer to an interaction that is not acknowledged yet, as its acknowledgement."""
        path = "/interactions/{interaction_id}/{webhook_token}/callback"  # By this name the library counts each alone.
        route = Route("POST", path, interaction_id=interaction, webhook_token=token)
        payload, files = part.followed(whispered)
        said = {"type": SAY, "data": payload}
        with self._closable(token):
            answer = await self._send(route, said, files, params={"with_response": "true"})
        message = answer.get("resource", {}).get("message", {})
        return message if isinstance(message, dict) else {}

    async def follow(self, application: str, token: str, part: Part, whispered: bool) -> dict[str, Any]:
        """A further answer to an interaction."""
        route = _hook("POST", "", application, token)
        with self._closable(token):
            return await self._send(route, *part.followed(whispered), params={"wait": "true"})

    async def answer(
        self, application: str, token: str, part: Part, message: str = ORIGINAL, clear: bool = False
    ) -> dict[str, Any]:
        """The answer to an interaction, or a change of it, or of another message that came of it."""
        route = _hook("PATCH", "/messages/{message_id}", application, token, message)
        with self._closable(token):
            return await self._send(route, *part.changed(clear))

    async def withdraw(self, application: str, token: str) -> None:
        """Take the answer to an interaction away."""
        await self._send(_hook("DELETE", "/messages/{message_id}", application, token, ORIGINAL))

    async def direct(self, person: str) -> str:
        """The channel of a person's direct messages."""
        if person not in self._direct:
            route = Route("POST", "/users/@me/channels")
            with self._closable(f"to {person}"):
                made = await self._send(route, {"recipient_id": person})
            self.remember_direct(person, str(made["id"]))
        return self._direct[person]

    def try_soon(self, person: str) -> None:
        """Somebody was asked to allow direct messages."""
        for way in (f"to {person}", self._direct.get(person, "")):
            self.ways.soften(way)

    def remember_direct(self, person: str, channel: str) -> None:
        """Remember the channel of a person's direct messages."""
        self._direct[person] = channel
        self._direct.move_to_end(person)
        while len(self._direct) > DIRECT_MOST:
            self._direct.popitem(last=False)

    def reconsider(self, person: str) -> None:
        """A person does something: perhaps they have opened their direct messages, as they were asked to."""
        for way in (f"to {person}", self._direct.get(person, "")):
            self.ways.reconsider(way)

    async def typing(self, channel: str) -> None:
        """Show that something is being written."""
        with self._closable(channel):
            await self._send(Route("POST", "/channels/{channel_id}/typing", channel_id=channel))

    async def message(self, channel: str, message: str) -> dict[str, Any]:
        """A message as it is now."""
        path = "/channels/{channel_id}/messages/{message_id}"
        return await self._send(Route("GET", path, channel_id=channel, message_id=message))

    async def thread(self, channel: str, message: str, title: str) -> str:
        """A thread, of a message where one is named; the one that is there already if there is one."""
        wish: dict[str, Any] = {"name": title[:100], "auto_archive_duration": A_DAY}
        if not message:
            route = Route("POST", "/channels/{channel_id}/threads", channel_id=channel)
            return str((await self._send(route, {**wish, "type": PUBLIC_THREAD}))["id"])
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        try:
            made = await self._send(Route("POST", path, channel_id=channel, message_id=message), wish)
        except Refused as error:
            if error.code != ALREADY:
                raise
            return message
        return str(made["id"])

    @contextmanager
    def _closable(self, way: str, files: bool = False) -> Iterator[None]:
        """Send nothing on a way that was closed a short time ago, perhaps to files only. Raises Refused."""
        if self.ways.is_closed(way) or (files and self.ways.is_closed(to_files(way))):
            raise Refused(403, NO_ACCESS)
        try:
            yield
        except Refused as error:
            if error.code in WAY_CLOSED:
                self.ways.close(to_files(way) if files else way)
            raise

    async def _send(
        self,
        route: Route,
        payload: dict[str, Any] | None = None,
        files: list[discord.File] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        if self.refusals.full:
            raise TryLater(MUCH_LATER)
        options: dict[str, Any] = {"params": params} if params else {}
        if files:
            options |= {"files": files, "form": _form(payload or {}, files)}
        elif payload is not None:
            options["json"] = payload
        try:
            with translated():
                async with asyncio.timeout(SLOWEST):
                    answer = await self.client.http.request(route, **options)
        except Refused as error:
            if error.unknown and not route.webhook_token:  # The bot's own token: `serve` finds that out, too.
                raise ConnectionError("discord") from None
            raise
        return answer if isinstance(answer, dict) else {}


def _hook(method: str, path: str, application: str, token: str, message: str = "") -> Route:
    named = {"message_id": message} if message else {}
    return Route(
        method, "/webhooks/{webhook_id}/{webhook_token}" + path, webhook_id=application, webhook_token=token, **named
    )


def _form(payload: dict[str, Any], files: list[discord.File]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"name": "payload_json", "value": json.dumps(payload)}]
    for number, file in enumerate(files):
        named = {"name": f"files[{number}]", "filename": file.filename, "content_type": "application/octet-stream"}
        parts.append({**named, "value": file.fp})
    return parts

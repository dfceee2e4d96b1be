"""The stand-in for the Bot API: an aiohttp server on this machine's loopback that real client libraries talk to."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.servers.telegram.clock import Clock
from tests.servers.telegram.downloads import download
from tests.servers.telegram.faults import Fault, Faults
from tests.servers.telegram.media import Files
from tests.servers.telegram.methods import METHODS
from tests.servers.telegram.population import Population
from tests.servers.telegram.queries import InlineQuery, Press
from tests.servers.telegram.rates import Rates
from tests.servers.telegram.refusals import Refusal, misfit, too_many
from tests.servers.telegram.table import the_table
from tests.servers.telegram.updates import Updates
from tests.servers.telegram.webhook import Webhook
from tests.servers.telegram.wire import UPLOAD_LIMIT, Call, Upload, read_call
from tests.servers.telegram.world import Chat, Message, User

TOKEN: Final = "7412589630:AAFq3-stand_in-Xv0Zb1Kd9LmPw2RtYu4x"
TOKEN_FORM: Final = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
REQUESTS_KEPT: Final = 5000
PAGE_502: Final = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came. `status`: how it was answered; 0 if it was not."""

    method: str
    values: dict[str, Any]
    status: int
    at: float


class TelegramServer(Population):
    """Use as `async with`. On leaving it, requests that did not fit the Bot API and its own mistakes are raised."""

    def __init__(self, token: str = TOKEN, username: str = "figurine_test_bot", name: str = "Figurine") -> None:
        self.token = token
        self.clock = Clock()
        self.rates = Rates(self.clock)
        self.faults = Faults()
        self.table = the_table()
        self.bot = User(int(token.partition(":")[0]), name, is_bot=True, username=username)
        self.files = Files(self.clock, self.bot.id)
        self.updates = Updates(self.clock, self.table, first=self.bot.id % 900_000_000 + 1)
        self.updates.polled = self.happened
        self.webhook = Webhook(self.updates, self.clock)
        self.inline_mode = True
        self.keep_media = True  # whether the files that the bot sends are held, or their sizes and hashes only
        self.forget_old = False  # whether chats hold their newest messages only
        self.check_answers = True
        self.query_lifetime = 15.0  # seconds in which a press or an inline query can be answered
        self.violations: list[str] = []
        self.mistakes: list[str] = []  # the stand-in's own
        self.requests: deque[Request] = deque(maxlen=REQUESTS_KEPT)
        self.counts: Counter[str] = Counter()
        self.presses: dict[str, Press] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.inline_messages: dict[str, Message] = {}
        self.commands: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.menu_button: dict[str, Any] = {"type": "default"}
        self.port = 0
        self._numbers = itertools.count(self.bot.id * 1_000)
        self._runner: web.AppRunner | None = None
        self._leaving = asyncio.Event()
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        super().__init__()

    @property
    def base_url(self) -> str:
        """What a client takes as `base_url`, up to the token."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """What a client takes as `base_file_url`."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    async def __aenter__(self) -> Self:
        await self.opens()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.closes()
        if error is None:
            self.is_content()

    async def opens(self, port: int = 0) -> None:
        """Start to listen; port 0 takes one that is free."""
        self._leaving.clear()
        application = web.Application(client_max_size=4 * UPLOAD_LIMIT)
        application.router.add_route("*", "/file/bot{token}/{path:.+}", self._download)
        application.router.add_route("*", "/{path:.*}", self._request)
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def closes(self) -> None:
        """Stop listening."""
        self._leaving.set()
        await self.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def goes_down(self) -> None:
        """Nobody reaches the server any more, until it comes back."""
        await self.closes()

    async def comes_back(self) -> None:
        """The server is there again, at the same address and with all that it knew."""
        await self.opens(self.port)

    def is_content(self) -> None:
        """Raise what was wrong so far.

        Raises:
            AssertionError: the bot or the stand-in itself broke the rules of the Bot API.
        """
        assert not self.violations, f"requests that do not fit the Bot API: {self.violations}"
        assert not self.mistakes, f"wrong answers of the stand-in: {self.mistakes}"

    def asked(self, method: str) -> list[Request]:
        """The requests of a method, the oldest first."""
        return [request for request in self.requests if request.method == method]

    @property
    def unanswered(self) -> list[Press]:
        """The presses on buttons that the bot has not answered (yet)."""
        return [press for press in self.presses.values() if not press.answered]

    async def until(self, true: Callable[[], bool], within: float = 10.0) -> None:
        """Wait until something is true of the server; it is asked whenever something has happened.

        Raises:
            TimeoutError: it never was.
        """
        if not true():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((true, future))
            async with asyncio.timeout(within):
                await future

    async def until_polled(self, within: float = 10.0) -> None:
        """Wait until a poll is waiting for updates."""
        await self.until(lambda: self.updates.is_polled, within)

    def happened(self) -> None:
        """Something has happened: ask those who wait."""
        for waiter in list(self._waiters):
            true, future = waiter
            if future.done() or true():
                self._waiters.remove(waiter)
                if not future.done():
                    future.set_result(None)

    def new_id(self) -> str:
        """The id of something that has no number of its own."""
        return str(next(self._numbers) * 7919)

    def new_album(self) -> str:
        """The id of an album."""
        return str(13_000_000_000_000_000 + next(self._numbers))

    def forget(self, chat: Chat) -> None:
        """Drop what is old in a chat, and presses that are long over."""
        for message in chat.forget():
            if message.media is not None:
                self.files.forget(message.media)
        while len(self.presses) > REQUESTS_KEPT:
            del self.presses[next(iter(self.presses))]

    async def _request(self, request: web.Request) -> web.StreamResponse:
        found = re.fullmatch(r"/bot([^/]*)/(\w+)/?", request.path)
        if found is None or not TOKEN_FORM.fullmatch(found[1]):
            return _answer(Refusal(404, "Not Found"))
        if found[1] != self.token or self.faults.token_revoked:
            return _answer(Refusal(401, "Unauthorized"))
        method = self.table.method(found[2])
        if method is None:
            self.violations.append(f"there is no method {found[2]!r}")
            return _answer(Refusal(404, "Not Found: method not found", violation=True))
        return await self._handled(request, method)

    async def _handled(self, request: web.Request, method: str) -> web.StreamResponse:
        call = Call(method, {})
        status = 0
        try:
            fault = self.faults.next(method)
            early = await self._before(request, fault) if fault else None
            if early is not None:
                status = early.status
                return early
            call = await read_call(request, method, self.table)
            answer = await self._done(call) if method != "getUpdates" else await self._polled(request, call)
            if fault and fault.kind == "lose":
                return self._cut(request)
            status = 200
            return web.json_response({"ok": True, "result": answer})
        except Refusal as refusal:
            if refusal.violation:
                self.violations.append(f"{method}: {refusal.description}")
            status = refusal.code
            return _answer(refusal)
        finally:
            self.counts[method] += 1
            values = {name: _light(value) for name, value in call.values.items()}
            self.requests.append(Request(method, values, status, self.clock.now()))
            self.happened()

    async def _before(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """What goes wrong before the request is looked at."""
        if fault.kind == "fail":
            await request.read()
            if fault.status == 502:
                return web.Response(status=502, text=PAGE_502, content_type="text/html")
            return _answer(Refusal(fault.status, "Internal Server Error"))
        if fault.kind == "hang":
            await self._leaving.wait()
        if fault.kind == "delay":
            await self._pause(fault.seconds or 0.0)
        if fault.kind == "flood":
            await request.read()
            raise too_many(fault.retry_after)
        return self._cut(request) if fault.kind in ("hang", "drop") else None

    async def _done(self, call: Call) -> Any:
        """What the method gives, checked.

        Raises:
            Refusal: it was not granted.
        """
        function = METHODS.get(call.method)
        if function is None:
            raise misfit(f"the stand-in does not play {call.method}")
        self._count(call)
        answer = function(self, call)
        if inspect.isawaitable(answer):
            answer = await answer
        wrong = self.table.answer_problem(call.method, answer) if self.check_answers else None
        if wrong is not None:
            self.mistakes.append(f"{call.method}: {wrong}")
            raise Refusal(500, "Internal Server Error")
        return answer

    async def _polled(self, request: web.Request, call: Call) -> Any:
        """Updates, unless polls are silently stalled."""
        line = self.faults.polling_connection = request.transport
        answer = None if self.faults.is_stalled(line) else await self._done(call)
        if self.faults.is_stalled(line):
            await self._leaving.wait()
        return answer

    def _count(self, call: Call) -> None:
        method, chat_id = call.method, call.get("chat_id")
        if method.startswith(("send", "edit", "copy", "forward")) and method != "sendChatAction":
            chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
            if chat is not None:
                messages = len(call["media"]) if method == "sendMediaGroup" else 1
                self.rates.take(chat.id, messages, group=chat.is_group)

    def _cut(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the server's end."""
        try:
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
        except TimeoutError:
            return

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.match_info["token"] != self.token or self.faults.token_revoked:
                return _answer(Refusal(401, "Unauthorized"))
            return await download(request, self.files, self.faults, self._pause)
        finally:
            self.counts["download"] += 1
            self.happened()


def _light(value: Any) -> Any:
    """A value as it is remembered: of a file, its name and weight."""
    return f"{value.name}, {len(value.data)} bytes" if isinstance(value, Upload) else value


def _answer(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.code)

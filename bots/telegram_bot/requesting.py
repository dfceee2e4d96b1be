"""The library's requests over aiohttp, which takes a third of the processor time that its own client takes for each."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

FORM: Final = "application/x-www-form-urlencoded"
CONNECT: Final = 5.0  # seconds
UPLOAD: Final = 240.0  # seconds that one request with files may take


def session(base: str, connections: int) -> aiohttp.ClientSession:
    """A session for what lies under an address, with the system's proxy, and the certificates that httpx trusts.

    To be called while a loop runs.
    """
    where = urlsplit(base)
    proxies: dict[str, str] = {} if proxy_bypass(where.hostname or "") else getproxies()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ssl=httpx.create_ssl_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=proxies.get(where.scheme) or proxies.get("all"),
    )


class Request(BaseRequest):
    """telegram.request.BaseRequest over a session of aiohttp's."""

    def __init__(self, base: str, connections: int, read_timeout: float, wait: float) -> None:
        """`base` is the address of the Bot API. `wait` is how many seconds a request waits for a free connection."""
        self._base = base
        self._connections = connections
        self._read_timeout = read_timeout
        self._wait = wait
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """See BaseRequest."""
        return self._read_timeout

    async def initialize(self) -> None:
        """See BaseRequest."""
        if self._session is None:
            self._session = session(self._base, self._connections)

    async def shutdown(self) -> None:
        """See BaseRequest."""
        former, self._session = self._session, None
        if former is not None:
            await former.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 -- nobody here gives these three
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """See BaseRequest. The error of aiohttp's is the cause of the one that is raised."""
        if self._session is None:
            raise RuntimeError("not initialized")
        timeout = aiohttp.ClientTimeout(
            total=UPLOAD if request_data and request_data.contains_files else None,
            connect=self._wait + CONNECT,
            sock_connect=CONNECT,
            sock_read=_given(read_timeout, self._read_timeout),
        )
        data, headers = _body(request_data)
        headers["User-Agent"] = self.USER_AGENT
        try:
            async with self._session.request(
                method, URL(url), data=data, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:  # Those of aiohttp's own are of this kind, too.
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error


def _given(wished: ODVInput[float], usual: float) -> float:
    return usual if isinstance(wished, DefaultValue) or wished is None else float(wished)


def _body(asked: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str]]:
    """What is sent, and the header that tells what it is, where that does not follow from it."""
    if asked is None:
        return None, {}
    if not asked.contains_files:
        return urlencode(asked.json_parameters).encode(), {"Content-Type": FORM}
    form = aiohttp.FormData(quote_fields=False)
    for name, value in asked.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, kind) in asked.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=kind)
    return form, {}

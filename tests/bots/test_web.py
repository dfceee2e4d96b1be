"""The small web server: the policy and the terms for everyone, webhooks for the platforms."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from bots.platforms import Read
from bots.web.server import LARGEST, serving
from core.errors import SettingsError
from core.settings import Settings


def free_port(folder: Path, **sections: dict[str, object]) -> Settings:
    return Settings(data={"dir": folder}, web={"port": 0}, **sections)


async def test_the_policy_is_a_page_in_the_readers_language_that_asks_nobody_else_for_anything(tmp_path: Path) -> None:
    settings = free_port(tmp_path, support={"contact": "help@example.org <b>"}, retention={"photo_hours": 12})
    async with serving(settings, {}) as address, aiohttp.ClientSession() as session:
        for path in ("/privacy", "/terms"):
            async with session.get(address + path) as answer:
                text = await answer.text()
                assert answer.status == 200
                assert answer.content_type == "text/html"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert "help@example.org &lt;b&gt;" in text
                assert "<script" not in text
                assert "src=" not in text
        async with session.get(f"{address}/privacy") as answer:
            assert "12 hours" in await answer.text()
        async with session.get(f"{address}/privacy?lang=nonsense%3Cb%3E") as answer:
            assert '<html lang="en" dir="ltr">' in await answer.text()


async def test_what_is_kept_is_answered_with_yes_and_what_fails_is_to_be_sent_again(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def hook(read: Read, headers: Mapping[str, str]) -> int:
        if headers.get("X-Secret") != "s":
            return 403
        body = await read()
        if body == b"trouble":
            raise RuntimeError("private words")
        heard.append(body)
        return 200

    async with serving(free_port(tmp_path), {"/hook": hook}) as address, aiohttp.ClientSession() as session:

        async def post(body: bytes, secret: str) -> tuple[int, str]:
            async with session.post(f"{address}/hook", data=io.BytesIO(body), headers={"X-Secret": secret}) as answer:
                return answer.status, await answer.text()

        assert await post(b"hello", "s") == (200, "")
        assert await post(b"hello", "wrong") == (403, "")
        assert await post(b"trouble", "s") == (500, "")
        assert (await post(b"x" * (LARGEST + 1), "s"))[0] == 413
        async with session.get(f"{address}/hook") as answer:
            assert answer.status == 405
        async with session.get(f"{address}/healthz") as answer:
            assert await answer.json() == {"status": "ok"}
    assert heard == [b"hello"]


async def test_who_sends_slowly_is_not_waited_for_and_who_is_no_platform_is_not_read_at_all(tmp_path: Path) -> None:
    async def hook(read: Read, headers: Mapping[str, str]) -> int:
        return 200 if "X-Secret" in headers and await read() else 401

    async with serving(free_port(tmp_path), {"/hook": hook}, patience=0.05) as address:
        assert await says(address, b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 1999999\r\n\r\n{") == 401
        assert (
            await says(address, b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Secret: s\r\nContent-Length: 1999\r\n\r\n{")
            == 408
        )


async def test_what_is_no_request_is_answered_and_written_down_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def hook(_: Read, headers: Mapping[str, str]) -> int:
        raise RuntimeError(headers["X-Secret"])

    async with serving(free_port(tmp_path), {"/hook": hook}) as address:
        assert await says(address, b"GET /\x00 \xff HTTP/9.9\r\n\r\n") == 400
        assert not caplog.records
        assert await says(address, b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Secret: private\xff\r\n\r\n") == 500
    assert caplog.messages == ["a request failed with RuntimeError"]
    assert capfd.readouterr() == ("", "")


async def says(address: str, request: bytes) -> int:
    """Send these bytes, and nothing more; the status of the answer."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


async def test_a_port_that_is_taken_is_one_sentence_for_the_operator(tmp_path: Path) -> None:
    async with serving(free_port(tmp_path), {}) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(SettingsError, match=f"can't listen on 127.0.0.1:{port}"):
            async with serving(Settings(data={"dir": tmp_path}, web={"port": port}), {}):
                pass

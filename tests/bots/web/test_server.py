"""The small web server: the policy and the terms for everyone, webhooks for the platforms."""

from __future__ import annotations

import asyncio
import gzip
import io
import re
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from bots.platforms import Read
from bots.web.server import LARGEST, SMALLER, serving
from core.errors import SettingsError
from core.settings import Settings

STRIPE = "/stripe/webhook"


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
            text = await answer.text()
            assert '<html lang="en" dir="ltr">' in text
            assert "nonsense" not in text


async def test_a_page_takes_its_style_from_here_and_nothing_inside_it_is_taken_for_one(tmp_path: Path) -> None:
    async with serving(free_port(tmp_path), {}) as address, aiohttp.ClientSession() as session:
        async with session.get(f"{address}/terms") as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "style-src 'self'" in policy
        assert not re.search(r"<style|style=|<script|\bon\w+=", text)
        (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', text)
        async with session.get(f"{address}/{style}") as answer:
            assert (answer.status, answer.content_type) == (200, "text/css")
            assert not re.search(r"url\(|@import", await answer.text())


async def test_what_buying_means_for_privacy_and_terms_is_told_where_something_is_sold(tmp_path: Path) -> None:
    selling = free_port(tmp_path, stripe={"key": "sk_test_12345678"}, retention={"payments_years": 7})
    for settings, sells in ((free_port(tmp_path), False), (selling, True)):
        async with serving(settings, {}) as address, aiohttp.ClientSession() as session:
            async with session.get(f"{address}/privacy") as answer:
                assert ("kept for 7 years" in await answer.text()) == sells
            async with session.get(f"{address}/terms") as answer:
                assert ("/billing" in await answer.text()) == sells


async def test_what_stripe_sends_is_taken_up_to_its_own_size(tmp_path: Path) -> None:
    heard: list[int] = []

    async def hook(read: Read, _: Mapping[str, str]) -> int:
        heard.append(len(await read()))
        return 200

    async with (
        serving(free_port(tmp_path), {STRIPE: hook, "/other": hook}) as address,
        aiohttp.ClientSession() as session,
    ):
        for path, size, status in (
            (STRIPE, SMALLER[STRIPE], 200),
            (STRIPE, SMALLER[STRIPE] + 1, 413),
            ("/other", SMALLER[STRIPE] + 1, 200),
        ):
            async with session.post(address + path, data=io.BytesIO(b"x" * size)) as answer:
                assert answer.status == status
        async with session.post(
            address + STRIPE, data=gzip.compress(b"x" * LARGEST), headers={"Content-Encoding": "gzip"}
        ) as answer:
            assert answer.status == 413
    assert heard == [SMALLER[STRIPE], SMALLER[STRIPE] + 1]


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

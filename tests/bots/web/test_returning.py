"""The pages after paying: they say what the books say, in the person's language, and lead back to the chat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from lxml import html

from bots.conversation.texts import Texts, languages
from bots.web.returning import PATHS, PAUSES, Counter
from bots.web.server import serving
from core.money import PurchaseState
from core.settings import Settings

HOMES = {"telegram": lambda: "https://t.me/figurine_bot?start=paid", "discord": lambda: "https://discord.com/users/1"}
NUMBER = "p_0123456789abcdef"


class Books:
    """Payments by number, which a test can change while somebody waits."""

    def __init__(self, **states: PurchaseState) -> None:
        self.states = states
        self.asked: list[str] = []

    async def look(self, number: str) -> tuple[PurchaseState, str] | None:
        self.asked.append(number)
        return (self.states[number], "telegram") if number in self.states else None


class Browser:
    """Somebody who comes back from paying."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address, self.session = address, session
        self.headers: dict[str, str] = {}
        self.text = ""

    async def opens(self, path: str, accepts: str = "") -> html.HtmlElement:
        headers = {"Accept-Language": accepts} if accepts else {}
        async with self.session.get(self.address + path, headers=headers) as answer:
            assert answer.status == 200
            self.headers, self.text = dict(answer.headers), await answer.text()
        return html.fromstring(self.text)


@asynccontextmanager
async def browsing(folder: Path, books: Books) -> AsyncIterator[Browser]:
    settings = Settings(data={"dir": folder}, web={"port": 0})
    async with (
        serving(settings, {}, counter=Counter(books.look, HOMES)) as address,
        aiohttp.ClientSession() as session,
    ):
        yield Browser(address, session)


def title(page: html.HtmlElement) -> str:
    return str(page.findtext(".//h1"))


def refresh(page: html.HtmlElement) -> str:
    found = page.xpath("//meta[@http-equiv='refresh']/@content")
    return str(found[0]) if found else ""


async def test_the_page_says_paid_only_once_it_is(tmp_path: Path) -> None:
    books = Books(**{NUMBER: PurchaseState.OPEN})
    async with browsing(tmp_path, books) as browser:
        page = await browser.opens(f"/paid?number={NUMBER}&lang=en")
        assert title(page) == Texts()("page.checking.title")
        assert "thank" not in browser.text
        pause, _, again = refresh(page).partition("; url=")
        assert int(pause) == PAUSES[0]
        books.states[NUMBER] = PurchaseState.PAID
        page = await browser.opens(f"/paid{again}")
        assert title(page) == Texts()("page.paid.title")
        assert not refresh(page)


async def test_a_page_that_waits_looks_more_and_more_seldom_and_then_rests(tmp_path: Path) -> None:
    async with browsing(tmp_path, Books(**{NUMBER: PurchaseState.OPEN})) as browser:
        page, pauses = await browser.opens(f"/paid?number={NUMBER}"), []
        while said := refresh(page):
            pause, _, again = said.partition("; url=")
            pauses.append(int(pause))
            page = await browser.opens(f"/paid{again}")
        assert tuple(pauses) == PAUSES
        assert Texts()("page.slow") in browser.text
        assert Texts()("page.again") in browser.text


@pytest.mark.parametrize(
    ("path", "state", "key"),
    [
        ("/cancelled", PurchaseState.OPEN, "page.cancelled"),
        ("/cancelled", PurchaseState.PAID, "page.paid"),
        ("/cancelled", PurchaseState.EXPIRED, "page.expired"),
        ("/paid", PurchaseState.EXPIRED, "page.expired"),
        ("/paid", PurchaseState.FAILED, "page.failed"),
        ("/link-expired", PurchaseState.OPEN, "page.expired"),
        ("/link-expired", PurchaseState.PAID, "page.paid"),
    ],
)
async def test_each_page_says_what_the_books_say(tmp_path: Path, path: str, state: PurchaseState, key: str) -> None:
    async with browsing(tmp_path, Books(**{NUMBER: state})) as browser:
        page = await browser.opens(f"{path}?number={NUMBER}")
        assert page.xpath("string(//*[@role='status'])") == Texts()(key)
        assert not refresh(page)
        assert browser.headers["Cache-Control"] == "no-store"
        assert browser.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("query", ["", "?number=p_unknown0000", "?number=<b>", f"?number={'9' * 200}", "?number="])
async def test_a_number_that_nobody_knows_gets_a_page_that_claims_nothing(tmp_path: Path, query: str) -> None:
    async with browsing(tmp_path, Books()) as browser:
        for path in ("/paid", "/cancelled"):
            page = await browser.opens(path + query)
            assert title(page) == Texts()("page.unknown.title")
            assert [button.get("href") for button in page.xpath("//a[@class='button']")] == [
                home() for home in HOMES.values()
            ]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_that_an_address_brings_is_shown_or_looked_up_unless_it_is_a_number(
    tmp_path: Path, path: str
) -> None:
    books = Books()
    async with browsing(tmp_path, books) as browser:
        await browser.opens(
            path + "?number=%22%3E%3Cscript%3Ealert(1)&platform=https://evil.example&lang=%3Cb%3Eevil"
            "&again=-1&credits=1000000evil&home=https://evil.example"
        )
        assert "evil" not in browser.text
        assert "script" not in browser.text
    assert books.asked == []


@pytest.mark.parametrize(
    ("query", "home", "label"),
    [
        ("platform=telegram", "https://t.me/figurine_bot?start=paid", "page.back.telegram"),
        ("platform=discord", "https://discord.com/users/1", "page.back.discord"),
        (f"number={NUMBER}", "https://t.me/figurine_bot?start=paid", "page.back.telegram"),
    ],
)
async def test_one_tap_leads_back_to_the_chat(tmp_path: Path, query: str, home: str, label: str) -> None:
    async with browsing(tmp_path, Books(**{NUMBER: PurchaseState.PAID})) as browser:
        page = await browser.opens(f"/paid?{query}")
        (button,) = page.xpath("//a[@class='button']")
        assert (button.get("href"), button.text) == (home, Texts()(label))


async def test_who_bought_where_no_address_leads_is_told_to_go_back_by_themselves(tmp_path: Path) -> None:
    async def look(_: str) -> tuple[PurchaseState, str] | None:
        return PurchaseState.PAID, "console"

    async with browsing(tmp_path, Books()) as browser:
        assert (await browser.opens("/paid")).xpath("//a[@class='button']")
    settings = Settings(data={"dir": tmp_path}, web={"port": 0})
    async with (
        serving(settings, {}, counter=Counter(look, HOMES)) as address,
        aiohttp.ClientSession() as session,
    ):
        page = await Browser(address, session).opens(f"/paid?number={NUMBER}")
        assert not page.xpath("//a[@class='button']")
        assert Texts()("page.back") in page.text_content()


@pytest.mark.parametrize("language", languages())
async def test_every_page_is_there_in_every_language(tmp_path: Path, language: str) -> None:
    texts = Texts(language)
    async with browsing(tmp_path, Books(**{NUMBER: PurchaseState.PAID})) as browser:
        for path in (f"/paid?lang={language}", "/paid"):
            page = await browser.opens(path, accepts=f"xx,{language};q=0.9,en;q=0.8")
            assert (page.get("lang"), title(page)) == (language, texts("page.unknown.title"))
            assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
        page = await browser.opens(f"/paid?lang={language}&number={NUMBER}&platform=telegram")
        links = {link.get("hreflang"): link.get("href") for link in page.xpath("//nav/a")}
        assert set(links) == set(languages())
        assert all(f"number={NUMBER}" in link and "platform=telegram" in link for link in links.values())


async def test_a_page_says_nothing_to_machines_that_collect_pages_and_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    async with browsing(tmp_path, Books(**{NUMBER: PurchaseState.OPEN})) as browser:
        page = await browser.opens(f"/paid?number={NUMBER}&platform=telegram")
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert not re.search(r"<(script|img|iframe|form|style)|\bstyle=|\bsrc=", browser.text)
        assert [link.get("href").partition("?")[0] for link in page.xpath("//link")] == ["style.css"]

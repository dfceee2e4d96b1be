"""The pages after paying as a browser shows them, on a phone and on a desk, by Chromium's own protocol.

A window of Chromium's is never narrower than 500 pixels; the protocol makes it take itself for a phone.
"""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from PIL import Image

from bots.web.returning import Counter
from bots.web.server import serving
from core.money import PurchaseState
from core.settings import Settings
from tests.pictures.drawing import browser

PHONE: Final = (360, 740)  # CSS pixels
DESK: Final = (1000, 740)
GAP: Final = 24
STATES: Final = {"number-open": PurchaseState.OPEN, "number-paid": PurchaseState.PAID}
SHOWN: Final = (
    ("/paid?number=number-open&lang=en", PHONE),
    ("/paid?number=number-paid&lang=de", PHONE),
    ("/cancelled?number=number-open&lang=ar", PHONE),
    ("/link-expired?platform=discord&lang=ja", PHONE),
    ("/paid?number=number-paid&lang=en", DESK),
)


async def _look(number: str) -> tuple[PurchaseState, str] | None:
    return (STATES[number], "telegram") if number in STATES else None


async def photograph(target: Path, shown: Sequence[tuple[str, tuple[int, int]]] = SHOWN) -> None:
    """All of them side by side.

    Raises:
        RuntimeError: there is no Chromium on this machine, or a page is wider than the screen, or was refused a part.
    """
    homes = {"telegram": lambda: "https://t.me/figurine_bot", "discord": lambda: "https://discord.com/users/1"}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data={"dir": folder}, web={"port": 0}, stripe={"key": "sk_test_12345678"})
        async with serving(settings, {}, counter=Counter(_look, homes)) as address, tab(Path(folder)) as page:
            pictures = [await page.shows(address + path, *size) for path, size in shown]
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) + 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures) + 2 * GAP), (226, 226, 230))
    left = GAP
    for picture in pictures:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    sheet.save(target, quality=85, optimize=True, progressive=True)


class Tab:
    """A tab of the browser."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self._wire = wire
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    async def asks(self, method: str, **parameters: object) -> dict[str, Any]:
        """What the browser answers."""
        number = next(self._numbers)
        await self._wire.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(30):
            return await self._hears(lambda said: said.get("id") == number)

    async def shows(self, address: str, width: int, height: int) -> Image.Image:
        """A page as a screen of that many CSS pixels shows it."""
        for domain in ("Page", "Log"):
            await self.asks(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        await self.asks("Emulation.setDeviceMetricsOverride", **size)
        await self.asks("Page.navigate", url=address)
        async with asyncio.timeout(30):
            await self._hears(lambda said: said.get("method") == "Page.loadEventFired")
        wide = await self.asks("Runtime.evaluate", expression="document.documentElement.scrollWidth")
        if self.complaints or wide["result"]["result"]["value"] > width:
            raise RuntimeError(f"{address} at {width}: {wide['result']['result']['value']} {self.complaints}")
        shot = await self.asks("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(shot["result"]["data"]))).convert("RGB")

    async def _hears(self, wanted: Any) -> dict[str, Any]:
        while True:
            said: dict[str, Any] = await self._wire.receive_json()
            if said.get("method") == "Log.entryAdded":  # such as a part that the policy of a page refuses
                self.complaints.append(said["params"]["entry"]["text"])
            if wanted(said):
                return said


@asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[Tab]:
    """A browser of its own with one empty tab."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/browser"]
    process = await asyncio.create_subprocess_exec(
        browser(),
        *options,
        "--remote-debugging-port=0",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with aiohttp.ClientSession() as session, session.ws_connect(await _wire(session, folder)) as wire:
            yield Tab(wire)
            await wire.send_json({"id": 0, "method": "Browser.close"})
    finally:
        async with asyncio.timeout(20):
            await process.wait()


async def _wire(session: aiohttp.ClientSession, folder: Path) -> str:
    """Where the tab answers, once the browser is up."""
    told = folder / "browser" / "DevToolsActivePort"
    async with asyncio.timeout(30):
        while not (told.is_file() and told.read_text()):  # noqa: ASYNC110 -- another process writes it
            await asyncio.sleep(0.05)
        async with session.get(f"http://127.0.0.1:{told.read_text().split()[0]}/json/list") as answer:
            pages = [each for each in await answer.json() if each["type"] == "page"]
    return str(pages[0]["webSocketDebuggerUrl"])

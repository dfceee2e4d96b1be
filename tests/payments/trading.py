"""The open shop over real SQLite and the stand-in for Stripe, with short ways to what most tests do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from core.bells import Bells
from core.money import Purchase, Rail
from core.records import Contact, Notice, Scope
from core.settings import Settings
from payments.catalogue import Catalogue
from payments.events import Events
from payments.opening import OpenShop, open_shop
from payments.shop import Buyer, Link, Shop
from payments.stripe_gateway.shelf import open_shelf
from payments.sync import synchronise
from storage.opened import Storage, open_storage
from tests.databases import put_migrated_file
from tests.servers.stripe import Payer, StripeServer

PUBLIC = "https://figurines.example"
SMALL = {"id": "small", "credits": 5, "prices": {"eur": 200, "usd": 210}}
LARGE = {"id": "large", "credits": 20, "prices": {"eur": 600, "usd": 610}}
MONTHLY = {"id": "monthly", "credits": 40, "prices": {"eur": 900, "usd": 910}}
MAKER = {"id": "maker", "credits": 100, "prices": {"eur": 2000, "usd": 2010}}
SHOP = {"currencies": {"US": "usd"}, "packs": [LARGE, SMALL], "plans": [MONTHLY, MAKER]}


@dataclass
class Trade:
    """A shop that is open, and what happened there."""

    server: StripeServer
    settings: Settings
    storage: Storage
    opened: OpenShop
    resumed: list[int] = field(default_factory=list)

    @property
    def shop(self) -> Shop:
        return self.opened.shop

    @property
    def events(self) -> Events:
        return self.opened.services[0][1].__self__  # type: ignore[attr-defined,no-any-return]

    async def person(self, name: str = "ada", platform: str = "telegram") -> int:
        return (await self.storage.people.find(Contact(platform, name))).id

    async def buyer(self, name: str = "ada", locale: str = "de", home: str = "") -> Buyer:
        return Buyer(await self.person(name), "telegram", locale, home=home)

    async def link(self, product: str = "pack:small", name: str = "ada", locale: str = "de") -> Link:
        return await self.shop.checkout(await self.buyer(name, locale), product, Rail.STRIPE)

    async def opens(self, product: str = "pack:small", name: str = "ada") -> Payer:
        """Somebody with the page of a new link before them."""
        payer = self.server.payer()
        await payer.opens((await self.link(product, name)).url)
        return payer

    async def buys(self, product: str = "pack:small", name: str = "ada") -> str:
        """Somebody buys, and it is settled; the checkout's name."""
        await (await self.opens(product, name)).pays()
        await self.settles()
        return str(self.server.of_kind("checkout.session")[0]["id"])

    async def settles(self) -> None:
        """Everything that is due is told, and everything that was told is worked through."""
        await self.server.quiet()
        while await self.events.handle_next():
            pass

    async def passes(self, **time: float) -> None:
        await self.server.passes(**time)
        await self.settles()

    async def polls(self) -> None:
        """What the schedule does every few minutes."""
        for task in self.opened.tasks[:3]:
            await task.run()
        await self.settles()

    async def has(self, name: str = "ada") -> int:
        return (await self.shop.balance(await self.person(name))).available

    async def bought(self, name: str = "ada") -> list[Purchase]:
        return await self.storage.purchases.of(await self.person(name))

    async def spends(self, credits_: int, name: str = "ada") -> None:
        """Credits go for a figurine, without one."""
        from core.money import Book, Reason

        person = await self.person(name)
        now = self.server.clock.now()
        async with self.storage.database.transaction() as tx:
            cause = f"job:{now.timestamp()}:capture"
            moved = await self.storage.ledger.move(
                tx, person, Reason.CAPTURE, cause, Book.AVAILABLE, Book.REVENUE, credits_, now
            )
            assert moved

    async def told(self) -> list[dict[str, Any]]:
        """What people were told since the last time."""
        found: list[dict[str, Any]] = []
        now = self.server.clock.now()
        for platform in ("telegram", "discord"):
            while parcel := await self.storage.outbox.next(Scope(platform), now, 30):
                assert parcel.notice is Notice.SHOP
                found.append(json.loads(parcel.payload))
                async with self.storage.database.transaction() as tx:
                    await self.storage.outbox.sent(tx, parcel.id, now)
        return found

    async def kinds(self) -> list[str]:
        return [told["kind"] for told in await self.told()]

    async def books_are_right(self) -> None:
        """The ledger fits in itself, and with the rows and the provider."""
        from datetime import timedelta

        assert await self.opened.compare(self.server.clock.now() - timedelta(days=400)) == []


async def sync(settings: Settings) -> list[tuple[str, str]]:
    async with open_shelf(settings.stripe, settings.shop) as shelf:
        articles = Catalogue(settings.shop, frozenset()).articles()
        return [(change.what, change.name) for change in await synchronise(shelf, articles, settings.shop.tax)]


def settings_for(server: StripeServer, folder: Path, **shop: Any) -> Settings:
    return Settings(
        data={"dir": folder},
        shop={**SHOP, **shop},
        web={"public_url": PUBLIC},
        stripe={"key": server.key, "webhook_secret": server.webhook_secret, "api_base": server.api_base},
    )


@asynccontextmanager
async def listening(opened: OpenShop) -> AsyncIterator[str]:
    """A web server that hands on to the webhook; its address."""
    [(path, hook)] = opened.hooks.items()

    async def receive(request: web.Request) -> web.Response:
        return web.Response(status=await hook(request.read, request.headers))

    app = web.Application(client_max_size=2**22)
    app.router.add_post(path, receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def trading(server: StripeServer, folder: Path, hooked: bool = True, **shop: Any) -> AsyncIterator[Trade]:
    """The shop, open and in line with Stripe. Without `hooked`, Stripe knows of no webhook."""
    await put_migrated_file(folder)
    settings, resumed = settings_for(server, folder, **shop), list[int]()

    async def resume(person_id: int) -> None:
        resumed.append(person_id)

    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(settings, server.clock))
        opened = await stack.enter_async_context(open_shop(settings, storage, server.clock, Bells(), resume))
        await sync(settings)
        if hooked:
            server.webhooks_to(await stack.enter_async_context(listening(opened)))
        yield Trade(server, settings, storage, opened, resumed)

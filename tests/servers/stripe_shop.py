"""A small shop for tests of the stand-in: the real library, two prices, and somebody who hears the webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import stripe
from aiohttp import web

from tests.servers.stripe import Page, Payer, StripeServer

SUCCESS = "https://shop.example/paid?n=17"
CANCEL = "https://shop.example/cancelled"


@dataclass
class Shop:
    """`pack` and the plans are prices; `heard`: the events with a good signature; `answers`: what is said to them."""

    server: StripeServer
    stripe: stripe.StripeClient
    pack: str = ""
    plan: str = ""
    bigger: str = ""
    heard: list[stripe.Event] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refused: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def v1(self) -> Any:
        return self.stripe.v1

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.heard]

    async def checkout(self, **more: Any) -> stripe.checkout.Session:
        """A link to pay one pack."""
        plain: dict[str, Any] = {"mode": "payment", "line_items": [{"price": self.pack, "quantity": 1}]}
        values = plain | {"success_url": SUCCESS, "cancel_url": CANCEL} | more
        made: stripe.checkout.Session = await self.v1.checkout.sessions.create_async(values)
        return made

    async def bought(self, **more: Any) -> stripe.checkout.Session:
        """A pack that was paid."""
        session = await self.checkout(**more)
        await self.opened(session)
        await self.payer.pays()
        return await self.again(session)

    async def subscribed(self, **more: Any) -> stripe.Subscription:
        """A plan that was paid."""
        session = await self.checkout(mode="subscription", line_items=[{"price": self.plan, "quantity": 1}], **more)
        await self.opened(session)
        await self.payer.pays()
        return await self.subscription((await self.again(session)).subscription)

    async def opened(self, session: stripe.checkout.Session) -> Page:
        self.payer: Payer = self.server.payer()
        return await self.payer.opens(session.url or "")

    async def again(self, session: stripe.checkout.Session, *expand: str) -> Any:
        return await self.v1.checkout.sessions.retrieve_async(session.id, {"expand": list(expand)})

    async def subscription(self, name: Any) -> Any:
        return await self.v1.subscriptions.retrieve_async(str(name), {"expand": ["latest_invoice"]})

    async def invoices(self) -> list[Any]:
        """Newest first."""
        return list((await self.v1.invoices.list_async({"limit": 100})).data)

    async def events(self, **filters: Any) -> list[str]:
        """The kinds of what happened, oldest first."""
        return [event.type for event in reversed((await self.v1.events.list_async({"limit": 100, **filters})).data)]

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event = stripe.Webhook.construct_event(
                body, request.headers.get("Stripe-Signature", ""), self.server.webhook_secret
            )
        except (ValueError, stripe.SignatureVerificationError):
            self.refused += 1
            return web.Response(status=400)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append(event)
            self.told.set()
        return web.Response(status=status)


@asynccontextmanager
async def shop(**options: Any) -> AsyncIterator[Shop]:
    """The stand-in with a catalogue, and a client."""
    async with StripeServer(**options) as server:
        http = stripe.AIOHTTPClient()
        client = stripe.StripeClient(
            server.key, base_addresses={"api": server.api_base}, http_client=http, max_network_retries=0
        )
        made = Shop(server, client)
        try:
            product = (await made.v1.products.create_async({"name": "Figurine credits"})).id
            price = {"product": product, "currency": "eur", "tax_behavior": "inclusive"}
            monthly = price | {"recurring": {"interval": "month"}}
            create = made.v1.prices.create_async
            made.pack = (await create(price | {"unit_amount": 200, "lookup_key": "pack"})).id
            made.plan = (await create(monthly | {"unit_amount": 900, "lookup_key": "plan"})).id
            made.bigger = (await create(monthly | {"unit_amount": 1800, "lookup_key": "bigger"})).id
            yield made
        finally:
            await http.close_async()


@asynccontextmanager
async def hearing_shop(**options: Any) -> AsyncIterator[Shop]:
    """The same, hearing webhooks from now on."""
    async with shop(**options) as made:
        application = web.Application()
        application.router.add_post("/stripe/webhook", made.hear)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.server.webhooks_to(f"http://127.0.0.1:{runner.addresses[0][1]}/stripe/webhook")
        try:
            yield made
        finally:
            await runner.cleanup()

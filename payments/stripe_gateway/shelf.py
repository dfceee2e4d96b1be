"""What is on sale at Stripe, as payments.ports.Shelf."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import stripe

from core.settings import ShopSettings, StripeSettings
from payments.catalogue import PREFIX
from payments.ports import Article, PricedArticle, Unknown
from payments.stripe_gateway.client import asking, client
from payments.stripe_gateway.gateway import PAGE
from payments.stripe_gateway.reading import price_of


class StripeShelf:
    """payments.ports.Shelf over a client that is open. Products have names of this service's own."""

    def __init__(self, opened: stripe.StripeClient, tax: str) -> None:
        self._v1 = opened.v1
        self._tax = "unspecified" if tax == "none" else tax

    async def products(self) -> list[tuple[str, str]]:
        """See payments.ports.Shelf."""
        with asking():
            found = await self._v1.products.list_async({"active": True, "limit": PAGE})
            return [(one.id, one.name) async for one in found.auto_paging_iter() if one.id.startswith(PREFIX)]

    async def prices(self, product: str) -> list[PricedArticle]:
        """See payments.ports.Shelf."""
        with asking():
            found = await self._v1.prices.list_async({"product": product, "active": True, "limit": PAGE})
            return [price_of(one) async for one in found.auto_paging_iter()]

    async def put_product(self, product: str, name: str) -> None:
        """See payments.ports.Shelf. One that was archived before is taken out again."""
        try:
            with asking():
                await self._v1.products.update_async(product, {"name": name, "active": True})
        except Unknown:
            with asking():
                await self._v1.products.create_async({"id": product, "name": name})

    async def put_price(self, article: Article) -> None:
        """See payments.ports.Shelf."""
        asked: dict[str, Any] = {
            "product": article.product,
            "currency": article.currency,
            "unit_amount": article.amount,
            "lookup_key": article.key,
            "transfer_lookup_key": True,
            "tax_behavior": self._tax,
        }
        with asking():
            await self._v1.prices.create_async(
                asked | ({"recurring": {"interval": "month"}} if article.monthly else {})  # type: ignore[arg-type]
            )

    async def drop_price(self, reference: str) -> None:
        """See payments.ports.Shelf."""
        with asking():
            await self._v1.prices.update_async(reference, {"active": False})

    async def drop_product(self, product: str) -> None:
        """See payments.ports.Shelf."""
        with asking():
            await self._v1.products.update_async(product, {"active": False})


@asynccontextmanager
async def open_shelf(settings: StripeSettings, shop: ShopSettings) -> AsyncIterator[StripeShelf]:
    """What is on sale, as long as the block runs."""
    async with client(settings) as opened:
        yield StripeShelf(opened, shop.tax)

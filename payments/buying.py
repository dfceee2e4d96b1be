"""Links to pay: a purchase's row first, then the provider's checkout for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlencode

from core.errors import AlreadySubscribed, NothingToManage, ShopAway, TooManyLinks
from core.money import NewPurchase, Purchase, SubscriptionState
from core.settings import WebSettings
from payments.catalogue import PLAN
from payments.counter import Counter
from payments.ports import CheckoutState, CheckoutStep, Order, Refused, Unknown
from payments.settling.checkouts import Checkouts
from payments.shop import Buyer, Link, Offer, Receipt

log = logging.getLogger(__name__)

MOST: Final = 5  # links of one person that are open
RECEIPTS: Final = 10  # that are shown with their pages
LEAST_MINUTES: Final = 31  # Stripe takes 30 to 1440, by its own clock
MOST_MINUTES: Final = 1_439
OPEN_PLANS: Final = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE, SubscriptionState.PAUSED})


class Buying:
    """Sells through one provider."""

    def __init__(self, counter: Counter, checkouts: Checkouts, web: WebSettings, link_minutes: int) -> None:
        self._counter = counter
        self._checkouts = checkouts
        self._web = web
        self._life = dt.timedelta(minutes=min(max(link_minutes, LEAST_MINUTES), MOST_MINUTES))
        self._busy: dict[int, tuple[asyncio.Lock, int]] = {}

    async def link(self, buyer: Buyer, offer: Offer) -> Link:
        """See payments.shop.Shop.checkout."""
        async with self._alone(buyer.person_id):
            now = self._counter.clock.now()
            waiting = [one for one in await self._counter.purchases.open_of(buyer.person_id) if one.reference]
            if offer.monthly:
                waiting = await self._without_plans(buyer.person_id, waiting)
            if sum(one.expires_at is None or one.expires_at > now for one in waiting) >= MOST:
                raise TooManyLinks
            new = NewPurchase(
                person_id=buyer.person_id,
                number=secrets.token_hex(16),
                rail=offer.rail,
                product=offer.product,
                credits=offer.credits,
                currency=offer.currency,
                amount=offer.amount,
                platform=buyer.platform,
                place=buyer.place,
                expires_at=now + self._life,
            )
            async with self._counter.transactions.transaction() as tx:
                row = await self._counter.purchases.add(tx, new, now)
            state = await self._asked(row, buyer, offer)
            async with self._counter.transactions.transaction() as tx:
                await self._counter.purchases.named(tx, row.id, state.reference, state.expires_at)
        return Link(state.url, state.expires_at)

    async def portal(self, buyer: Buyer) -> str:
        """See payments.shop.Shop."""
        customer = await self._counter.subscriptions.customer(buyer.person_id, self._counter.gateway.rail)
        if not customer:
            raise NothingToManage
        home = self._back("/cancelled", buyer, "") if self._web.public_url else buyer.home
        try:
            return await self._counter.gateway.portal(customer, buyer.locale, home)
        except Unknown:
            raise NothingToManage from None
        except Refused as refusal:
            await self._report(refusal)
            raise

    async def receipts(self, person_id: int) -> list[Receipt]:
        """See payments.shop.Shop."""
        rail = self._counter.gateway.rail
        paid = [one for one in await self._counter.purchases.of(person_id) if one.rail is rail]
        pages = await asyncio.gather(*(self._page(one) for one in paid[:RECEIPTS]))
        pages += [""] * (len(paid) - len(pages))
        return [_receipt(one, page) for one, page in zip(paid, pages, strict=True)]

    async def forget(self, person_id: int) -> None:
        """Let the provider forget a person: no link of theirs can be paid, no plan goes on, and no customer is left."""
        gateway, rail = self._counter.gateway, self._counter.gateway.rail
        for one in await self._counter.purchases.open_of(person_id):
            if one.rail is rail and one.reference:
                await self._checkouts.apply(await gateway.expire(one.reference))
        for plan in await self._counter.subscriptions.of(person_id):
            if plan.rail is rail:
                await gateway.cancel(plan.reference)
        if customer := await self._counter.subscriptions.customer(person_id, rail):
            await gateway.forget(customer)

    async def _asked(self, row: Purchase, buyer: Buyer, offer: Offer) -> CheckoutState:
        """The provider's checkout for a row. One that it refuses is closed, and operators are told."""
        try:
            customer = await self._customer(row, buyer)
            try:
                return await self._counter.gateway.checkout(self._order(row, buyer, offer, customer))
            except Unknown:  # The customer was deleted there.
                customer = await self._new_customer(row, buyer)
                return await self._counter.gateway.checkout(self._order(row, buyer, offer, customer))
        except Refused as refusal:
            async with self._counter.transactions.transaction() as tx:
                await self._counter.purchases.closed(tx, row.id, failed=True)
            await self._report(refusal)
            raise ShopAway from None

    async def _customer(self, row: Purchase, buyer: Buyer) -> str:
        known = await self._counter.subscriptions.customer(buyer.person_id, self._counter.gateway.rail)
        return known or await self._new_customer(row, buyer)

    async def _new_customer(self, row: Purchase, buyer: Buyer) -> str:
        made = await self._counter.gateway.customer(row.number, buyer.locale)
        async with self._counter.transactions.transaction() as tx:
            await self._counter.subscriptions.is_customer(tx, buyer.person_id, self._counter.gateway.rail, made)
        return made

    def _order(self, row: Purchase, buyer: Buyer, offer: Offer, customer: str) -> Order:
        return Order(
            number=row.number,
            article=self._counter.catalogue.article(offer),
            customer=customer,
            locale=buyer.locale,
            paid_url=self._back("/paid", buyer, row.number),
            cancelled_url=self._back("/cancelled", buyer, row.number),
            expires_at=row.expires_at or row.created_at + self._life,
        )

    def _back(self, path: str, buyer: Buyer, number: str) -> str:
        """Where the provider sends people back to: our own page, else their chat, else this machine's own server."""
        if not self._web.public_url and buyer.home:
            return buyer.home
        host = f"[{self._web.host}]" if ":" in self._web.host else self._web.host
        base = self._web.public_url or f"http://{host}:{self._web.port}"
        return (
            f"{base}{path}?{urlencode({'number': number, 'lang': buyer.locale} if number else {'lang': buyer.locale})}"
        )

    async def _without_plans(self, person_id: int, waiting: Sequence[Purchase]) -> list[Purchase]:
        """Close the links to plans that are open, so that nobody has two. Those to packs are left.

        Raises:
            AlreadySubscribed: there is a plan, or one has just been paid.
        """
        if any(plan.state in OPEN_PLANS for plan in await self._counter.subscriptions.of(person_id)):
            raise AlreadySubscribed
        for one in waiting:
            if one.product.startswith(PLAN) and one.rail is self._counter.gateway.rail:
                state = await self._counter.gateway.expire(one.reference)
                if state.step is CheckoutStep.PAID or state.settles_later:
                    await self._checkouts.apply(state)
                    raise AlreadySubscribed
                async with self._counter.transactions.transaction() as tx:
                    await self._counter.purchases.closed(tx, one.id, failed=False)
        return [one for one in waiting if not one.product.startswith(PLAN)]

    async def _page(self, one: Purchase) -> str:
        try:
            return await self._counter.gateway.receipt(one.payment, one.reference)
        except ShopAway:
            return ""

    async def _report(self, refusal: Refused) -> None:
        await self._counter.reports.add(
            "refused", f"Stripe refuses ({refusal}). Is the key right, and `shop sync` done?"
        )

    @asynccontextmanager
    async def _alone(self, person_id: int) -> AsyncIterator[None]:
        """One link of a person at a time, so that they become one customer."""
        lock, users = self._busy.get(person_id, (asyncio.Lock(), 0))
        self._busy[person_id] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            users = self._busy[person_id][1] - 1
            self._busy[person_id] = lock, users
            if not users:
                del self._busy[person_id]


def _receipt(one: Purchase, page: str) -> Receipt:
    at = one.paid_at or one.created_at
    return Receipt(at, one.product, one.credits, one.currency, one.amount, one.refunded, page)

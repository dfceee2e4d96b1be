"""The shop, open: payments.shop.Shop over the ledger and the providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import NotForSale, NothingToManage
from core.money import Balance, Rail, Subscription, SubscriptionState
from core.records import Contact
from payments.buying import Buying
from payments.catalogue import Catalogue
from payments.inviting import Giving
from payments.shop import Buyer, Link, Offer, Receipt
from payments.stores import Ledger, Subscriptions


class Till:
    """payments.shop.Shop."""

    is_open = True

    def __init__(
        self,
        catalogue: Catalogue,
        buying: Mapping[Rail, Buying],
        giving: Giving,
        ledger: Ledger,
        subscriptions: Subscriptions,
    ) -> None:
        self._catalogue = catalogue
        self._buying = buying
        self._giving = giving
        self._ledger = ledger
        self._subscriptions = subscriptions

    def price(self, style: str) -> int:
        """See payments.shop.Shop."""
        return self._catalogue.shop.prices.get(style, 1)

    def packs(self, buyer: Buyer) -> Sequence[Offer]:
        """See payments.shop.Shop."""
        return self._catalogue.offers(buyer, plans=False)

    def plans(self, buyer: Buyer) -> Sequence[Offer]:
        """See payments.shop.Shop."""
        return self._catalogue.offers(buyer, plans=True)

    async def balance(self, person_id: int) -> Balance:
        """See payments.shop.Shop."""
        return await self._ledger.balance(person_id)

    async def subscription(self, person_id: int) -> Subscription | None:
        """See payments.shop.Shop. One that waits for its first payment is none yet."""
        plans = await self._subscriptions.of(person_id)
        return next((plan for plan in plans if plan.state is not SubscriptionState.INCOMPLETE), None)

    async def priority(self, person_id: int) -> int:
        """See payments.shop.Shop."""
        names = [
            plan.plan for plan in await self._subscriptions.of(person_id) if plan.state is SubscriptionState.ACTIVE
        ]
        plans = [self._catalogue.plan(name) for name in names]
        return max((plan.priority for plan in plans if plan), default=0)

    async def checkout(self, buyer: Buyer, product: str, rail: Rail) -> Link:
        """See payments.shop.Shop."""
        offer = self._catalogue.offer(buyer, product, rail)
        if rail not in self._buying:
            raise NotForSale(product)
        return await self._buying[rail].link(buyer, offer)

    async def portal(self, buyer: Buyer) -> str:
        """See payments.shop.Shop."""
        for buying in self._buying.values():
            try:
                return await buying.portal(buyer)
            except NothingToManage:
                continue
        raise NothingToManage

    async def receipts(self, person_id: int) -> Sequence[Receipt]:
        """See payments.shop.Shop."""
        found = [receipt for buying in self._buying.values() for receipt in await buying.receipts(person_id)]
        return sorted(found, key=lambda receipt: receipt.at, reverse=True)

    async def redeem(self, person_id: int, code: str) -> int:
        """See payments.shop.Shop."""
        return await self._giving.redeem(person_id, code)

    async def welcome(self, person_id: int, contact: Contact) -> int:
        """See payments.shop.Shop."""
        return await self._giving.welcome(person_id, contact)

    async def invitation(self, person_id: int) -> str:
        """See payments.shop.Shop."""
        return await self._giving.invitation(person_id)

    async def invited(self, person_id: int, word: str) -> bool:
        """See payments.shop.Shop."""
        return await self._giving.invited(person_id, word)

    async def forget(self, person_id: int) -> None:
        """To be called before a person is erased: nothing of theirs is left at a provider, and nothing is charged.

        Raises:
            ShopAway: a provider can't be reached; to be called again.
        """
        for buying in self._buying.values():
            await buying.forget(person_id)

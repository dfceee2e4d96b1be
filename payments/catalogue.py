"""What is on sale, out of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import NotForSale
from core.money import Rail
from core.settings import PackSettings, PlanSettings, ShopSettings
from payments.ports import Article
from payments.shop import Buyer, Offer

PACK: Final = "pack:"
PLAN: Final = "plan:"
PREFIX: Final = "figurine-"  # of all that this service makes at a provider
STARS: Final = "xtr"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The settings' packs and plans, in the currency and on the rails that hold for a buyer."""

    shop: ShopSettings
    rails: frozenset[Rail]

    def offers(self, buyer: Buyer, plans: bool) -> list[Offer]:
        """What a buyer is offered, the smallest first; the rails in the settings' order."""
        goods: Sequence[PackSettings] = self.shop.plans if plans else self.shop.packs
        currency = self.currency(buyer.locale)
        found = (
            _offer(one, rail, currency)
            for one in sorted(goods, key=lambda one: one.credits)
            for rail in self._rails(buyer.platform)
        )
        return [offer for offer in found if offer is not None]

    def offer(self, buyer: Buyer, product: str, rail: Rail) -> Offer:
        """One of them.

        Raises:
            NotForSale: it is none of them.
        """
        for offer in self.offers(buyer, plans=product.startswith(PLAN)):
            if (offer.product, offer.rail) == (product, rail):
                return offer
        raise NotForSale(product)

    def currency(self, locale: str) -> str:
        """The currency of whoever speaks so: that of their country, if their language names one that is known."""
        parts = locale.replace("_", "-").split("-")[1:]
        countries = (self.shop.currencies.get(part.upper()) for part in parts if len(part) == 2)
        return next((currency for currency in countries if currency), self.shop.currency)

    def plan(self, name: str) -> PlanSettings | None:
        """The plan of that name."""
        return next((plan for plan in self.shop.plans if plan.id == name), None)

    def pays(self, total: int, net: int) -> bool:
        """Whether a total pays for an amount: it is that, or more where tax comes on top."""
        return total >= net if self.shop.tax == "exclusive" else total == net

    def articles(self) -> Iterator[Article]:
        """Everything in every currency, as Stripe shall have it."""
        for one in (*self.shop.packs, *self.shop.plans):
            for currency in sorted(one.prices):
                yield article(one, currency)

    def article(self, offer: Offer) -> Article:
        """What Stripe calls an offer."""
        name = offer.product.removeprefix(PACK).removeprefix(PLAN)
        goods: Sequence[PackSettings] = self.shop.plans if offer.monthly else self.shop.packs
        return article(next(one for one in goods if one.id == name), offer.currency)

    def _rails(self, platform: str) -> list[Rail]:
        chosen = {"telegram": self.shop.telegram, "discord": self.shop.discord}.get(platform, self.shop.console)
        return [Rail(name) for name in chosen if Rail(name) in self.rails]


def article(one: PackSettings, currency: str) -> Article:
    """A pack or a plan in one currency."""
    monthly = isinstance(one, PlanSettings)
    product = f"{PREFIX}{'plan' if monthly else 'pack'}-{one.id}"
    amount = one.prices[currency]
    name = f"{one.credits} figurine credits{' a month' if monthly else ''}"
    return Article(product, name, f"{product}-{currency}-{amount}", currency, amount, monthly)


def plan_of(product: str) -> str:
    """The plan that a provider's product is, by the name that this service gave it; empty if it is none."""
    start = f"{PREFIX}plan-"
    return product.removeprefix(start) if product.startswith(start) else ""


def _offer(one: PackSettings, rail: Rail, currency: str) -> Offer | None:
    plan = one if isinstance(one, PlanSettings) else None
    product = f"{PLAN if plan else PACK}{one.id}"
    priority = plan.priority if plan else 0
    if rail is Rail.STARS:
        amount, currency = one.stars, STARS
    elif rail is Rail.DISCORD and not one.discord_sku:
        amount = 0
    else:
        amount = one.prices.get(currency, 0)
    return Offer(product, one.credits, currency, amount, rail, plan is not None, priority) if amount else None

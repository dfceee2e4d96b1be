"""The settings of the shop: what is sold for how much, who takes the money on which platform, and Stripe's keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from core.settings_base import ApiAddress, Section, together
from core.settings_house import style_names

Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ProductName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")]
Prices = Annotated[dict[Currency, Annotated[int, Field(ge=1, le=99_999_999)]], Field(min_length=1)]
RailName = Literal["stripe", "stars", "discord"]


class PackSettings(Section):
    """Credits that are bought once. Prices are in the currency's smallest unit, by its three letters in small."""

    id: ProductName
    credits: int = Field(ge=1, le=100_000)
    prices: Prices
    stars: int = Field(default=0, ge=0, le=10_000)
    discord_sku: str = Field(default="", pattern=r"^\d{0,20}$")


class PlanSettings(PackSettings):
    """Credits that come each month. Who has the plan goes before others in the queue where `priority` is 1."""

    priority: int = Field(default=1, ge=0, le=1)


PACKS = (
    PackSettings(id="small", credits=5, prices={"eur": 200, "usd": 200, "gbp": 200}, stars=100),
    PackSettings(id="large", credits=20, prices={"eur": 600, "usd": 600, "gbp": 500}, stars=300),
)
PLANS = (PlanSettings(id="monthly", credits=40, prices={"eur": 900, "usd": 900, "gbp": 800}, stars=450),)


class ShopSettings(Section):
    """What credits cost, what figurines cost in credits, and who takes the money on which platform."""

    telegram: tuple[RailName, ...] = ("stripe",)
    discord: tuple[RailName, ...] = ("stripe",)
    console: tuple[RailName, ...] = ("stripe",)
    currency: Currency = "eur"
    currencies: dict[Country, Currency] = Field(default_factory=lambda: {"US": "usd", "GB": "gbp"})
    tax: Literal["none", "inclusive", "exclusive"] = "none"
    starter_credits: int = Field(default=3, ge=0, le=100)
    invitation_credits: int = Field(default=1, ge=0, le=100)
    invitations_per_month: int = Field(default=5, ge=0, le=1_000)
    link_minutes: int = Field(default=60, ge=30, le=1_440)
    prices: dict[str, Annotated[int, Field(ge=1, le=1_000)]] = Field(default_factory=dict)
    packs: tuple[PackSettings, ...] = PACKS
    plans: tuple[PlanSettings, ...] = PLANS

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """See that what is sold, what it costs and who takes the money fit each other."""
        for mistake in (*self._rails(), *self._products(), *self._styles()):
            raise together(mistake)
        return self

    def _rails(self) -> Iterator[str]:
        for platform in ("telegram", "discord", "console"):
            rails: tuple[RailName, ...] = getattr(self, platform)
            if len(set(rails)) < len(rails):
                yield f"[shop] {platform} names the same rail twice. Each may stand there once."
            for rail, home in (("stars", "telegram"), ("discord", "discord")):
                if rail in rails and platform != home:
                    yield f'[shop] {platform} names "{rail}", which is on {home.capitalize()} only. Take it out there.'
        sold = (*self.packs, *self.plans)
        if "stars" in self.telegram and not any(product.stars for product in sold):
            yield '[shop] telegram names "stars", but no pack or plan has stars above 0. Give one a price in them.'
        if "discord" in self.discord and not any(product.discord_sku for product in sold):
            yield '[shop] discord names "discord", but no pack or plan has a discord_sku. Give one its number.'

    def _products(self) -> Iterator[str]:
        currencies = sorted({self.currency, *self.currencies.values()})
        kinds: tuple[tuple[str, tuple[PackSettings, ...]], ...] = (("packs", self.packs), ("plans", self.plans))
        for kind, products in kinds:
            for product in products:
                if sum(product.id == other.id for other in products) > 1:
                    yield f'[[shop.{kind}]]: the id "{product.id}" is there twice. Each needs one of its own.'
                for currency in currencies:
                    if currency not in product.prices:
                        yield f'[[shop.{kind}]] "{product.id}" has no price in {currency}, which [shop] names. Add one.'

    def _styles(self) -> Iterator[str]:
        known = style_names()
        for style in self.prices:
            if style not in known:
                yield f'[shop.prices] names the style "{style}", which is not there. Known are {", ".join(known)}.'


class StripeSettings(Section):
    """Stripe. Without a key it is off. Several webhook secrets, with commas between, hold while one is replaced."""

    key: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    api_base: ApiAddress = "https://api.stripe.com"

    @property
    def is_on(self) -> bool:
        """Whether there is a key."""
        return bool(self.key.get_secret_value())

    @property
    def is_live(self) -> bool:
        """Whether the key moves real money."""
        return "_live_" in self.key.get_secret_value()[:8]

    @field_validator("key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"(sk|rk)_(test|live)_\w{8,250}", value.get_secret_value()):
            raise PydanticCustomError(
                "key", "empty, or a secret or restricted key of Stripe's: sk_test_..., rk_live_..."
            )
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        secrets = [secret.strip() for secret in value.get_secret_value().split(",") if secret.strip()]
        if not all(re.fullmatch(r"whsec_\w{8,250}", secret) for secret in secrets):
            raise PydanticCustomError("secret", "empty, or what Stripe shows for the webhook: whsec_...")
        return value

"""What `check` says of the shop: who takes the money where, in which mode, and what each platform's terms ask."""

from __future__ import annotations

from typing import Final

from bots.app import Parts
from bots.cli.finding import Finding
from core.settings import RailName, Settings

NAMES: Final[dict[RailName, str]] = {"stripe": "Stripe", "stars": "Telegram Stars", "discord": "Discord's Premium Apps"}
ON_TELEGRAM: Final = (
    "Telegram's terms let a bot sell digital goods for Stars only, and keep other ways to pay for physical goods and "
    "services. A printed figurine is one, a file is not: docs/payments.md"
)
ON_DISCORD: Final = (
    "Discord asks an app of a verified team in the US, EU or UK that sells something to offer it as Premium App too, "
    "no dearer than elsewhere: docs/payments.md"
)


async def stripe(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    """Whether it is on, and whether real money moves."""
    if not settings.stripe.is_on:
        return Finding(None, "off: FIGURINE_STRIPE__KEY is not set (docs/payments.md says where it comes from)")
    mode = "LIVE mode, real money moves" if settings.stripe.is_live else "test mode, no real money moves"
    if warning := without_webhook(settings):
        return Finding(None, f"{mode}. {warning}")
    where = f"{settings.web.public_url}/stripe/webhook" if settings.web.public_url else "/stripe/webhook"
    return Finding(True, f"{mode}; what happens there comes to {where}")


async def telegram(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    """The rails on Telegram."""
    if not settings.telegram.token.get_secret_value():
        return Finding(None, "nothing, since Telegram is off")
    return _sold(settings, "telegram", "stars", ON_TELEGRAM)


async def discord(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    """The rails on Discord."""
    if not settings.discord.token.get_secret_value():
        return Finding(None, "nothing, since Discord is off")
    return _sold(settings, "discord", "discord", ON_DISCORD)


def without_webhook(settings: Settings) -> str:
    """What it means that nothing is taken from Stripe; empty where that is not so."""
    if not settings.stripe.is_on or settings.stripe.webhook_secret.get_secret_value():
        return ""
    return (
        "FIGURINE_STRIPE__WEBHOOK_SECRET is not set, so payments are found by asking Stripe, within 10 minutes "
        "instead of seconds"
    )


def _sold(settings: Settings, platform: str, own: RailName, asked: str) -> Finding:
    """What is sold there, and whether that is what the platform's terms ask."""
    chosen: tuple[RailName, ...] = getattr(settings.shop, platform)
    works = settings.rails[platform]
    sold = f"by {' and '.join(NAMES[rail] for rail in works)}" if works else "nothing"
    if own in chosen:
        return Finding(False, f'{sold}. [shop] {platform} names "{own}", and {NAMES[own]} can\'t be taken yet. {asked}')
    if not works:
        return Finding(None, f"{sold}; figurines are free, or paid for with credits from elsewhere")
    return Finding(None, f"{sold}. {asked}")

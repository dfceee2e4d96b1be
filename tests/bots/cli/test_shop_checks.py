"""`check` tells who takes the money where, in which mode, and what each platform's terms ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.app import Parts
from bots.cli import shop_checks
from core.settings import Settings

TOKENS = {"telegram": {"token": "123456789:AAaaaaaaaa"}, "discord": {"token": "abcdefgh"}}
TEST, LIVE = {"key": "sk_test_12345678"}, {"key": "rk_live_12345678"}
OWN_RAILS = {
    "telegram": ["stars"],
    "discord": ["discord", "stripe"],
    "packs": [{"id": "s", "credits": 5, "prices": {"eur": 200}, "stars": 100, "discord_sku": "1234"}],
    "plans": [],
    "currencies": {},
}


def settings_with(folder: Path, **sections: Any) -> Settings:
    return Settings(data={"dir": folder}, **sections)


@pytest.mark.parametrize(
    ("sections", "fine", "says"),
    [
        ({}, None, "off: FIGURINE_STRIPE__KEY is not set"),
        ({"stripe": TEST}, None, "test mode, no real money moves. FIGURINE_STRIPE__WEBHOOK_SECRET is not set"),
        ({"stripe": {**TEST, "webhook_secret": "whsec_12345678"}}, True, "comes to /stripe/webhook"),
        (
            {
                "stripe": {**LIVE, "webhook_secret": "whsec_12345678,whsec_87654321"},
                "web": {"public_url": "https://figurines.example.org/"},
            },
            True,
            "LIVE mode, real money moves; what happens there comes to https://figurines.example.org/stripe/webhook",
        ),
    ],
)
async def test_stripe_is_told_with_its_mode_and_never_with_its_key(
    tmp_path: Path, sections: Any, fine: bool | None, says: str
) -> None:
    found = await shop_checks.stripe(settings_with(tmp_path, **sections), Parts())
    assert found.fine is fine
    assert says in found.sentence
    assert "12345678" not in found.sentence


@pytest.mark.parametrize(
    ("sections", "on_telegram", "on_discord"),
    [
        ({"stripe": TEST}, (None, "Telegram is off"), (None, "Discord is off")),
        (TOKENS, (None, "nothing"), (None, "nothing")),
        ({**TOKENS, "stripe": TEST}, (None, "by Stripe. Telegram's terms"), (None, "by Stripe. Discord asks an app")),
        (
            {**TOKENS, "stripe": TEST, "shop": OWN_RAILS},
            (False, 'nothing. [shop] telegram names "stars", and Telegram Stars can\'t be taken yet'),
            (False, "by Stripe. [shop] discord names \"discord\", and Discord's Premium Apps can't be taken yet"),
        ),
        (
            {**TOKENS, "stripe": TEST, "shop": {**OWN_RAILS, "telegram": ["stripe"], "discord": []}},
            (None, "by Stripe. Telegram's terms"),
            (None, "nothing; "),
        ),
    ],
)
async def test_each_platforms_rails_are_told_with_what_its_terms_ask(
    tmp_path: Path, sections: Any, on_telegram: tuple[bool | None, str], on_discord: tuple[bool | None, str]
) -> None:
    settings = settings_with(tmp_path, **sections)
    for check, (fine, says) in ((shop_checks.telegram, on_telegram), (shop_checks.discord, on_discord)):
        found = await check(settings, Parts())
        assert found.fine is fine
        assert says in found.sentence
        assert ("docs/payments.md" in found.sentence) == (fine is False or says.startswith("by "))

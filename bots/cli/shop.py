"""`shop`: what is on sale is put to Stripe, codes are made, and the books are compared."""

from __future__ import annotations

import datetime as dt
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bots.app import Parts, build_counter
from bots.cli.running import run_to_end
from bots.cli.usage import UsageError
from core.errors import SettingsError, ShopAway
from core.money import Rail
from core.settings import Settings, load_settings
from payments.catalogue import Catalogue
from payments.inviting import plain
from payments.ports import Refused
from payments.stripe_gateway.shelf import open_shelf
from payments.sync import Change, synchronise

SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
GROUPS, LENGTH = 4, 4  # 79 bits
Result = TypeVar("Result")


def sync(dry_run: bool) -> None:
    """Bring Stripe's list of what is on sale in line with the settings, and say what changed.

    Raises:
        UsageError: there is no key.
        SettingsError: Stripe can't be reached, or refuses.
    """
    settings = _with_key()
    changes = run_to_end(_asking(lambda: _synchronise(settings, dry_run)))
    mode = "live mode" if settings.stripe.is_live else "test mode"
    for change in changes:
        sys.stdout.write(f"{'would be: ' if dry_run else ''}{change.what} {change.name}\n")
    if not changes:
        sys.stdout.write(f"Nothing to do: what Stripe has on sale ({mode}) is what the settings say.\n")
    elif dry_run:
        sys.stdout.write(f"{_count(len(changes))} in {mode}. Without --dry-run they are made.\n")
    else:
        sys.stdout.write(f"{_count(len(changes))} made in {mode}.\n")


def codes(credits_: int, uses: int, days: int, parts: Parts | None) -> None:
    """Print a new code, which is told this once and kept as a hash alone.

    Raises:
        SettingsError, KeysMissing, DiskFull: the data folder can't be used.
    """
    settings: Settings = load_settings()
    code = "-".join("".join(secrets.choice(SIGNS) for _ in range(LENGTH)) for _ in range(GROUPS))
    chosen = parts or Parts()
    until = chosen.clock().now() + dt.timedelta(days=days)
    run_to_end(_issue(settings, chosen, code, credits_, uses, until))
    people = "one person" if uses == 1 else f"{uses} people, once each"
    sys.stdout.write(f"{code}\n")
    told = f"Worth {credits_} {'credit' if credits_ == 1 else 'credits'} to {people}, until {until:%Y-%m-%d %H:%M} UTC."
    sys.stderr.write(f"{told} They type: /redeem {code}. It can't be shown again.\n")
    if not settings.sells:
        sys.stderr.write("The shop is closed (no rail works), so until it opens nobody can redeem it.\n")


def report(days: int, parts: Parts | None) -> bool:
    """Compare ledger, rows and Stripe, for what was paid in the last days; whether all is well.

    Raises:
        UsageError: there is no key.
        SettingsError: Stripe can't be reached, or refuses; or the data folder can't be used.
    """
    settings = _with_key()
    lines = run_to_end(_asking(lambda: _compare(settings, parts or Parts(), days)))
    for line in lines:
        sys.stdout.write(f"✗ {line}\n")
    period = "since yesterday" if days == 1 else f"in the last {days} days"
    if not lines:
        sys.stdout.write(f"✓ Ledger, rows and Stripe agree about everything that was paid {period}.\n")
    return not lines


def _with_key() -> Settings:
    settings: Settings = load_settings()
    if not settings.stripe.is_on:
        raise UsageError("FIGURINE_STRIPE__KEY is not set. docs/payments.md says where it comes from.")
    return settings


async def _asking(work: Callable[[], Awaitable[Result]]) -> Result:
    """The work's result; what Stripe says against it is told to the operator."""
    try:
        return await work()
    except Refused as refusal:
        raise SettingsError(
            f"Stripe refuses ({refusal}). Is FIGURINE_STRIPE__KEY right, with the permissions of docs/payments.md?"
        ) from None
    except ShopAway as away:
        raise SettingsError(f"Stripe can't be reached ({away}). Nothing is broken; try again.") from None


async def _synchronise(settings: Settings, dry_run: bool) -> list[Change]:
    articles = Catalogue(settings.shop, frozenset({Rail.STRIPE})).articles()
    async with open_shelf(settings.stripe, settings.shop) as shelf:
        return await synchronise(shelf, articles, settings.shop.tax, dry_run)


async def _issue(settings: Settings, parts: Parts, code: str, worth: int, uses: int, until: dt.datetime) -> None:
    async with build_counter(settings, parts, parts.clock()) as (storage, _):
        await storage.codes.issue(plain(code), worth, uses, until)


async def _compare(settings: Settings, parts: Parts, days: int) -> list[str]:
    clock = parts.clock()
    async with build_counter(settings, parts, clock) as (_, shop):
        return await shop.compare(clock.now() - dt.timedelta(days=days))


def _count(changes: int) -> str:
    return "1 change" if changes == 1 else f"{changes} changes"

"""The shop, put together: open if somebody can take money, and free otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from core.bells import Bells
from core.money import PurchaseState
from core.ports import Clock
from core.retention.schedule import Task
from core.settings import Settings
from core.stores import Credits
from payments.buying import Buying
from payments.catalogue import Catalogue
from payments.comparing import Comparison
from payments.counter import Counter, Resume
from payments.credits import LedgerCredits
from payments.events import Events
from payments.free import FreeShop
from payments.inviting import Giving
from payments.ports import Gateway
from payments.reconcile import Reconciling
from payments.reports import Reports
from payments.rewarding import RewardingCredits
from payments.shop import Shop
from payments.till import Till
from payments.webhook import PATH, Webhook
from storage.opened import Storage

REWARDED: Final = dt.timedelta(minutes=1)
WORKERS: Final = 4  # events that are handled at once

Hook = Callable[[Callable[[], Awaitable[bytes]], Mapping[str, str]], Awaitable[int]]
Service = Callable[[], Awaitable[None]]


async def _nothing(_: int) -> None:
    return None


async def _no_lines(_: dt.datetime) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class OpenShop:
    """The shop and what belongs to it.

    `services` are to be supervised, and `tasks` to be put into the schedule: without them, what the provider does not
    tell by itself is never found. `reports` grows by lines for operators, which are alerts as well. `compare` is the
    three-way check of all that was paid since a moment. `forget` is to be called before a person is erased; it raises
    ShopAway where that has to wait. `look` says how far the purchase of a number is, and where it was asked for.
    """

    shop: Shop
    credits: Credits
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    services: list[tuple[str, Service]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    compare: Callable[[dt.datetime], Awaitable[list[str]]] = _no_lines
    forget: Callable[[int], Awaitable[None]] = _nothing
    look: Callable[[str], Awaitable[tuple[PurchaseState, str] | None]] | None = None


@asynccontextmanager
async def open_shop(
    settings: Settings, storage: Storage, clock: Clock, bells: Bells, resume: Resume
) -> AsyncIterator[OpenShop]:
    """The shop, as long as the block runs. `resume` goes on with a person's orders that waited for credits.

    Nothing is asked of a provider yet.
    """
    if not settings.stripe.key.get_secret_value():
        yield OpenShop(FreeShop(), LedgerCredits(storage.ledger, clock, counting=False))
        return
    from payments.stripe_gateway.gateway import open_stripe  # Who sells nothing need not wait until it is loaded.

    async with open_stripe(settings.stripe, settings.shop) as gateway:
        yield assemble(settings, storage, clock, bells, resume, gateway)


def assemble(
    settings: Settings, storage: Storage, clock: Clock, bells: Bells, resume: Resume, gateway: Gateway
) -> OpenShop:
    """The open shop's parts over one provider."""
    reports = Reports(storage.watch)
    catalogue = Catalogue(settings.shop, frozenset({gateway.rail}))
    counter = Counter(
        gateway=gateway,
        transactions=storage.database,
        ledger=storage.ledger,
        purchases=storage.purchases,
        subscriptions=storage.subscriptions,
        outbox=storage.outbox,
        catalogue=catalogue,
        clock=clock,
        bells=bells,
        reports=reports,
        resume=resume,
    )
    giving = Giving(
        settings=settings.shop,
        transactions=storage.database,
        ledger=storage.ledger,
        codes=storage.codes,
        links=storage.links,
        outbox=storage.outbox,
        clock=clock,
        bells=bells,
        resume=resume,
    )
    events = Events(counter, storage.provider_events)
    buying = {gateway.rail: Buying(counter, events.checkouts, settings.web, settings.shop.link_minutes)}
    till = Till(catalogue, buying, giving, storage.ledger, storage.subscriptions)
    comparison = Comparison(counter, events.payments)
    reconciling = Reconciling(counter, events, storage.provider_events, storage.memos, comparison)
    return OpenShop(
        shop=till,
        credits=RewardingCredits(LedgerCredits(storage.ledger, clock), giving),
        hooks={PATH: Webhook(gateway, storage.provider_events, clock, bells, reports)},
        services=[(f"{gateway.rail} events {number}", events.work) for number in range(WORKERS)],
        tasks=[*reconciling.tasks(), Task("rewarded", REWARDED, giving.go_on_with_rewarded)],
        reports=reports.lines,
        compare=comparison.lines,
        forget=till.forget,
        look=storage.purchases.standing,
    )

"""Somebody of whom every table holds something."""

from __future__ import annotations

import dataclasses
import datetime as dt

from core.model import FigurineFile, FileKind
from core.money import Book, NewPurchase, Rail, Reason, SubscriptionState
from core.records import Consent, Contact, JobStatus, NewParcel, Notice, Preferences, Scope
from storage.sql import Tx
from tests.databases import FIGURINE, NOON, House

WITH_FILE = dataclasses.replace(FIGURINE, files=(FigurineFile(FileKind.STL, "figurine.stl", b"solid"),))


async def somebody(house: House, name: str, platform: str = "console") -> int:
    return (await house.storage.people.find(Contact(platform, name))).id


async def lived(house: House, name: str, platform: str = "console") -> int:
    """Somebody with a figurine, a photo, an upload, and words of theirs everywhere."""
    person = await somebody(house, name, platform)
    await house.storage.people.agree(person, Consent("1", NOON))
    await house.queued(person, origin=f"message of {name}", platform=platform)
    claimed = await house.claim()
    assert claimed
    files = await house.storage.pieces.store(claimed.job, WITH_FILE, NOON)
    await house.finish(claimed.job, files)
    await house.move(claimed.job.id, JobStatus.DELIVERED)
    await house.storage.uploads.keep(person, b"as it came")
    number, _ = await house.storage.inbox.receive(person, Scope(platform), f"key of {name}", b"words", NOON)
    await house.storage.posts.keep(person, platform, f"order:{claimed.job.id}", b"where", NOON)
    await house.storage.links.issue(person, name, NOON + dt.timedelta(minutes=10))
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, number, NOON)
        parcel = NewParcel(person, Notice.REPLY, f"to {name}", None, b"words", platform)
        await house.storage.outbox.add(tx, parcel, NOON)
        await house.storage.sessions.save(tx, person, b"half-said", NOON)
        await house.storage.people.prefer(tx, person, Preferences(style=name))
    await shopped(house, person, name, platform)
    return person


async def shopped(house: House, person: int, name: str, platform: str) -> None:
    """They were welcomed, bought something, have asked for more, have a plan and have used a code."""
    storage = house.storage
    await storage.codes.invitation(person)
    await storage.codes.issue("everybody", 2, 1_000, NOON + dt.timedelta(days=1))
    await storage.codes.issue(f"for {name}", 2, 1, NOON + dt.timedelta(days=1))
    async with house.database.transaction() as tx:
        await give(house, tx, person, Reason.WELCOME, f"welcome:{person}", 3)
        await storage.codes.welcomed(tx, Contact(platform, name), NOON)
        for code in ("everybody", f"for {name}"):
            assert await storage.codes.redeem(tx, person, code, NOON)
        for state in ("paid", "open"):
            new = NewPurchase(
                *(person, f"{state} by {name}", Rail.STRIPE, "pack:small", 5, "eur", 200),
                *(platform, f"place of {name}", f"cs_{state}_{name}"),
            )
            purchase = await storage.purchases.add(tx, new, NOON)
            if state == "paid":
                await storage.purchases.paid(tx, purchase.id, f"pi_{name}", NOON)
                await give(house, tx, person, Reason.PURCHASE, f"purchase:{purchase.id}:grant", 5)
        await storage.subscriptions.is_customer(tx, person, Rail.STRIPE, f"cus_{name}")
        await storage.subscriptions.put(
            *(tx, person, Rail.STRIPE, f"sub_{name}", "monthly", SubscriptionState.ACTIVE, NOON, False, platform, NOON)
        )


async def give(house: House, tx: Tx, person: int, reason: Reason, cause: str, amount: int) -> None:
    book = Book.SALES if reason is Reason.PURCHASE else Book.PROMOTION
    assert await house.storage.ledger.move(tx, person, reason, cause, book, Book.AVAILABLE, amount, NOON)


async def shop_of(house: House, person: int) -> dict[str, object]:
    """What an account has in the shop."""
    storage = house.storage
    waiting = await storage.purchases.open(Rail.STRIPE, NOON + dt.timedelta(days=1), 100)
    return {
        "balance": await storage.ledger.balance(person),
        "entries": await storage.ledger.entries(person),
        "paid": await storage.purchases.of(person),
        "places": [purchase.place for purchase in waiting if purchase.person_id == person],
        "plans": [plan.reference for plan in await storage.subscriptions.of(person)],
        "customer": await storage.subscriptions.customer(person, Rail.STRIPE),
        "word": await storage.codes.invitation(person),
        "codes": await house.rows("SELECT code_id FROM code_use WHERE person_id = $1 ORDER BY code_id", person),
        "guests": await house.rows("SELECT person_id, rewarded_at FROM guest WHERE inviter_id = $1", person),
    }


async def linked(house: House, name: str, *platforms: str) -> int:
    """Somebody who has lived on several platforms, which are one account."""
    first, *others = [await lived(house, f"{name} on {platform}", platform) for platform in platforms]
    for other in others:
        await house.storage.links.merge(first, other, house.clock.now())
    await house.storage.links.issue(first, name, NOON + dt.timedelta(minutes=10))  # A merge uses up the others.
    return first

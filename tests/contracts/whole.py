"""Somebody of whom every table holds something."""

from __future__ import annotations

import dataclasses
import datetime as dt

from core.model import FigurineFile, FileKind
from core.records import Consent, Contact, JobStatus, NewParcel, Notice, Preferences, Scope
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
    return person


async def linked(house: House, name: str, *platforms: str) -> int:
    """Somebody who has lived on several platforms, which are one account."""
    first, *others = [await lived(house, f"{name} on {platform}", platform) for platform in platforms]
    for other in others:
        await house.storage.links.merge(first, other, house.clock.now())
    return first

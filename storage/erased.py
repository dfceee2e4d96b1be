"""Rows of what has no key any more: after a crash in the middle of an erasure, or a restore."""

from __future__ import annotations

import datetime as dt

from storage.opened import Storage


async def erase_again(storage: Storage, now: dt.datetime, dry: bool = False) -> int:
    """Take their rows away; how many people there were. A new person's key is there before the row is."""
    async with storage.database.transaction() as tx:
        rows = await tx.query("SELECT id, owner FROM person WHERE owner <> ''")
    known = {owner async for page in storage.vault.owners() for owner in page}
    lost = [row["id"] for row in rows if row["owner"] not in known]
    for person in [] if dry else lost:
        await storage.people.erase(person, now)
    return len(lost)


async def mark_keyless(storage: Storage, now: dt.datetime) -> int:
    """Say of files whose key is destroyed that they are gone; how many. A new file's key is there before its row is."""
    async with storage.database.transaction() as tx:
        rows = await tx.query("SELECT name FROM blob WHERE due_at IS NOT NULL")
    keyed = {entry.name async for page in storage.vault.keyed() for entry in page}
    lost = [row["name"] for row in rows if row["name"] not in keyed]
    if lost:
        async with storage.database.transaction() as tx:
            condition, listed = tx.among("name", 2, lost)
            await tx.query(f"UPDATE blob SET due_at = NULL, gone_at = $1 WHERE {condition}", now, listed)
    return len(lost)

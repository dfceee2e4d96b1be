"""The audit finds what can't be in the books; and a backup that is put back leaves no purse of somebody who is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.money import Balance, Book, Reason
from core.records import JobStatus
from payments.credits import LedgerCredits
from storage.audit.audit import audit
from storage.audit.findings import Area, Finding
from storage.backup.making import back_up
from storage.backup.restoring import restore
from tests.contracts.whole import lived
from tests.databases import NOON, House, open_house

LATER = NOON + dt.timedelta(hours=1)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ada has lived and shopped, one order of hers is under way, and one has ended."""
    async with open_house(tmp_path / "data") as opened:
        ada = await lived(opened, "ada")
        paying = LedgerCredits(opened.storage.ledger, opened.clock)
        async with opened.database.transaction() as tx:
            await tx.query("DELETE FROM purchase WHERE state = 'open'")
        opened.credits = paying  # type: ignore[assignment] -- it counts
        await opened.queued(ada)
        claimed = await opened.claim()
        assert claimed
        await opened.finish(claimed.job)
        await opened.move(claimed.job.id, JobStatus.DELIVERED)
        await opened.queued(ada)
        yield opened


async def told(house: House, at: dt.datetime = NOON) -> list[str]:
    return [finding.what for finding in await found(house, at)]


async def found(house: House, at: dt.datetime = NOON) -> list[Finding]:
    return [finding for finding in await audit(house.settings, at) if finding.area is Area.CREDITS]


async def test_books_in_order_have_no_findings(house: House):
    assert await house.storage.ledger.balance(1) == Balance(6, 1)
    assert await told(house) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE purse SET available = available + 1", "purse 1: 7 available and 1 reserved, but 6 and 1"),
        ("DELETE FROM hold WHERE state = 'reserved'", "1 people whose reserved credits are not those of their orders"),
        ("UPDATE hold SET amount = 2 WHERE state = 'reserved'", "1 people whose reserved credits are not those"),
        ("UPDATE hold SET state = 'released'", "2 orders that ended and whose credits were neither spent nor given"),
        ("UPDATE purse SET closed_at = '2026-05-01 12:00:00+00:00'", "1 purses that are closed and not empty"),
        ("UPDATE purse SET person_id = NULL", "1 purses that are closed and not empty"),
        ("UPDATE purchase SET id = 77", "1 payments that were made and whose credits were not given"),
        ("UPDATE purchase SET state = 'open', paid_at = NULL", "1 payments whose credits were given and that nobody"),
        ("UPDATE purchase SET person_id = NULL", "1 payments that are over, or of somebody who is erased"),
        ("UPDATE purchase SET payload = randomblob(90)", "1 payments that are over, or of somebody who is erased"),
    ],
)
async def test_what_can_not_be_in_the_books_is_found(house: House, statement: str, words: str):
    await house.rows(statement)
    assert any(what.startswith(words) for what in await told(house)), await told(house)


async def test_payments_and_codes_past_their_time_are_found(house: House):
    far = NOON.replace(year=NOON.year + 11)
    await house.rows("UPDATE purchase SET state = 'expired', paid_at = NULL")
    late = {finding.what for finding in await audit(house.settings, far) if finding.area is Area.OVERDUE}
    assert {"1 purchase rows, past their time", "2 code rows, past their time"} <= late


async def test_a_backup_that_is_put_back_says_until_when_its_books_go_and_brings_no_purse_of_the_erased(tmp_path: Path):
    place, data = tmp_path / "backups", tmp_path / "data"
    async with open_house(data) as house:
        ada, bob = await lived(house, "ada"), await lived(house, "bob", "telegram")
        await back_up(house.storage, place, NOON)
        house.clock.moment = LATER
        async with house.database.transaction() as tx:
            books = (Book.AVAILABLE, Book.REVENUE)
            assert await house.storage.ledger.move(tx, bob, Reason.CAPTURE, "spent", *books, 8, LATER)
        await house.storage.people.erase(ada, LATER)
        settings = house.settings
    await restore(settings, place, None, True, LATER)
    async with open_house(data) as house:
        assert await house.storage.ledger.balance(bob) == Balance(8, 0)
        assert (await house.storage.ledger.totals())[Book.CLOSED] == 8
        assert await house.storage.ledger.contradictions() == []
        assert not await house.count("purchase", "person_id IS NULL AND (payload IS NOT NULL OR platform <> '')")
        assert await house.count("purse", "person_id IS NULL AND available = 0 AND closed_at IS NOT NULL") == 1
        words = "the books are those of a backup: credits spent since 2026-05-01 12:00 UTC are there again"
        for at in (LATER, LATER + dt.timedelta(days=7)):
            assert [what.startswith(words) for what in await told(house, at)] == [True]
        assert await told(house, LATER + dt.timedelta(days=8)) == []


async def test_a_backup_without_books_is_put_back_without_a_word_about_them(tmp_path: Path):
    place, data = tmp_path / "backups", tmp_path / "data"
    async with open_house(data) as house:
        await house.person("ada")
        await back_up(house.storage, place, NOON)
        settings = house.settings
    await restore(settings, place, None, True, LATER)
    async with open_house(data) as house:
        assert await told(house, LATER) == []

"""What every database promises of accounts that are linked: everything goes along, once, or nothing does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.errors import Gone, LinkBusy, LinkTaken, LinkTries, LinkUsed, LinkWrong
from core.intake.linking import NOTED, TRIES, Linking
from core.records import Consent, Contact, JobStatus, NewParcel, Notice, Preferences, Scope, Wanted
from storage.belongings import MOVED, OTHERWISE, RESEALED
from storage.sql import Tx
from tests.contracts.whole import linked, lived, shop_of, somebody
from tests.databases import CONSOLE, NOON, House, MovingClock

TELEGRAM = Scope("telegram")
TIMES = (
    "SELECT 'blob', name, due_at FROM blob UNION ALL SELECT 'job', id || '', due_at FROM job"
    " UNION ALL SELECT 'kept', id || '', kept_until FROM job UNION ALL SELECT 'outbox', origin, due_at FROM outbox"
    " UNION ALL SELECT 'post', post_key, due_at FROM post UNION ALL SELECT 'inbox', update_key, due_at FROM inbox"
)


async def readable(house: House, person: int) -> dict[str, object]:
    """All that can be read of an account, by whoever has its number."""
    storage = house.storage
    pieces = await storage.pieces.all_of(person)
    blobs = await house.rows("SELECT name, kind FROM blob WHERE person_id = $1 AND kind = 'upload'", person)
    photos = [await storage.photos.load(photo.id) for photo in await storage.photos.held(person)]
    posts = [await storage.posts.find(person, p.job.platform, f"order:{p.job.id}") for p in pieces]
    known = await storage.people.known(person)
    assert known
    return {
        "files": [await storage.pieces.read(person, file) for piece in pieces for file in piece.files],
        "names": [piece.wanted.engraving for piece in pieces],
        "photos": len(photos),
        "uploads": [await storage.uploads.load(person, blob["name"]) for blob in blobs],
        "posts": posts,
        "talk": await storage.sessions.load(person),
        "consent": known.consent,
        "preferences": known.preferences,
        "contacts": [await storage.people.contact(person, name) for name in await storage.people.platforms(person)],
        **await shop_of(house, person),
    }


async def test_two_accounts_become_one_with_everything_and_no_time_changes(house: House):
    ada, other = await lived(house, "ada"), await lived(house, "ada there", "telegram")
    times = sorted(map(str, await house.rows(TIMES)))
    before = await readable(house, ada)
    await house.storage.links.merge(ada, other, NOON)
    after = await readable(house, ada)
    assert sorted(map(str, await house.rows(TIMES))) == times
    for what in ("files", "names", "uploads", "posts"):
        assert after[what] == before[what] * 2, what  # type: ignore[operator]
    assert after["photos"] == 2
    assert after["preferences"] == before["preferences"] == Preferences(style="ada")
    assert after["talk"] == b"half-said"
    assert after["contacts"] == [Contact("console", "ada"), Contact("telegram", "ada there")]
    for platform, name in (("console", "ada"), ("telegram", "ada there")):
        assert (await house.storage.people.find(Contact(platform, name))).id == ada
        parcel = await house.storage.outbox.next(Scope(platform), NOON, 30)
        assert parcel
        assert (parcel.person_id, parcel.payload) == (ada, b"words")
    assert await house.storage.people.known(other) == await house.storage.people.known(ada)
    assert await house.storage.links.issuer("ada there", NOON) is None


async def test_of_two_who_link_the_newest_consent_and_the_only_wishes_hold(house: House):
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    newest = Consent("2", NOON + dt.timedelta(hours=1), 16)
    await house.storage.people.agree(ada, newest)
    await house.storage.people.agree(other, Consent("1", NOON))
    async with house.database.transaction() as tx:
        await house.storage.people.prefer(tx, other, Preferences(language="de", reminders=False))
    await house.storage.links.merge(ada, other, NOON)
    person = await house.storage.people.find(Contact("telegram", "ada", "fr"))
    assert (person.id, person.consent, person.preferences.language) == (ada, newest, "de")
    assert await house.storage.people.contact(ada, "telegram") == Contact("telegram", "ada", "de")
    assert await house.count("person", "NOT reminders") == 1


async def test_what_can_not_be_one_stays_two(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    other = await somebody(house, "ada on telegram", "telegram")
    assert other == ada
    again = (await house.rows("SELECT id FROM person WHERE platform = 'telegram'"))[0]["id"]
    for one, two in ((ada, ada), (ada, again), (again, ada), (ada, await somebody(house, "bob", "telegram"))):
        with pytest.raises(LinkTaken):
            await house.storage.links.merge(one, two, NOON)
    with pytest.raises(LinkWrong):
        await house.storage.links.merge(ada, 999, NOON)


async def test_an_account_with_something_under_way_is_not_merged_until_that_is_over(house: House):
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    job = await house.queued(other)
    with pytest.raises(LinkBusy):
        await house.storage.links.merge(ada, other, NOON)
    await house.move(job.id, JobStatus.CANCELLED)
    number, _ = await house.storage.inbox.receive(other, TELEGRAM, "1", b"words", NOON)
    with pytest.raises(LinkBusy):
        await house.storage.links.merge(ada, other, NOON)
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, number, NOON)
    await house.queued(ada)
    await house.storage.links.merge(ada, other, NOON)
    assert await house.storage.people.platforms(other) == ["console", "telegram"]


class Broken(Exception):
    pass


@contextmanager
def broken_at(step: int) -> Iterator[list[str]]:
    """A merge whose statement of that number fails; those that ran."""
    ran: list[str] = []
    query = Tx.query

    async def failing(self: Tx, statement: str, *values: object) -> list[dict]:
        if len(ran) == step:
            raise Broken
        ran.append(statement)
        return await query(self, statement, *values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Tx, "query", failing)
        yield ran


async def test_a_merge_that_is_cut_short_anywhere_leaves_both_as_they_were(house: House):
    ada, other = await lived(house, "ada"), await lived(house, "ada there", "telegram")
    before = [await readable(house, each) for each in (ada, other)]
    owners = [owner async for page in house.storage.vault.owners() for owner in page]
    steps = 0
    while True:
        try:
            with broken_at(steps) as ran:
                await house.storage.links.merge(ada, other, NOON)
            break
        except Broken:
            assert len(ran) == steps
        if steps % 4 == 0:
            assert [await readable(house, each) for each in (ada, other)] == before
        steps += 1
    assert steps > 25
    assert await house.count("former_owner") == 1
    assert [owner async for page in house.storage.vault.owners() for owner in page] == owners
    assert await house.storage.people.known(other) == await house.storage.people.known(ada)


async def test_of_many_merges_at_once_one_happens(house: House):
    ada, other = await lived(house, "ada"), await lived(house, "ada there", "telegram")
    pairs = [(ada, other), (other, ada)] * 4
    merges = (house.storage.links.merge(one, two, NOON) for one, two in pairs)
    told = await asyncio.gather(*merges, return_exceptions=True)
    assert told.count(None) == 1, told
    assert all(isinstance(error, LinkTaken | LinkWrong) for error in told if error), told
    assert len(await house.storage.pieces.all_of(ada)) == 2
    assert await house.storage.pieces.all_of(other) == await house.storage.pieces.all_of(ada)


async def test_what_comes_for_the_old_number_after_a_merge_is_the_accounts_and_can_be_read(house: House):
    ada, other = await lived(house, "ada"), await lived(house, "ada there", "telegram")
    storage = house.storage
    await storage.inbox.waiting(other)
    await storage.links.merge(ada, other, NOON)
    await storage.inbox.receive(other, TELEGRAM, "late", b"late words", NOON)
    upload = await storage.uploads.keep(other, b"late file")
    await storage.posts.keep(other, "telegram", "late", b"late post", NOON)
    async with house.database.transaction() as tx:
        await storage.outbox.add(tx, NewParcel(other, Notice.REPLY, "late", None, b"late answer", "telegram"), NOON)
        await storage.sessions.save(tx, other, b"late talk", NOON)
        await storage.people.prefer(tx, other, Preferences(style="late"))
    update = await storage.inbox.next(TELEGRAM, NOON, 30, [])
    assert update
    assert (update.person_id, update.payload) == (ada, b"late words")
    assert await storage.uploads.load(ada, upload) == b"late file"
    assert await storage.posts.find(ada, "telegram", "late") == b"late post"
    assert await storage.sessions.load(ada) == b"late talk"
    known = await storage.people.known(ada)
    assert known
    assert known.preferences.style == "late"
    first = await storage.outbox.next(TELEGRAM, NOON, 30)
    assert first
    async with house.database.transaction() as tx:
        await storage.outbox.sent(tx, first.id, NOON)
    late = await storage.outbox.next(TELEGRAM, NOON, 30)
    assert late
    assert (late.person_id, late.payload) == (ada, b"late answer")
    for table in MOVED:
        assert not await house.count(table, f"person_id = {other}"), table


async def test_messages_that_come_while_accounts_merge_are_all_kept_and_all_readable(house: House):
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    await house.storage.posts.keep(other, "telegram", "warm", b"where", NOON)

    async def merged() -> None:
        for _ in range(20):
            try:
                await house.storage.links.merge(ada, other, NOON)
                return
            except LinkBusy:
                await asyncio.sleep(0.01)
                update = await house.storage.inbox.next(TELEGRAM, NOON, 30, [])
                if update:
                    await done(update.id)

    async def done(number: int) -> None:
        async with house.database.transaction() as tx:
            await house.storage.inbox.handled(tx, number, NOON)

    received = (house.storage.inbox.receive(other, TELEGRAM, str(n), b"words", NOON) for n in range(12))
    results = await asyncio.gather(merged(), *received)
    assert all(new for _, new in results[1:])
    while update := await house.storage.inbox.next(TELEGRAM, NOON, 30, []):
        assert update.payload == b"words"
        await done(update.id)
    assert not await house.count("inbox", "handled_at IS NULL")


async def test_erasing_an_account_by_any_of_its_numbers_destroys_every_key_that_was_ever_its_own(house: House):
    first = await linked(house, "ada", "console", "telegram", "discord")
    bob = await lived(house, "bob")
    number = (await house.rows("SELECT id FROM person WHERE platform = 'discord'"))[0]["id"]
    files = [(piece, file) for piece in await house.storage.pieces.all_of(first) for file in piece.files]
    assert len(files) == 3
    await house.storage.people.erase(number, NOON)
    owners = [owner async for page in house.storage.vault.owners() for owner in page]
    assert len(owners) == 1
    assert len(await house.storage.vault.erased_owners()) == 3
    assert await house.count("person") == 1
    for _, file in files:
        with pytest.raises(Gone):
            await house.storage.pieces.read(first, file)
    assert len(await house.storage.pieces.all_of(bob)) == 1


async def test_nobody_reads_anothers_file_and_a_linked_one_reads_both(house: House):
    ada, bob = await linked(house, "ada", "console", "telegram"), await lived(house, "bob")
    theirs = await house.rows("SELECT name FROM blob WHERE person_id = $1 AND kind = 'upload'", ada)
    assert len(theirs) == 2
    for row in theirs:
        assert await house.storage.uploads.load(ada, row["name"]) == b"as it came"
        with pytest.raises(Gone):
            await house.storage.uploads.load(bob, row["name"])


@pytest.mark.parametrize("going", ["console", "telegram"])
async def test_what_is_unlinked_is_a_newcomer_and_everything_stays_with_the_account(house: House, going: str):
    ada = await linked(house, "ada", "console", "telegram")
    staying = "telegram" if going == "console" else "console"
    wanted = Wanted("chibi", place="a place there")
    async with house.database.transaction() as tx:
        await tx.query("UPDATE outbox SET state = 'dropped' WHERE platform = $1", staying)
    job = await house.queued(ada, platform=going)
    async with house.database.transaction() as tx:
        sealed = await house.storage.jobs._sealer.seal(
            (await tx.query("SELECT owner FROM person WHERE id = $1", ada))[0]["owner"],
            "job.details",
            {"style": wanted.style, "place": wanted.place},
        )
        await tx.query("UPDATE job SET details = $2 WHERE id = $1", job.id, sealed)
    assert await house.storage.links.unlink(ada, going)
    assert await house.storage.people.platforms(ada) == [staying]
    assert await house.storage.people.contact(ada, going) is None
    assert len(await house.storage.pieces.all_of(ada)) == 2
    assert (await house.storage.outbox.next(Scope(going), NOON, 30)) is None
    assert (await house.storage.outbox.next(Scope(staying), NOON, 30)) is not None
    moved = await house.storage.jobs.get(job.id)
    assert moved
    assert moved.platform == staying
    assert (await house.storage.jobs.asked(ada, job.id))[1] == Wanted("chibi")
    newcomer = await house.storage.people.find(Contact(going, f"ada on {going}"))
    assert newcomer.id != ada
    assert newcomer.consent is None
    assert (await house.storage.people.find(Contact(staying, f"ada on {staying}"))).id == ada
    assert not await house.storage.links.unlink(ada, staying)
    assert not await house.storage.links.unlink(ada, going)
    await house.storage.links.merge(ada, newcomer.id, NOON)
    assert await house.storage.people.platforms(ada) == ["console", "telegram"]


async def test_an_answer_to_a_platform_that_was_just_unlinked_goes_where_the_person_is(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    await house.storage.links.unlink(ada, "telegram")
    async with house.database.transaction() as tx:
        await tx.query("UPDATE outbox SET state = 'dropped'")
        await house.storage.outbox.add(tx, NewParcel(ada, Notice.REPLY, "done", platform="telegram"), NOON)
    assert await house.storage.outbox.next(CONSOLE, NOON, 30)


async def test_a_code_holds_once_for_its_time_and_is_nobodys_where_two_have_the_same(house: House):
    links = house.storage.links
    ada, bob = await somebody(house, "ada"), await somebody(house, "bob", "telegram")
    until = NOON + dt.timedelta(minutes=10)
    await links.issue(ada, "123456", until)
    assert await links.issuer("123456", NOON) == ada
    assert await links.issuer("123457", NOON) is None
    assert await links.issuer("123456", until) is None
    await links.issue(bob, "123456", until)
    assert await links.issuer("123456", NOON) is None
    await links.issue(ada, "654321", until)
    assert await links.issuer("654321", NOON) == ada
    assert await links.issuer("123456", NOON) == bob
    await links.merge(ada, bob, NOON)
    assert await links.issuer("123456", NOON) is None
    assert not [row for row in await house.rows("SELECT * FROM link_code") if "654321" in str(row)]


async def test_a_code_that_has_linked_two_accounts_says_so_as_long_as_it_would_have_held_and_they_are_one(house: House):
    links = house.storage.links
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    until = NOON + dt.timedelta(minutes=10)
    for person, code in ((ada, "her own"), (other, "theirs")):
        await links.issue(person, code, until)
        assert not await links.used(person, code, NOON)
    await links.merge(ada, other, NOON, "theirs")
    for person in (ada, other):
        assert await links.used(person, "theirs", NOON)
        assert not await links.used(person, "theirs", until)
        assert not await links.used(person, "her own", NOON)
    assert await links.issuer("theirs", NOON) is await links.issuer("her own", NOON) is None
    assert not await links.used(await somebody(house, "eve"), "theirs", NOON)
    await links.unlink(ada, "telegram")
    assert not await links.used(ada, "theirs", NOON)


async def test_nobody_is_locked_out_by_the_wrong_codes_of_others_and_the_operator_is_told_of_them(
    house: House, caplog: pytest.LogCaptureFixture
):
    linking = Linking(house.storage.links, MovingClock())
    ada, other = await somebody(house, "ada"), await somebody(house, "ada", "telegram")
    for number in range(NOTED // TRIES + 1):
        eve = await somebody(house, f"eve {number}")
        for _ in range(TRIES):
            with pytest.raises(LinkWrong):
                await linking.redeem(eve, "0000 0000 0000")
        with pytest.raises(LinkTries):
            await linking.redeem(eve, await linking.code(other))
    assert caplog.messages == ["200 wrong link codes were typed within an hour: somebody may be guessing"]
    code = await linking.code(other)
    await linking.redeem(ada, code)
    with pytest.raises(LinkUsed):
        await linking.redeem(ada, code)
    assert await house.storage.people.platforms(ada) == ["console", "telegram"]


async def test_wrong_codes_count_for_an_hour_also_of_somebody_who_is_erased(house: House):
    links = house.storage.links
    ada, bob = await somebody(house, "ada"), await somebody(house, "bob")
    for person in (ada, ada, bob):
        await links.missed(person, NOON)
    assert await links.tries(ada, NOON) == (2, 3)
    assert await links.tries(await somebody(house, "eve"), NOON) == (0, 3)
    await house.storage.people.erase(ada, NOON)
    assert await links.tries(bob, NOON + dt.timedelta(minutes=59)) == (1, 3)
    assert await links.tries(bob, NOON + dt.timedelta(hours=1)) == (0, 0)


async def test_who_is_too_young_is_barred_everywhere_and_a_linked_contact_is_no_stranger(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    far = NOON + dt.timedelta(days=2)
    async with house.database.transaction() as tx:
        await tx.query("DELETE FROM session")
    assert await house.storage.attic.strangers(far, 10) == []
    await house.storage.people.bar(ada, far)
    assert await house.storage.attic.closed_people(NOON, 10) == [ada]
    await house.storage.people.erase(ada, NOON)
    for platform in ("console", "telegram"):
        assert await house.storage.people.is_barred(Contact(platform, f"ada on {platform}"), NOON)


async def test_every_table_that_knows_a_person_says_what_a_merge_does_with_it(house: House):
    """A new table can't be forgotten: its `person_id` is on the list in storage/belongings.py, or this fails."""
    if house.database.is_postgres:
        query = "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public'"
    else:
        query = (
            "SELECT listed.name AS t, info.name AS c FROM sqlite_master listed, pragma_table_info(listed.name) info"
            " WHERE listed.type = 'table'"
        )
    columns = {(row["t"], row["c"]) for row in await house.rows(query)}
    theirs = {table for table, column in columns if column == "person_id"}
    assert theirs == set(MOVED) | set(OTHERWISE)
    assert {table for table, column in columns if column in ("account_id", "owner")} == {"person", "former_owner"}
    sealed = {pair for pair in columns if pair[1] in ("details", "outcome", "payload") and pair[0] in MOVED}
    assert sealed == {*RESEALED, ("inbox", "payload")}

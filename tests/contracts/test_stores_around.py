"""What every database promises of albums, reminders, sent messages, memos, and of people on several platforms."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

from core.bells import Bells
from core.errors import Gone
from core.queue.reminders import Reminding
from core.records import JobStatus, NewParcel, Notice, Preferences, Scope, Update
from storage.models import moment
from tests.contracts.whole import WITH_FILE, linked, lived, somebody
from tests.databases import CONSOLE, NOON, House

TELEGRAM = Scope("telegram")
DAY = dt.timedelta(days=1)


async def receive(house: House, person: int, key: str, group: str, scope: Scope = CONSOLE) -> int:
    return (await house.storage.inbox.receive(person, scope, key, key.encode(), house.clock.now(), group))[0]


async def done(house: House, *updates: int) -> None:
    async with house.database.transaction() as tx:
        for update in updates:
            await house.storage.inbox.handled(tx, update, house.clock.now())


async def test_the_photos_of_an_album_find_each_other_until_they_are_handled(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    first = await receive(house, ada, "1", "album 7")
    others = [await receive(house, ada, key, "album 7") for key in ("2", "3")]
    alone = await receive(house, ada, "4", "")
    await receive(house, ada, "5", "")
    await receive(house, ada, "6", "album 8")
    await receive(house, bob, "7", "album 7")
    found = await house.storage.inbox.siblings(first)
    assert [(update.id, update.payload) for update in found] == list(zip(others, (b"2", b"3"), strict=True))
    assert await house.storage.inbox.siblings(alone) == []
    await done(house, first, others[0])
    assert [update.id for update in await house.storage.inbox.siblings(first)] == others[1:]
    assert "album" not in str(await house.rows("SELECT group_key FROM inbox"))


async def test_somebody_who_writes_on_two_platforms_is_served_by_one_at_a_time(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    await receive(house, ada, "1", "")
    await receive(house, ada, "2", "", TELEGRAM)

    async def take(scope: Scope) -> Update | None:
        return await house.storage.inbox.next(scope, house.clock.now(), 30, [])

    first = await take(CONSOLE)
    assert first
    assert await take(TELEGRAM) is None
    await done(house, first.id)
    second = await take(TELEGRAM)
    assert second
    assert second.payload == b"2"
    house.clock.wait(seconds=31)  # Whoever had it has died.
    assert await take(TELEGRAM)


async def test_a_post_is_its_persons_and_platforms_sealed_replaced_and_gone_in_time(house: House):
    posts, (ada, bob) = house.storage.posts, (await house.person("ada"), await house.person("bob"))
    await posts.keep(ada, "console", "order:17", b"a marker", NOON)
    await posts.keep(ada, "console", "order:17", b"another marker", house.clock.wait(hours=1))
    await posts.keep(ada, "telegram", "order:17", b"there", NOON)
    assert await posts.find(ada, "console", "order:17") == b"another marker"
    assert await posts.find(ada, "telegram", "order:17") == b"there"
    assert await posts.find(ada, "console", "order:18") is None
    assert await posts.find(bob, "console", "order:17") is None
    row = (await house.rows("SELECT payload, due_at FROM post WHERE platform = 'console'"))[0]
    assert b"marker" not in bytes(row["payload"])
    assert moment(row["due_at"]) == NOON + dt.timedelta(hours=1) + 7 * DAY
    await asyncio.gather(*(posts.keep(bob, "console", "same", b"x", NOON) for _ in range(6)))
    assert await house.count("post") == 3
    with pytest.raises(Gone):
        await posts.keep(99, "console", "order:17", b"nobody's", NOON)


async def test_everybodys_posts_of_one_kind_are_found_together_the_newest_first(house: House):
    posts, people = house.storage.posts, [await house.person(name) for name in ("ada", "bob", "cleo", "dora")]
    ada, bob, cleo, dora = people
    await posts.keep(dora, "discord", "direct", b"long ago", house.clock.now())
    house.clock.wait(hours=1)
    since = house.clock.now()
    for number, person in enumerate((bob, ada, cleo)):
        await posts.keep(person, "discord", "direct", str(number).encode(), house.clock.wait(seconds=1))
    await posts.keep(ada, "discord", "order:1", b"another key", house.clock.now())
    await posts.keep(ada, "telegram", "direct", b"another platform", house.clock.now())
    await posts.keep(bob, "discord", "direct", b"again", house.clock.wait(seconds=1))

    async def found(most: int) -> list[tuple[int, bytes]]:
        return [post async for post in posts.all_of("discord", "direct", since, most)]

    assert await found(10) == [(bob, b"again"), (cleo, b"2"), (ada, b"1")]
    assert await found(2) == [(bob, b"again"), (cleo, b"2")]
    async with house.database.transaction() as tx:
        await tx.query("UPDATE post SET payload = $1 WHERE person_id = $2 AND post_key = 'direct'", b"damaged", cleo)
    assert await found(10) == [(bob, b"again"), (ada, b"1")]


async def test_a_memo_is_remembered_and_replaced(house: House):
    memos = house.storage.memos
    assert await memos.get("telegram commands") == ""
    await memos.put("telegram commands", "abc")
    await memos.put("telegram commands", "def")
    assert await memos.get("telegram commands") == "def"


async def test_what_somebody_prefers_is_sealed_and_their_language_holds(house: House):
    ada = await house.person("ada")
    chosen = Preferences("de", "chibi", "Ada", 80.0, "night", False, False)
    async with house.database.transaction() as tx:
        await house.storage.people.prefer(tx, ada, chosen)
    known = await house.storage.people.known(ada)
    assert known
    assert known.preferences == chosen
    contact = await house.storage.people.contact(ada, "console")
    assert contact
    assert contact.locale == "de"
    assert await house.storage.people.contact(ada, "telegram") is None
    assert await house.storage.people.platforms(ada) == ["console"]
    assert await house.storage.people.known(99) is None
    assert b"chibi" not in bytes((await house.rows("SELECT preferences FROM person"))[0]["preferences"])


async def put(house: House, person: int, notice: Notice, origin: str, **given: object) -> None:
    async with house.database.transaction() as tx:
        parcel = dataclasses.replace(NewParcel(person, notice, origin), **given)  # type: ignore[arg-type]
        await house.storage.outbox.add(tx, parcel, house.clock.now())


async def test_a_message_goes_where_it_should_else_where_its_order_came_from_else_to_the_first_contact(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    async with house.database.transaction() as tx:
        await tx.query("DELETE FROM outbox")
    job = await house.accepted(ada, platform="telegram")
    old = await house.accepted(ada)
    gone = await house.accepted(ada, platform="discord")
    await put(house, ada, Notice.ENDED, "1", job_id=job.id)
    await put(house, ada, Notice.ENDED, "2", job_id=job.id, platform="console")
    await put(house, ada, Notice.ENDED, "3", job_id=old.id)
    await put(house, ada, Notice.ENDED, "4", job_id=gone.id)
    await put(house, ada, Notice.ENDED, "5")
    rows = await house.rows("SELECT platform FROM outbox ORDER BY origin")
    assert [row["platform"] for row in rows] == ["telegram", *["console"] * 4]


async def test_a_reminder_waits_for_everything_else_and_stops_nothing(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    await put(house, ada, Notice.REMINDER, "reminds ada")
    await put(house, bob, Notice.REPLY, "to bob")
    await put(house, ada, Notice.REPLY, "to ada")
    order: list[str] = []
    while parcel := await house.storage.outbox.next(CONSOLE, NOON, 30):
        (row,) = await house.rows("SELECT origin FROM outbox WHERE id = $1", parcel.id)
        order.append(row["origin"])
        if row["origin"] == "to bob":  # While one is being sent, the person gets no other.
            await put(house, bob, Notice.REPLY, "later to bob")
        else:
            async with house.database.transaction() as tx:
                await house.storage.outbox.sent(tx, parcel.id, NOON)
    assert order == ["to bob", "to ada", "reminds ada"]


async def test_who_is_gone_on_one_platform_still_gets_what_goes_to_the_other(house: House):
    ada = await linked(house, "ada", "console", "telegram")
    await put(house, ada, Notice.REPLY, "another here", platform="console")
    parcel = await house.storage.outbox.next(CONSOLE, NOON, 30)
    assert parcel
    await house.storage.outbox.drop(parcel.id, NOON, all_of_person=True)
    assert await house.storage.outbox.next(CONSOLE, NOON, 30) is None
    assert await house.storage.outbox.next(TELEGRAM, NOON, 30)


async def reminded(house: House, bells: Bells | None = None) -> list[str]:
    storage = house.storage
    await Reminding(storage.reminders, storage.outbox, house.database, house.clock, bells or Bells()).run()
    rows = await house.rows("SELECT origin, platform FROM outbox WHERE notice = 'reminder' ORDER BY id")
    return [f"{row['origin']} on {row['platform']}" for row in rows]


async def test_somebody_is_reminded_once_a_day_before_their_figurine_goes(house: House):
    ada = await lived(house, "ada", "telegram")
    (piece,) = await house.storage.pieces.all_of(ada)
    house.clock.moment = NOON + 6 * DAY - dt.timedelta(seconds=1)
    assert await reminded(house) == []
    house.clock.wait(seconds=1)
    expected = [f"job:{piece.job.id}:reminder on telegram"]
    assert await reminded(house) == expected
    assert await reminded(house) == expected


@pytest.mark.parametrize("why", ["does not want it", "deleted it", "has not got it yet"])
async def test_nobody_is_reminded_for_nothing(house: House, why: str):
    ada = await lived(house, "ada")
    (piece,) = await house.storage.pieces.all_of(ada)
    house.clock.moment = NOON + 6 * DAY
    if why == "does not want it":
        async with house.database.transaction() as tx:
            await house.storage.people.prefer(tx, ada, Preferences(reminders=False))
    elif why == "deleted it":
        await house.storage.pieces.forget(ada, piece.job.id)
    else:
        async with house.database.transaction() as tx:
            await tx.query("UPDATE job SET status = 'made'")
    assert await reminded(house) == []


async def test_what_is_kept_for_a_day_only_is_not_announced(house: House):
    ada = await lived(house, "ada")
    (piece,) = await house.storage.pieces.all_of(ada)
    async with house.database.transaction() as tx:
        await tx.query("UPDATE job SET kept_until = $1", NOON + DAY)
    for hours in (1, 12, 23):
        house.clock.moment = NOON + dt.timedelta(hours=hours)
        assert await reminded(house) == [], piece.job.id


async def test_many_are_reminded_in_batches(house: House):
    ada = await somebody(house, "ada")
    for _ in range(3):
        await house.queued(ada)
        claimed = await house.claim()
        assert claimed
        await house.finish(claimed.job, await house.storage.pieces.store(claimed.job, WITH_FILE, NOON))
        await house.move(claimed.job.id, JobStatus.DELIVERED)
    house.clock.moment = NOON + 6 * DAY
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.queue.reminders.BATCH", 2)
        assert len(await reminded(house)) == 3
